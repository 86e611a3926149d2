// Certificates for this folder's own tests: minted in memory, odd on demand.
#pragma once

#include <openssl/x509v3.h>

#include <functional>
#include <string>

#include "harness/base/openssl.h"

namespace mtls::test {

inline constexpr std::int64_t now = 1'795'255'200;  // 2026-11-21T10:00:00Z
inline constexpr std::int64_t day = 86'400;

inline KeyRef ec_key(const char* group = "P-256") {
  return own(EVP_EC_gen(group));
}

struct Minting {
  std::string name = "leaf";
  long serial = 0x0A1B;
  std::int64_t not_before = now - day;
  std::int64_t not_after = now + day;
  bool authority = false;
  std::string sans = "";  // as in openssl.cnf, e.g. "DNS:a.test"
  std::string extended_key_usage = "";
  const EVP_MD* digest = EVP_sha256();
  std::function<void(X509*)> before_signing = [](X509*) {};
};

inline void add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

// Signed by `issuer`, or by itself where there is none.
inline Credential mint(const Minting& wanted, const Credential* issuer = nullptr, KeyRef key = ec_key()) {
  Credential made{wanted.name, own(X509_new()), std::move(key), {}};
  X509* certificate = made.certificate.get();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), wanted.serial);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(wanted.name.data()),
                             static_cast<int>(wanted.name.size()), -1, 0);
  X509* signer = issuer == nullptr ? certificate : issuer->certificate.get();
  X509_set_issuer_name(certificate, X509_get_subject_name(signer));
  ASN1_TIME_set(X509_getm_notBefore(certificate), static_cast<time_t>(wanted.not_before));
  ASN1_TIME_set(X509_getm_notAfter(certificate), static_cast<time_t>(wanted.not_after));
  X509_set_pubkey(certificate, made.key.get());
  add_extension(certificate, signer, NID_basic_constraints,
                wanted.authority ? "critical,CA:TRUE,pathlen:2" : "critical,CA:FALSE");
  add_extension(certificate, signer, NID_subject_key_identifier, "hash");
  if (issuer != nullptr) add_extension(certificate, signer, NID_authority_key_identifier, "keyid");
  if (wanted.authority) add_extension(certificate, signer, NID_key_usage, "critical,keyCertSign,cRLSign");
  if (!wanted.sans.empty()) add_extension(certificate, signer, NID_subject_alt_name, wanted.sans);
  if (!wanted.extended_key_usage.empty()) {
    add_extension(certificate, signer, NID_ext_key_usage, wanted.extended_key_usage);
  }
  wanted.before_signing(certificate);
  X509_sign(certificate, issuer == nullptr ? made.key.get() : issuer->key.get(), wanted.digest);
  return made;
}

inline CrlRef revoke(const Credential& issuer, const std::vector<long>& serials, std::int64_t next_update = now + day) {
  const CrlRef crl = own(X509_CRL_new());
  X509_CRL_set_version(crl.get(), 1);
  X509_CRL_set_issuer_name(crl.get(), X509_get_subject_name(issuer.certificate.get()));
  const auto time_of = [](std::int64_t seconds) {
    return std::unique_ptr<ASN1_TIME, decltype(&ASN1_TIME_free)>(ASN1_TIME_set(nullptr, static_cast<time_t>(seconds)),
                                                                 ASN1_TIME_free);
  };
  X509_CRL_set1_lastUpdate(crl.get(), time_of(now - day).get());
  if (next_update != 0) X509_CRL_set1_nextUpdate(crl.get(), time_of(next_update).get());
  for (const long serial : serials) {
    const std::unique_ptr<ASN1_INTEGER, decltype(&ASN1_INTEGER_free)> number(ASN1_INTEGER_new(), ASN1_INTEGER_free);
    ASN1_INTEGER_set(number.get(), serial);
    X509_REVOKED* entry = X509_REVOKED_new();
    X509_REVOKED_set_serialNumber(entry, number.get());
    X509_REVOKED_set_revocationDate(entry, time_of(now - day).get());
    X509_CRL_add0_revoked(crl.get(), entry);
  }
  X509_CRL_sort(crl.get());
  X509_CRL_sign(crl.get(), issuer.key.get(), EVP_sha256());
  return crl;
}

}  // namespace mtls::test
