// Foreign bytes made harmless: valid UTF-8, nothing that steers a terminal or breaks a report, no private key.
#include <algorithm>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "harness/base/text.h"

namespace mtls {
namespace {

constexpr std::string_view begin_mark = "-----BEGIN ";
constexpr std::string_view end_mark = "-----END ";
constexpr std::string_view dashes = "-----";

// Where the line of a mark ends if its label speaks of a private key, else npos. Labels are short (RFC 7468, 3).
std::size_t private_key_label_end(std::string_view bytes, std::size_t label) {
  const std::size_t close = bytes.substr(label, 64).find(dashes);
  if (close == std::string_view::npos) return std::string_view::npos;
  const bool secret = bytes.substr(label, close).find("PRIVATE KEY") != std::string_view::npos;
  return secret ? label + close + dashes.size() : std::string_view::npos;
}

// The next mark from `from` on whose label speaks of a private key: where it begins and ends.
std::pair<std::size_t, std::size_t> find_key_mark(std::string_view bytes, std::string_view mark, std::size_t from) {
  for (std::size_t at = bytes.find(mark, from); at != std::string_view::npos; at = bytes.find(mark, at + 1)) {
    const std::size_t end = private_key_label_end(bytes, at + mark.size());
    if (end != std::string_view::npos) return {at, end};
  }
  return {std::string_view::npos, std::string_view::npos};
}

bool is_base64(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/' || c == '=';
}

// Where the base64 lines before `end` begin: a log that starts inside a key shows only its tail.
std::size_t tail_begin(std::string_view bytes, std::size_t from, std::size_t end) {
  std::size_t begin = end;
  for (std::size_t at = end; at > from;) {
    std::size_t line_end = at;
    while (line_end > from && (bytes[line_end - 1] == '\n' || bytes[line_end - 1] == '\r')) --line_end;
    std::size_t line = line_end;
    while (line > from && is_base64(bytes[line - 1])) --line;
    const bool whole_line = line == from || bytes[line - 1] == '\n';
    if (line == line_end || !whole_line) break;
    begin = at = line;
  }
  return begin;
}

// A key that was begun but not ended hides everything behind it: better too much than a key in a report.
std::string without_private_keys(std::string_view bytes) {
  static constexpr std::string_view note = "[private key removed]";
  std::string kept;
  std::size_t from = 0;
  auto [begin, begin_end] = find_key_mark(bytes, begin_mark, 0);
  for (;;) {
    const auto [orphan, orphan_end] = find_key_mark(bytes.substr(0, begin), end_mark, from);
    if (orphan != std::string_view::npos) {
      kept += bytes.substr(from, tail_begin(bytes, from, orphan) - from);
      kept += note;
      from = orphan_end;
      continue;
    }
    if (begin == std::string_view::npos) return kept += bytes.substr(from);
    kept += bytes.substr(from, begin - from);
    kept += note;
    from = find_key_mark(bytes, end_mark, begin_end).second;
    if (from == std::string_view::npos) return kept;
    std::tie(begin, begin_end) = find_key_mark(bytes, begin_mark, from);
  }
}

struct Decoded {
  char32_t point = 0;
  std::size_t length = 1;  // bytes taken
  bool valid = false;
};

// One code point (Unicode 15, table 3-7); of a broken sequence, the longest part that could have begun a right one.
Decoded decode(std::string_view bytes) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  const unsigned char first = at(0);
  if (first < 0x80) return {first, 1, true};
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4) return {};
  unsigned char low = 0x80, high = 0xBF;
  if (first == 0xE0) low = 0xA0;
  if (first == 0xED) high = 0x9F;
  if (first == 0xF0) low = 0x90;
  if (first == 0xF4) high = 0x8F;
  char32_t point = first & (0xFF >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if (i >= bytes.size() || at(i) < low || at(i) > high) return {0, i, false};
    point = (point << 6) | (at(i) & 0x3F);
    low = 0x80;
    high = 0xBF;
  }
  return {point, length, true};
}

bool is_control(char32_t c) {
  return (c < 0x20 && c != '\t') || (c >= 0x7F && c <= 0x9F);
}

// Bidirectional controls reorder what a reader sees; line separators break JavaScript; U+FFFE and U+FFFF break XML.
bool is_deceptive(char32_t c) {
  return (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0x200E || c == 0x200F || c == 0x061C ||
         c == 0x2028 || c == 0x2029 || c == 0xFFFE || c == 0xFFFF;
}

enum class Newlines { kept, shown };

std::string visible(const Decoded& decoded, std::string_view bytes, Newlines newlines) {
  if (!decoded.valid) return "\xEF\xBF\xBD";
  if (decoded.point == '\n') return newlines == Newlines::kept ? "\n" : "\\n";
  if (is_control(decoded.point)) return fmt::format("\\x{:02x}", static_cast<unsigned>(decoded.point));
  if (is_deceptive(decoded.point)) return fmt::format("\\u{:04x}", static_cast<unsigned>(decoded.point));
  return std::string(bytes.substr(0, decoded.length));
}

// How many bytes from the beginning on are printable ASCII: nearly all of a log, so taken at once.
std::size_t plain_run(std::string_view bytes) {
  const auto end = std::find_if(bytes.begin(), bytes.end(), [](char c) { return c < 0x20 || c > 0x7E; });
  return static_cast<std::size_t>(end - bytes.begin());
}

std::string sanitised(std::string_view foreign, std::size_t limit, Newlines newlines) {
  const std::string safe = without_private_keys(foreign);
  std::string_view rest = safe;
  std::string text;
  text.reserve(std::min(rest.size(), limit));
  for (;;) {
    const std::size_t plain = plain_run(rest.substr(0, limit - text.size()));
    text += rest.substr(0, plain);
    rest.remove_prefix(plain);
    if (rest.empty()) return text;
    const Decoded decoded = decode(rest);
    const std::string shown = visible(decoded, rest, newlines);
    if (text.size() + shown.size() > limit) return text + fmt::format(" [{} bytes left out]", rest.size());
    text += shown;
    rest.remove_prefix(decoded.length);
  }
}

}  // namespace

std::string sanitise(std::string_view bytes, std::size_t limit) {
  return sanitised(bytes, limit, Newlines::kept);
}

std::string sanitise_line(std::string_view bytes, std::size_t limit) {
  return sanitised(bytes, limit, Newlines::shown);
}

}  // namespace mtls
