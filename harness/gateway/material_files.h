// Certificates, keys and revocation lists as files that a gateway reads: one file for one content.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "harness/base/openssl.h"
#include "harness/base/result.h"

namespace mtls::gateway {

// Names each content when it is first asked for, and writes all of them at once. The numbers in the names follow the
// order of asking, so that equal plans give equal configurations.
class MaterialFiles {
 public:
  explicit MaterialFiles(std::filesystem::path folder) : folder_(std::move(folder)) {}

  std::string certificate(const Credential& credential);  // leaf and chain
  std::string key(const Credential& credential);
  std::string bundle(const Credential& credential);       // leaf, chain and key
  std::string leaf_bundle(const Credential& credential);  // leaf and key
  std::string chain(const Credential& credential);
  std::string trust(const std::vector<CertificateRef>& certificates);
  std::string crls(const std::vector<CrlRef>& crls);

  // The same without a file.
  std::string certificate_text(const Credential& credential);
  std::string key_text(const Credential& credential);
  std::string trust_text(const std::vector<CertificateRef>& certificates);

  // Keys are of mode 0600.
  Result<void> write() const;

 private:
  struct File {
    std::string path;
    bool secret = false;
  };
  template <class T>
  const std::string& pem(T* object);
  std::string chain_pem(const Credential& credential);
  std::string place(const std::string& content, const std::string& word, bool secret);

  std::filesystem::path folder_;
  std::map<const void*, std::string> pems_;  // writing a key as PEM costs more than all the rest
  std::map<std::string, File> files_;        // by content
  std::map<std::string, int> numbers_;
};

}  // namespace mtls::gateway
