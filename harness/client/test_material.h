// For tests: one small minted PKI, shared by all of them.
#pragma once

#include <string_view>

#include "harness/base/openssl.h"
#include "harness/client/client.h"

namespace mtls::client {

// Authorities: root, intermediate, other-root. Credentials: server, server-expired, client, client-rsa1024,
// client-sha1, client-untrusted, client-mismatch (another's key), client-forged (another's key in disguise).
const Credential& credential(std::string_view name);
CertificateRef authority(std::string_view name);

// For gateway.test, trusting the root, verifying the server, with a nonce, presenting `present` (empty: nothing).
Probe probe_to(const Endpoint& at, std::string_view present = {});
TlsRange only(TlsVersion version);

}  // namespace mtls::client
