// What lies in the material, without any network.
#include <openssl/x509v3.h>

#include <algorithm>

#include "harness/pki/pki.h"
#include "harness/pki/possession.h"

namespace mtls::pki {
namespace {

template <class Entries>
Error unknown_entry(const std::string& sort, const std::string& name, const Entries& entries) {
  return {"examine", "the material has no " + sort + " \"" + name + "\" among " + std::to_string(entries.size()),
          sort + " " + name};
}

bool names_equal(const X509_NAME* a, const X509_NAME* b) {
  return X509_NAME_cmp(a, b) == 0;
}

// The certificates from the leaf to the root, as far as `known` reaches: each issuer found by name.
std::vector<X509*> path_by_names(X509* leaf, const std::vector<CertificateRef>& known) {
  std::vector<X509*> path{leaf};
  for (;;) {
    const X509_NAME* issuer = X509_get_issuer_name(path.back());
    if (names_equal(issuer, X509_get_subject_name(path.back()))) return path;
    const auto next = std::find_if(known.begin(), known.end(), [&](const CertificateRef& candidate) {
      return names_equal(issuer, X509_get_subject_name(candidate.get()));
    });
    if (next == known.end() || std::find(path.begin(), path.end(), next->get()) != path.end()) return path;
    path.push_back(next->get());
  }
}

bool each_has_a_list(const std::vector<X509*>& path, const std::vector<CrlRef>& lists) {
  return std::all_of(path.begin(), path.end(), [&](const X509* certificate) {
    return std::any_of(lists.begin(), lists.end(), [&](const CrlRef& list) {
      return names_equal(X509_CRL_get_issuer(list.get()), X509_get_issuer_name(certificate));
    });
  });
}

bool opens(const std::string& bundle, const std::string& passphrase, const Credential& holds) {
  const auto read = unpack(bundle, passphrase);
  return read && X509_cmp(read->certificate.get(), holds.certificate.get()) == 0 &&
         EVP_PKEY_eq(read->key.get(), holds.key.get()) == 1 && read->chain.size() == holds.chain.size();
}

}  // namespace

Result<MaterialView> examine(const Material& material, const ExamineInput& input, std::int64_t now) {
  const auto found = material.credentials.find(input.credential);
  if (found == material.credentials.end()) return unknown_entry("credential", input.credential, material.credentials);
  const Credential& credential = found->second;
  PathInput path;
  path.certificate = credential.certificate.get();
  path.untrusted = credential.chain;
  path.purpose = input.server ? X509_PURPOSE_SSL_SERVER : X509_PURPOSE_SSL_CLIENT;
  path.at = now;
  for (const std::string& name : input.trust) {
    const auto authority = material.authorities.find(name);
    if (authority == material.authorities.end()) return unknown_entry("authority", name, material.authorities);
    path.trust.push_back(authority->second.certificate);
  }
  MaterialView view;
  for (const std::string& name : input.crls) {
    const auto list = material.crls.find(name);
    if (list == material.crls.end()) return unknown_entry("crl", name, material.crls);
    path.crls.push_back(list->second);
    view.crls.push_back(see(list->second.get()));
  }
  if (input.pkcs12) {
    const auto bundle = material.pkcs12.find(input.credential);
    if (bundle == material.pkcs12.end()) return unknown_entry("PKCS#12 bundle", input.credential, material.pkcs12);
    view.pkcs12_opens = opens(bundle->second, material.passphrases.at(input.credential), credential);
  }
  std::vector<CertificateRef> known = credential.chain;
  known.insert(known.end(), path.trust.begin(), path.trust.end());
  view.crl_for_every_authority = each_has_a_list(path_by_names(path.certificate, known), path.crls);
  view.credential = see(credential, path);
  return view;
}

}  // namespace mtls::pki
