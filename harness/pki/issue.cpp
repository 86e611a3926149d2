// One certificate, made and signed.
#include "harness/pki/issue.h"

#include <openssl/rand.h>

#include <array>

#include "harness/pki/extensions.h"
#include "harness/pki/names.h"

namespace mtls::pki {
namespace {

// 16 random bytes, positive and of constant length (RFC 5280, 4.1.2.2).
Result<void> set_serial(X509* certificate) {
  std::array<unsigned char, 16> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) return openssl_error("no random serial");
  bytes[0] = static_cast<unsigned char>((bytes[0] & 0x3f) | 0x40);
  const BignumPtr number(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
  if (!number || BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) == nullptr)
    return openssl_error("the serial cannot be stored");
  return {};
}

Result<void> set_validity(X509* certificate, const CertificateSpec& spec, std::int64_t now) {
  const auto begin = asn1_time(now + spec.not_before.count());
  if (!begin) return begin.error();
  const auto end = asn1_time(now + spec.not_after.count());
  if (!end) return end.error();
  if (X509_set1_notBefore(certificate, begin->get()) != 1 || X509_set1_notAfter(certificate, end->get()) != 1)
    return openssl_error("the validity cannot be stored");
  return {};
}

// OpenSSL's own way encodes the key with a provider's encoder and decodes it at once. The octets of a point on a curve
// are its encoding already, and the whole certificate is decoded once after all.
Result<void> set_public_key(X509* certificate, EVP_PKEY* key) {
  std::array<char, 64> group{};
  std::size_t length = 0;
  if (EVP_PKEY_get_group_name(key, group.data(), group.size(), &length) != 1) {
    take_openssl_errors();
    if (X509_set_pubkey(certificate, key) != 1) return openssl_error("the public key cannot be stored");
    return {};
  }
  unsigned char* octets = nullptr;
  const std::size_t size = EVP_PKEY_get1_encoded_public_key(key, &octets);
  ASN1_OBJECT* curve = OBJ_txt2obj(group.data(), 0);
  if (size == 0 || curve == nullptr ||
      X509_PUBKEY_set0_param(X509_get_X509_PUBKEY(certificate), OBJ_nid2obj(NID_X9_62_id_ecPublicKey), V_ASN1_OBJECT,
                             curve, octets, static_cast<int>(size)) != 1) {
    OPENSSL_free(octets);
    ASN1_OBJECT_free(curve);
    return openssl_error("the public key cannot be stored");
  }
  return {};
}

// As a peer reads it.
Result<CertificateRef> decoded(X509* certificate) {
  unsigned char* der = nullptr;
  const int length = i2d_X509(certificate, &der);
  const unsigned char* from = der;
  CertificateRef read = own(length > 0 ? d2i_X509(nullptr, &from, length) : nullptr);
  OPENSSL_free(der);
  if (!read) return openssl_error("the certificate cannot be encoded");
  return read;
}

Result<void> set_names(X509* certificate, const CertificateSpec& spec, const X509* issuer) {
  const auto subject = distinguished_name(spec.subject);
  if (!subject) return subject.error();
  if (X509_set_subject_name(certificate, subject->get()) != 1 ||
      X509_set_issuer_name(certificate, issuer != nullptr ? X509_get_subject_name(issuer) : subject->get()) != 1)
    return openssl_error("the names cannot be stored");
  return {};
}

}  // namespace

Result<TimePtr> asn1_time(std::int64_t seconds) {
  constexpr std::int64_t year_0 = -62'167'219'200;
  constexpr std::int64_t year_10000 = 253'402'300'800;
  if (seconds < year_0 || seconds >= year_10000) return Error{"mint", "a time lies outside the years 0 to 9999", ""};
  TimePtr time(ASN1_TIME_set(nullptr, static_cast<time_t>(seconds)));
  if (!time) return openssl_error("a time cannot be made");
  return time;
}

const EVP_MD* digest_for(const EVP_PKEY* key, SignatureHash hash) {
  if (EVP_PKEY_is_a(key, "ED25519") == 1 || EVP_PKEY_is_a(key, "ED448") == 1) return nullptr;
  switch (hash) {
    case SignatureHash::sha1: return EVP_sha1();
    case SignatureHash::sha256: return EVP_sha256();
    case SignatureHash::sha384: return EVP_sha384();
  }
  return nullptr;
}

Result<OctetStringPtr> key_identifier(const X509* certificate) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  OctetStringPtr identifier(ASN1_OCTET_STRING_new());
  if (!identifier || X509_pubkey_digest(certificate, EVP_sha256(), digest.data(), &length) != 1 ||
      ASN1_OCTET_STRING_set(identifier.get(), digest.data(), 20) != 1)
    return openssl_error("the key identifier cannot be made");
  return identifier;
}

Result<CertificateRef> issue(const CertificateSpec& spec, EVP_PKEY* key, const Credential* issuer, std::int64_t now) {
  if (spec.version != 1 && spec.version != 3) return Error{"mint", "a certificate's version is 1 or 3", ""};
  const CertificateRef made = own(X509_new());
  X509* certificate = made.get();
  const X509* authority = issuer != nullptr ? issuer->certificate.get() : nullptr;
  if (certificate == nullptr || X509_set_version(certificate, spec.version - 1) != 1)
    return openssl_error("the certificate cannot be made");
  if (const auto set = set_public_key(certificate, key); !set) return set.error();
  if (const auto set = set_serial(certificate); !set) return set.error();
  if (const auto set = set_validity(certificate, spec, now); !set) return set.error();
  if (const auto set = set_names(certificate, spec, authority); !set) return set.error();
  if (spec.version == 3)
    if (const auto added = add_extensions(certificate, spec, authority); !added) return added.error();
  EVP_PKEY* signer = issuer != nullptr ? issuer->key.get() : key;
  if (signer == nullptr) return Error{"mint", "the key of its issuer is not at hand", ""};
  if (X509_sign(certificate, signer, digest_for(signer, spec.signature)) <= 0)
    return openssl_error("the certificate cannot be signed");
  return decoded(certificate);
}

}  // namespace mtls::pki
