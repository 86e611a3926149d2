// Reads the user's files and says which of them prevent everything.
#include "harness/run/examine_local.h"

#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "harness/base/text.h"

namespace mtls::run {
namespace {

// Where OpenSSL and curl look, distribution by distribution.
std::vector<std::filesystem::path> system_stores() {
  std::vector<std::filesystem::path> places;
  if (const char* named = std::getenv(X509_get_default_cert_file_env())) places.emplace_back(named);
  places.emplace_back(X509_get_default_cert_file());
  for (const char* place : {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
                            "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem"})
    places.emplace_back(place);
  return places;
}

void read_trust(const Question& question, LocalMaterial& local) {
  if (!question.tls) return;
  if (!question.trust.empty()) {
    auto trust = pki::read_certificates(question.trust);
    if (trust)
      local.trust = std::move(*trust);
    else
      local.trouble.push_back({"client-trust-unreadable", to_string(trust.error())});
    return;
  }
  for (const auto& place : system_stores()) {
    auto trust = pki::read_certificates(place);
    if (!trust) continue;
    local.trust = std::move(*trust);
    local.notes.push_back("the server's certificate is held against the system's trust store, " + place.string() +
                          "; name another one with --cacert");
    return;
  }
  local.notes.push_back("this system has no trust store that could be found; name one with --cacert");
}

// Whether a path to a root exists is not known where the file given is only the trust store for servers.
bool says_nothing_of_the_path(const VerifyResult& result) {
  constexpr std::array without_root{2, 18, 19, 20, 21, 27};
  return std::any_of(without_root.begin(), without_root.end(), [&](int code) {
    return std::find(result.all.begin(), result.all.end(), code) != result.all.end();
  });
}

CredentialView view_of(const Credential& credential, const LocalMaterial& local, bool own_trust, std::int64_t now) {
  PathInput lists;
  lists.crls = local.crls;
  CredentialView view = see(credential, lists);
  if (!own_trust) return view;
  PathInput path;
  path.certificate = credential.certificate.get();
  path.untrusted = credential.chain;
  path.trust = local.trust;
  path.purpose = X509_PURPOSE_SSL_CLIENT;
  path.at = now;
  VerifyResult result = validate_path(path);
  if (!says_nothing_of_the_path(result)) view.verify = std::move(result);
  return view;
}

void read_credential(const Question& question, LocalMaterial& local, std::int64_t now) {
  if (question.credential.certificate.empty() && question.credential.pkcs12.empty()) return;
  auto read = pki::read_credential(question.credential);
  if (!read) {
    local.trouble.push_back({"client-credential-unreadable", to_string(read.error())});
    return;
  }
  local.notes.insert(local.notes.end(), read->notes.begin(), read->notes.end());
  local.credential = std::move(read->credential);
  local.view = view_of(*local.credential, local, !question.trust.empty(), now);
  if (local.view->key_matches) return;
  const pki::CredentialFiles& files = question.credential;
  const auto certificate = files.pkcs12.empty() ? files.certificate : files.pkcs12;
  const auto key = files.key.empty() ? certificate : files.key;
  local.trouble.push_back({"client-key-mismatch", "The private key in " + sanitise_line(key.string()) +
                                                      " does not belong to the certificate " +
                                                      local.view->leaf.subject + " in " +
                                                      sanitise_line(certificate.string()) + "; nothing was sent."});
}

}  // namespace

LocalMaterial read_local(const Question& question, std::int64_t now) {
  LocalMaterial local;
  read_trust(question, local);
  if (!question.crls.empty()) {
    auto lists = pki::read_crls(question.crls);
    if (lists)
      local.crls = std::move(*lists);
    else
      local.trouble.push_back({"client-trust-unreadable", to_string(lists.error())});
  }
  read_credential(question, local, now);
  return local;
}

}  // namespace mtls::run
