// Colours of a terminal (ECMA-48, 8.3.117), only where the style has them.
#include "reports/paint.h"

#include <fmt/format.h>

namespace mtls::reports {

namespace {

std::string with(const char* parameters, const std::string& text, const Style& style) {
  return style.colour ? fmt::format("\x1b[{}m{}\x1b[0m", parameters, text) : text;
}

const char* colour_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::pass: return "32";
    case Outcome::warn: return "33";
    case Outcome::fail: return "1;31";
    case Outcome::known: return "36";
    case Outcome::unsupported:
    case Outcome::skip: return "2";
    case Outcome::error: return "1;35";
  }
  return "0";
}

}  // namespace

std::string paint(const std::string& text, Outcome outcome, const Style& style) {
  return with(colour_of(outcome), text, style);
}
std::string emphasise(const std::string& text, const Style& style) {
  return with("1", text, style);
}
std::string dim(const std::string& text, const Style& style) {
  return with("2", text, style);
}

}  // namespace mtls::reports
