// How a credential is held: a key that only looks like the certificate's, and PKCS#12 bundles.
#pragma once

#include <string>
#include <string_view>

#include "harness/base/openssl.h"
#include "harness/base/result.h"

namespace mtls::pki {

// A key with the public part of `certified` and the secret of `other`, both of one type: libraries take it for the
// certificate's, and what it signs does not verify.
Result<KeyRef> forge_key(EVP_PKEY* certified, EVP_PKEY* other);

// Certificate, key and chain as PKCS#12 in DER (RFC 7292), and back; the name stays the caller's.
Result<std::string> pack(const Credential& credential, const std::string& passphrase);
Result<Credential> unpack(std::string_view bundle, const std::string& passphrase);

}  // namespace mtls::pki
