// Reads two extensions of a ClientHello, every length checked.
#include "harness/base/client_hello.h"

#include <string_view>

namespace mtls {

std::optional<std::string> server_name_of_hello(SSL* ssl) {
  constexpr std::size_t before_name = 5;  // list length, type, name length
  const unsigned char* extension = nullptr;
  std::size_t length = 0;
  if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_server_name, &extension, &length) != 1) return std::nullopt;
  if (length < before_name || extension[2] != TLSEXT_NAMETYPE_host_name) return std::nullopt;
  const std::size_t size = static_cast<std::size_t>(extension[3]) << 8 | extension[4];
  if (size > length - before_name) return std::nullopt;
  return std::string(reinterpret_cast<const char*>(extension) + before_name, size);
}

bool choose_http1(const unsigned char** chosen, unsigned char* chosen_length, const unsigned char* offered,
                  unsigned offered_length) {
  constexpr std::string_view http = "http/1.1";
  for (unsigned at = 0; at < offered_length; at += 1u + offered[at]) {
    const unsigned length = offered[at];
    if (length > offered_length - at - 1) return false;
    if (std::string_view(reinterpret_cast<const char*>(offered) + at + 1, length) != http) continue;
    *chosen = offered + at + 1;
    *chosen_length = static_cast<unsigned char>(length);
    return true;
  }
  return false;
}

}  // namespace mtls
