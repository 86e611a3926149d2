// Reads PEM files into OpenSSL's objects.
#include "reference/material.h"

#include <openssl/pem.h>

#include <fmt/format.h>

#include "harness/base/files.h"
#include "harness/base/text.h"

namespace mtls::reference {
namespace {

BioPtr reading(const std::string& text) {
  return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

int no_passphrase(char*, int, int, void*) {
  return -1;
}

Result<KeyRef> read_key(const std::string& file) {
  const Result<std::string> text = read_file(file);
  if (!text) return text.error();
  KeyRef key = own(PEM_read_bio_PrivateKey(reading(*text).get(), nullptr, &no_passphrase, nullptr));
  if (!key) return Error{"load", "no private key in PEM: " + take_openssl_errors(), file};
  return key;
}

std::vector<CrlRef> crls_from_pem(const std::string& text) {
  std::vector<CrlRef> all;
  const BioPtr bio = reading(text);
  while (X509_CRL* crl = PEM_read_bio_X509_CRL(bio.get(), nullptr, nullptr, nullptr)) all.push_back(own(crl));
  take_openssl_errors();  // the end of the file is one
  return all;
}

std::string digest_of(const std::string& text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  EVP_Digest(text.data(), text.size(), digest, &length, EVP_sha256(), nullptr);
  return hex({digest, length});
}

Result<void> add_crls(Trust& trust, const std::string& file) {
  const Result<std::string> text = read_file(file);
  if (!text) return text.error();
  trust.crls = crls_from_pem(*text);
  if (trust.crls.empty()) return Error{"load", "no revocation list in PEM", file};
  for (const CrlRef& crl : trust.crls) X509_STORE_add_crl(trust.store.get(), crl.get());
  trust.fingerprint += digest_of(*text);
  return {};
}

}  // namespace

Result<std::shared_ptr<const Credential>> Material::credential(const std::string& certificate_file,
                                                               const std::string& key_file) {
  std::shared_ptr<const Credential>& known = credentials_[{certificate_file, key_file}];
  if (known) return known;
  const Result<std::string> text = read_file(certificate_file);
  if (!text) return text.error();
  Result<std::vector<CertificateRef>> certificates = certificates_from_pem(*text, certificate_file);
  if (!certificates) return certificates.error();
  if (certificates->empty()) return Error{"load", "no certificate in PEM", certificate_file};
  Result<KeyRef> key = read_key(key_file);
  if (!key) return key.error();
  if (X509_check_private_key(certificates->front().get(), key->get()) != 1) {
    return Error{"load", "the key does not belong to the certificate (" + take_openssl_errors() + ")",
                 certificate_file + " and " + key_file};
  }
  auto made = std::make_shared<Credential>();
  made->certificate = certificates->front();
  made->key = std::move(*key);
  made->chain.assign(certificates->begin() + 1, certificates->end());
  known = made;
  return known;
}

Result<std::shared_ptr<const Trust>> Material::trust(const std::string& trust_file, const std::string& crl_file) {
  std::shared_ptr<const Trust>& known = trusts_[{trust_file, crl_file}];
  if (known) return known;
  const Result<std::string> text = read_file(trust_file);
  if (!text) return text.error();
  Result<std::vector<CertificateRef>> anchors = certificates_from_pem(*text, trust_file);
  if (!anchors) return anchors.error();
  if (anchors->empty()) return Error{"load", "no certificate in PEM", trust_file};
  auto made = std::make_shared<Trust>();
  made->anchors = std::move(*anchors);
  made->store = StoreRef(X509_STORE_new(), &X509_STORE_free);
  made->fingerprint = digest_of(*text);
  for (const CertificateRef& anchor : made->anchors) X509_STORE_add_cert(made->store.get(), anchor.get());
  if (!crl_file.empty()) {
    if (const Result<void> added = add_crls(*made, crl_file); !added) return added.error();
  }
  known = made;
  return known;
}

}  // namespace mtls::reference
