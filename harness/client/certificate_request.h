// What a gateway asks of a client's certificate besides its issuer.
#pragma once

#include <openssl/ssl.h>

#include <string>
#include <vector>

namespace mtls::client {

// The signature algorithms of the CertificateRequest that `ssl` has read, in its order; empty where it has read none.
std::vector<std::string> requested_signatures(SSL* ssl);
// The certificate_types of TLS 1.2.
std::vector<std::string> requested_key_types(SSL* ssl);

}  // namespace mtls::client
