// Text as every format may carry it: sanitised once more, bounded, and free of TLS secrets.
#include "reports/printable.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "harness/base/text.h"
#include "reports/key_material.h"

namespace mtls::reports {

namespace {

void replace_all(std::string& text, std::string_view what, std::string_view with) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
}

// Most texts of a report: short words of ASCII, with nothing to be done. No sign of key material is as short.
bool harmless(std::string_view text) {
  constexpr std::size_t short_of_any_sign = 8;
  return text.size() < short_of_any_sign &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

// Of a text that is far too long only the beginning is looked at; the note says how long it was.
template <class Sanitise>
std::string cut(std::string_view text, std::size_t limit, Sanitise sanitised) {
  if (harmless(text)) return std::string(text);
  if (text.size() <= 2 * limit) return without_key_material(sanitised(text, limit));
  auto kept = without_key_material(sanitised(text.substr(0, limit), 8 * limit));
  if (kept.size() > limit) {
    while (limit > 0 && (static_cast<unsigned char>(kept[limit]) & 0xC0) == 0x80) --limit;
    kept.resize(limit);
  }
  return kept + " [cut: " + std::to_string(text.size()) + " bytes in all]";
}

}  // namespace

std::string printable(std::string_view text, std::size_t limit) {
  return cut(text, limit, sanitise);
}

std::string printable_line(std::string_view text, std::size_t limit) {
  return cut(text, limit, sanitise_line);
}

std::string log_line(std::string_view text, std::size_t limit) {
  auto line = printable_line(text, limit);
  replace_all(line, "##", "# #");
  if (trim(line).substr(0, 2) == "::") line.insert(line.find("::"), "\\");
  return line;
}

std::string header_text(const Header& header) {
  static constexpr std::array<std::string_view, 6> secret{"authorization", "proxy-authorization", "cookie",
                                                          "set-cookie",    "x-api-key",           "x-auth-token"};
  const auto name = lower(trim(header.first));
  if (std::find(secret.begin(), secret.end(), name) != secret.end()) return "[masked]";
  return printable_line(header.second);
}

double milliseconds(double ms) {
  return std::isfinite(ms) ? std::round(ms * 1000) / 1000 : 0;
}

std::string topic_of(std::string_view id) {
  const auto slash = id.rfind('/');
  return slash == std::string_view::npos ? "scenarios" : std::string(id.substr(0, slash));
}

std::string name_of(std::string_view id) {
  const auto slash = id.rfind('/');
  return std::string(slash == std::string_view::npos ? id : id.substr(slash + 1));
}

}  // namespace mtls::reports
