// Reads times.
#include "tools/instant.h"

#include <charconv>
#include <ctime>

namespace mtls::tools {

std::optional<std::int64_t> instant(const std::string& text) {
  std::int64_t seconds = 0;
  const char* end = text.data() + text.size();
  if (const auto read = std::from_chars(text.data(), end, seconds); read.ec == std::errc{} && read.ptr == end)
    return seconds;
  for (const char* format : {"%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d"}) {
    std::tm parts{};
    const char* stopped = strptime(text.c_str(), format, &parts);
    if (stopped && *stopped == '\0') return timegm(&parts);
  }
  return std::nullopt;
}

}  // namespace mtls::tools
