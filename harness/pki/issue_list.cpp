// One revocation list, made and signed.
#include <algorithm>

#include "harness/pki/extensions.h"
#include "harness/pki/issue.h"

namespace mtls::pki {
namespace {

Result<void> set_validity(X509_CRL* list, const CrlSpec& spec, std::int64_t now) {
  const auto begin = asn1_time(now + spec.this_update.count());
  if (!begin) return begin.error();
  const auto end = asn1_time(now + spec.next_update.count());
  if (!end) return end.error();
  if (X509_CRL_set1_lastUpdate(list, begin->get()) != 1 || X509_CRL_set1_nextUpdate(list, end->get()) != 1)
    return openssl_error("the validity cannot be stored");
  return {};
}

Result<void> add_entry(X509_CRL* list, const X509* certificate) {
  RevokedPtr entry(X509_REVOKED_new());
  // A revocation date after thisUpdate would be one that the list foresees.
  if (!entry ||
      X509_REVOKED_set_serialNumber(entry.get(), X509_get_serialNumber(const_cast<X509*>(certificate))) != 1 ||
      X509_REVOKED_set_revocationDate(entry.get(), const_cast<ASN1_TIME*>(X509_CRL_get0_lastUpdate(list))) != 1 ||
      X509_CRL_add0_revoked(list, entry.get()) != 1)
    return openssl_error("an entry cannot be added");
  entry.release();
  return {};
}

Result<void> add_extensions(X509_CRL* list, const RevocationListInput& input) {
  const auto authority = authority_key_identifier(input.authority.certificate.get());
  if (!authority) return authority.error();
  const IntegerPtr number(ASN1_INTEGER_new());
  if (!number || ASN1_INTEGER_set_int64(number.get(), std::max<std::int64_t>(input.number, 0)) != 1 ||
      X509_CRL_add1_ext_i2d(list, NID_authority_key_identifier, authority->get(), 0, 0) != 1 ||
      X509_CRL_add1_ext_i2d(list, NID_crl_number, number.get(), 0, 0) != 1)
    return openssl_error("its extensions cannot be added");
  return {};
}

// OpenSSL works out what verification needs of a list only while it decodes one.
Result<CrlRef> decoded(X509_CRL* list) {
  unsigned char* der = nullptr;
  const int length = i2d_X509_CRL(list, &der);
  const unsigned char* from = der;
  CrlRef read = own(length > 0 ? d2i_X509_CRL(nullptr, &from, length) : nullptr);
  OPENSSL_free(der);
  if (!read) return openssl_error("the list cannot be encoded");
  return read;
}

}  // namespace

Result<CrlRef> issue_list(const RevocationListInput& input, std::int64_t now) {
  const CrlRef list = own(X509_CRL_new());
  constexpr long version_2 = 1;
  if (!list || X509_CRL_set_version(list.get(), version_2) != 1 ||
      X509_CRL_set_issuer_name(list.get(), X509_get_subject_name(input.authority.certificate.get())) != 1)
    return openssl_error("the list cannot be made");
  if (const auto set = set_validity(list.get(), input.spec, now); !set) return set.error();
  for (const CertificateRef& certificate : input.revoked)
    if (const auto added = add_entry(list.get(), certificate.get()); !added) return added.error();
  if (const auto added = add_extensions(list.get(), input); !added) return added.error();
  EVP_PKEY* signer = input.signer.key.get();
  if (signer == nullptr) return Error{"mint", "the key that should sign it is not at hand", ""};
  X509_CRL_sort(list.get());
  if (X509_CRL_sign(list.get(), signer, digest_for(signer, SignatureHash::sha256)) <= 0)
    return openssl_error("the list cannot be signed");
  return decoded(list.get());
}

}  // namespace mtls::pki
