// Writes a gateway's certificates, keys and revocation lists.
#include "harness/gateway/material_files.h"

#include <fmt/format.h>

#include "harness/base/files.h"

namespace mtls::gateway {

template <class T>
const std::string& MaterialFiles::pem(T* object) {
  const auto [entry, is_new] = pems_.try_emplace(object);
  if (is_new && object) entry->second = to_pem(object);
  return entry->second;
}

std::string MaterialFiles::place(const std::string& content, const std::string& word, bool secret) {
  const auto [entry, is_new] = files_.try_emplace(content);
  if (is_new)
    entry->second = {(folder_ / "material" / fmt::format("{}-{}.pem", word, ++numbers_[word])).string(), secret};
  return entry->second.path;
}

std::string MaterialFiles::chain_pem(const Credential& credential) {
  std::string text;
  for (const CertificateRef& issuer : credential.chain) text += pem(issuer.get());
  return text;
}

std::string MaterialFiles::certificate(const Credential& credential) {
  return place(certificate_text(credential), "certificate", false);
}

std::string MaterialFiles::certificate_text(const Credential& credential) {
  return pem(credential.certificate.get()) + chain_pem(credential);
}

std::string MaterialFiles::key_text(const Credential& credential) {
  return pem(credential.key.get());
}

std::string MaterialFiles::key(const Credential& credential) {
  return place(key_text(credential), "key", true);
}

std::string MaterialFiles::bundle(const Credential& credential) {
  return place(pem(credential.certificate.get()) + chain_pem(credential) + pem(credential.key.get()), "bundle", true);
}

std::string MaterialFiles::leaf_bundle(const Credential& credential) {
  return place(pem(credential.certificate.get()) + pem(credential.key.get()), "leaf-bundle", true);
}

std::string MaterialFiles::chain(const Credential& credential) {
  return place(chain_pem(credential), "chain", false);
}

std::string MaterialFiles::trust(const std::vector<CertificateRef>& certificates) {
  return place(trust_text(certificates), "trust", false);
}

std::string MaterialFiles::trust_text(const std::vector<CertificateRef>& certificates) {
  std::string text;
  for (const CertificateRef& certificate : certificates) text += pem(certificate.get());
  return text;
}

std::string MaterialFiles::crls(const std::vector<CrlRef>& crls) {
  std::string text;
  for (const CrlRef& crl : crls) text += pem(crl.get());
  return place(text, "crls", false);
}

Result<void> MaterialFiles::write() const {
  if (files_.empty()) return {};
  const std::filesystem::path folder = folder_ / "material";
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed) return Error{"render", "cannot make the folder: " + failed.message(), folder.string()};
  for (const auto& [content, file] : files_)
    if (const Result<void> written = write_file(file.path, content, file.secret); !written) return written.error();
  return {};
}

}  // namespace mtls::gateway
