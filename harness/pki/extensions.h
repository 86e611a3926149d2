// The extensions of a certificate (RFC 5280, 4.2) as its spec states them.
#pragma once

#include "harness/base/result.h"
#include "harness/model/pki.h"
#include "harness/pki/handles.h"

namespace mtls::pki {

// The certificate has its subject and public key already. `issuer`: null where it signs itself.
Result<void> add_extensions(X509* certificate, const CertificateSpec& spec, const X509* issuer);

// The authority key identifier that points at `issuer`.
Result<AuthorityKeyIdPtr> authority_key_identifier(const X509* issuer);

}  // namespace mtls::pki
