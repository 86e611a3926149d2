// Certificates, keys and lists from files, each file read once however many sites name it.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "harness/base/openssl.h"
#include "harness/base/result.h"

namespace mtls::reference {

// Shared by sites that trust the same.
using StoreRef = std::shared_ptr<X509_STORE>;

struct Trust {
  std::vector<CertificateRef> anchors;
  std::vector<CrlRef> crls;
  StoreRef store;           // anchors and lists
  std::string fingerprint;  // of both files' content
};

class Material {
 public:
  // The key must belong to the first certificate of the file.
  Result<std::shared_ptr<const Credential>> credential(const std::string& certificate_file,
                                                       const std::string& key_file);
  // `crl_file` empty: no lists.
  Result<std::shared_ptr<const Trust>> trust(const std::string& trust_file, const std::string& crl_file);

 private:
  using Pair = std::pair<std::string, std::string>;
  std::map<Pair, std::shared_ptr<const Credential>> credentials_;
  std::map<Pair, std::shared_ptr<const Trust>> trusts_;
};

}  // namespace mtls::reference
