// One certificate or one revocation list, made and signed.
#pragma once

#include <cstdint>
#include <vector>

#include "harness/base/openssl.h"
#include "harness/base/result.h"
#include "harness/model/pki.h"
#include "harness/pki/handles.h"

namespace mtls::pki {

// `issuer`: null where the certificate signs itself.
Result<CertificateRef> issue(const CertificateSpec& spec, EVP_PKEY* key, const Credential* issuer, std::int64_t now);

// `number`: the CRL number (RFC 5280, 5.2.3). `signer`: whose key signs, right or wrong.
struct RevocationListInput {
  const CrlSpec& spec;
  const Credential& authority;
  const Credential& signer;
  std::vector<CertificateRef> revoked;
  std::int64_t number = 0;
};
Result<CrlRef> issue_list(const RevocationListInput& input, std::int64_t now);

// The 20 bytes that name a public key (RFC 7093, 2, method 1).
Result<OctetStringPtr> key_identifier(const X509* certificate);

// What `key` signs with: nothing for Ed25519, which hashes by itself.
const EVP_MD* digest_for(const EVP_PKEY* key, SignatureHash hash);

// UTC seconds as the ASN.1 time that RFC 5280, 4.1.2.5 asks for.
Result<TimePtr> asn1_time(std::int64_t seconds);

}  // namespace mtls::pki
