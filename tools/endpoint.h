// An endpoint as a user writes it.
#pragma once

#include <cstdint>
#include <string>

#include "harness/base/result.h"

namespace mtls::tools {

struct Target {
  std::string name;  // host name or numeric address, without brackets
  std::uint16_t port = 443;
  bool tls = true;
  std::string path;  // empty: none was given
};

// "HOST:PORT", "HOST", "[::1]:443", "https://host:port/path", "http://..." for plain HTTP.
Result<Target> target_of(const std::string& text);

// Neither spaces nor control characters, which would become part of a request.
bool is_clean(const std::string& text);

bool is_numeric_address(const std::string& name);

}  // namespace mtls::tools
