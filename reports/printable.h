// Text as every format may carry it: sanitised once more, bounded, and free of TLS secrets.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "harness/model/stimulus.h"

namespace mtls::reports {

// What one report keeps of a thing that a peer can make as long as it likes.
struct Bounds {
  std::size_t text = 8 * 1024;
  std::size_t value = 4 * 1024;
  std::size_t headers = 100;
  std::size_t lines = 200;
  std::size_t entries = 500;
};
inline constexpr Bounds bounds;

// Valid UTF-8 without control characters; newlines stay.
std::string printable(std::string_view text, std::size_t limit = bounds.text);
// As printable, in one line.
std::string printable_line(std::string_view text, std::size_t limit = bounds.value);
// As printable_line, and nothing in it starts a command of a CI system's log ("::error::", "##vso[", "##[group]").
std::string log_line(std::string_view text, std::size_t limit = bounds.value);

// A header's value; of credentials in headers (RFC 9110, 11.6; RFC 6265) only that they were there.
std::string header_text(const Header& header);

// Milliseconds with at most three decimals; 0 for what is no number.
double milliseconds(double ms);

// "tls=1.3, key=p256", in the order of the names; empty for no variant.
template <class Variant>
std::string variant_text(const Variant& variant) {
  std::string text;
  for (const auto& [key, value] : variant) text += (text.empty() ? "" : ", ") + key + "=" + value;
  return printable_line(text);
}

// "client-auth" and "expired" of "client-auth/expired".
std::string topic_of(std::string_view id);
std::string name_of(std::string_view id);

}  // namespace mtls::reports
