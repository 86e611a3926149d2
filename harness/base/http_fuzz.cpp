// Fuzz target: bytes as HTTP, whole and in two pieces. Both ways give the same message, and what is kept stays bounded.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "harness/base/http.h"

namespace {

constexpr mtls::HttpParser::Limits limits{4096, 256, 65536};

mtls::HttpParser parsed(mtls::HttpParser::Kind kind, std::string_view first, std::string_view second) {
  mtls::HttpParser parser(kind, limits);
  parser.feed(first);
  if (parser.error().empty()) parser.feed(second);
  if (parser.error().empty() && !parser.done()) parser.end_of_stream();
  return parser;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t cut = text.empty() ? 0 : data[0] % text.size();
  for (const auto kind : {mtls::HttpParser::Kind::request, mtls::HttpParser::Kind::response}) {
    const auto whole = parsed(kind, text, {});
    const auto pieces = parsed(kind, text.substr(0, cut), text.substr(cut));
    if (whole.message().body.size() > limits.body_kept) std::abort();
    if (whole.error().empty() != pieces.error().empty()) std::abort();
    if (whole.error().empty() &&
        (whole.message().status != pieces.message().status || whole.message().body != pieces.message().body))
      std::abort();
  }
  return 0;
}
