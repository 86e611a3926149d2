// OCSP responses (RFC 6960) out of the same lists that gateways are given.
#include <array>

#include "harness/pki/handles.h"
#include "harness/pki/issue.h"
#include "harness/pki/pki.h"

namespace mtls::pki {
namespace {

using RequestPtr = std::unique_ptr<OCSP_REQUEST, Freed<OCSP_REQUEST_free>>;
using ResponsePtr = std::unique_ptr<OCSP_RESPONSE, Freed<OCSP_RESPONSE_free>>;
using BasicPtr = std::unique_ptr<OCSP_BASICRESP, Freed<OCSP_BASICRESP_free>>;
using CertIdPtr = std::unique_ptr<OCSP_CERTID, Freed<OCSP_CERTID_free>>;

constexpr std::int64_t answer_lives = 3600;

Result<std::string> encoded(int status, OCSP_BASICRESP* content) {
  const ResponsePtr response(OCSP_response_create(status, content));
  unsigned char* der = nullptr;
  const int length = response ? i2d_OCSP_RESPONSE(response.get(), &der) : -1;
  if (length <= 0) return openssl_error("the OCSP response cannot be encoded");
  std::string bytes(reinterpret_cast<const char*>(der), static_cast<std::size_t>(length));
  OPENSSL_free(der);
  return bytes;
}

// A request names issuers by hashes of their name and key, with a hash function that it chooses.
const Credential* issuer_of(OCSP_CERTID* asked, const std::vector<Credential>& issuers) {
  ASN1_OBJECT* hash = nullptr;
  ASN1_INTEGER* serial = nullptr;
  if (OCSP_id_get0_info(nullptr, &hash, nullptr, &serial, asked) != 1) return nullptr;
  const EVP_MD* digest = EVP_get_digestbyobj(hash);
  if (digest == nullptr) return nullptr;
  for (const Credential& issuer : issuers) {
    X509* certificate = issuer.certificate.get();
    const CertIdPtr candidate(
        OCSP_cert_id_new(digest, X509_get_subject_name(certificate), X509_get0_pubkey_bitstr(certificate), serial));
    if (candidate && OCSP_id_issuer_cmp(candidate.get(), asked) == 0) return &issuer;
  }
  return nullptr;
}

// The moment of revocation by the first list of this issuer that has the serial, or null.
const ASN1_TIME* revoked_at(const Credential& issuer, const ASN1_INTEGER* serial, const std::vector<CrlRef>& lists) {
  for (const CrlRef& list : lists) {
    const X509_NAME* subject = X509_get_subject_name(issuer.certificate.get());
    if (X509_NAME_cmp(X509_CRL_get_issuer(list.get()), subject) != 0) continue;
    X509_REVOKED* entry = nullptr;
    if (X509_CRL_get0_by_serial(list.get(), &entry, serial) == 1) return X509_REVOKED_get0_revocationDate(entry);
  }
  return nullptr;
}

Result<void> add_status(OCSP_BASICRESP* response, OCSP_CERTID* asked, const Credential* issuer,
                        const std::vector<CrlRef>& lists, OcspAnswer answer, std::int64_t now) {
  ASN1_INTEGER* serial = nullptr;
  OCSP_id_get0_info(nullptr, nullptr, nullptr, &serial, asked);
  int status = V_OCSP_CERTSTATUS_UNKNOWN;
  const ASN1_TIME* since = nullptr;
  if (issuer != nullptr && answer == OcspAnswer::good_or_revoked) {
    since = revoked_at(*issuer, serial, lists);
    status = since != nullptr ? V_OCSP_CERTSTATUS_REVOKED : V_OCSP_CERTSTATUS_GOOD;
  }
  // All times in it are GeneralizedTime (RFC 6960, 4.2.2.1), never the shorter form that certificates have until 2050.
  const TimePtr begin(ASN1_GENERALIZEDTIME_set(nullptr, static_cast<time_t>(now)));
  const TimePtr end(ASN1_GENERALIZEDTIME_set(nullptr, static_cast<time_t>(now + answer_lives)));
  const TimePtr revoked(since != nullptr ? ASN1_TIME_to_generalizedtime(since, nullptr) : nullptr);
  if (!begin || !end || (since != nullptr && !revoked)) return openssl_error("the times of a status cannot be made");
  if (OCSP_basic_add1_status(response, asked, status, OCSP_REVOKED_STATUS_UNSPECIFIED, revoked.get(), begin.get(),
                             end.get()) == nullptr)
    return openssl_error("a status cannot be added");
  return {};
}

}  // namespace

Result<std::string> answer_ocsp(std::string_view request_der, const std::vector<Credential>& issuers,
                                const std::vector<CrlRef>& crls, OcspAnswer answer, std::int64_t now) {
  const auto* from = reinterpret_cast<const unsigned char*>(request_der.data());
  const RequestPtr request(d2i_OCSP_REQUEST(nullptr, &from, static_cast<long>(request_der.size())));
  if (!request || OCSP_request_onereq_count(request.get()) == 0)
    return openssl_error("the bytes are no OCSP request for any certificate");
  if (answer == OcspAnswer::try_later) return encoded(OCSP_RESPONSE_STATUS_TRYLATER, nullptr);
  const BasicPtr response(OCSP_BASICRESP_new());
  if (!response) return openssl_error("the OCSP response cannot be made");
  const Credential* signer = nullptr;
  for (int i = 0; i < OCSP_request_onereq_count(request.get()); ++i) {
    OCSP_CERTID* asked = OCSP_onereq_get0_id(OCSP_request_onereq_get0(request.get(), i));
    const Credential* issuer = issuer_of(asked, issuers);
    if (signer == nullptr) signer = issuer;
    if (const auto added = add_status(response.get(), asked, issuer, crls, answer, now); !added) return added.error();
  }
  // A responder answers for nobody else's certificates (RFC 6960, 2.3).
  if (signer == nullptr) return encoded(OCSP_RESPONSE_STATUS_UNAUTHORIZED, nullptr);
  OCSP_copy_nonce(response.get(), request.get());
  EVP_PKEY* key = signer->key.get();
  if (key == nullptr || OCSP_basic_sign(response.get(), signer->certificate.get(), key,
                                        digest_for(key, SignatureHash::sha256), nullptr, 0) != 1)
    return openssl_error("the OCSP response cannot be signed");
  return encoded(OCSP_RESPONSE_STATUS_SUCCESSFUL, response.get());
}

}  // namespace mtls::pki
