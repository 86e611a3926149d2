// What a TLS server reads of a ClientHello: the server name and the application protocols.
#pragma once

#include <openssl/ssl.h>

#include <optional>
#include <string>

namespace mtls {

// The host name of the server_name extension (RFC 6066, 3), as it was sent; within a client_hello callback only.
std::optional<std::string> server_name_of_hello(SSL* ssl);

// Chooses http/1.1 among the protocols offered (RFC 7301), for an ALPN callback. False: it is not among them.
bool choose_http1(const unsigned char** chosen, unsigned char* chosen_length, const unsigned char* offered,
                  unsigned offered_length);

}  // namespace mtls
