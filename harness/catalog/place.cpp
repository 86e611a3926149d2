// Places, and the readers of plain values.
#include "harness/catalog/place.h"

#include <algorithm>
#include <limits>

#include <re2/re2.h>

#include "harness/base/text.h"

namespace mtls::catalog {
namespace {

// A list of words longer than this helps nobody.
constexpr std::size_t shown_words = 30;

// "24h" as milliseconds; nothing where it is no duration. At most a hundred years, which fits every certificate.
std::optional<std::int64_t> parse_duration(std::string_view text) {
  const bool negative = !text.empty() && text.front() == '-';
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) text.remove_prefix(1);
  std::int64_t count = 0;
  std::size_t digits = 0;
  while (digits < text.size() && digits < 12 && text[digits] >= '0' && text[digits] <= '9') {
    count = count * 10 + (text[digits++] - '0');
  }
  const std::string_view unit = text.substr(digits);
  const std::int64_t scale = unit == "ms"  ? 1
                             : unit == "s" ? 1000
                             : unit == "m" ? 60'000
                             : unit == "h" ? 3'600'000
                             : unit == "d" ? 86'400'000
                                           : 0;
  constexpr std::int64_t century = 36525LL * 86'400'000;
  if (digits == 0 || scale == 0 || count > century / scale) return std::nullopt;
  return (negative ? -count : count) * scale;
}

std::optional<std::int64_t> duration_at(const Place& place) {
  if (place.node().kind != Node::Kind::text) return std::nullopt;
  return parse_duration(place.node().text);
}

}  // namespace

std::string Place::pointer() const {
  if (!above_) return "";
  return above_->pointer() + (key_ ? pointer_step(*key_) : fmt::format("/{}", index_));
}

void Place::fail(const std::string& what, int line) const {
  if (document_->error) return;
  document_->error =
      Error{"catalog", what + document_->note, spell_place(document_->file, pointer(), line > 0 ? line : node_->line)};
}

std::string expectation(std::string_view word, const std::vector<std::string>& allowed) {
  std::vector<std::string> quoted;
  for (const std::string& one : allowed) quoted.push_back(quote(one));
  const std::string near = word.empty() || word.size() > 60 ? "" : nearest(word, allowed);
  std::string text;
  if (quoted.size() == 1) {
    text = "expected " + quoted.front();
  } else if (quoted.size() <= shown_words) {
    text = "expected one of " + join(quoted, ", ");
  } else {
    text = fmt::format("expected one of {} known words", quoted.size());
  }
  return near.empty() ? text : text + "; did you mean " + quote(near) + "?";
}

void read(const Place& place, std::string& value) {
  if (place.node().kind != Node::Kind::text) return place.expected("a string");
  value = place.node().text;
}

void read(const Place& place, bool& value) {
  if (place.node().kind != Node::Kind::boolean) return place.expected("true or false");
  value = place.node().yes;
}

void read(const Place& place, std::vector<std::string>& value) {
  if (place.node().kind != Node::Kind::list) return place.expected("a list of strings");
  value.clear();
  read_items(place, [&](const Place& item) { value.push_back(read_not_empty(item)); });
}

void read(const Place& place, std::chrono::seconds& value) {
  const auto parsed = duration_at(place);
  if (!parsed || *parsed % 1000 != 0) {
    return place.expected("a time as \"-1h\", \"+24h\" or \"90d\" (whole s, m, h or d; at most 100 years)");
  }
  value = std::chrono::seconds(*parsed / 1000);
}

void read(const Place& place, std::chrono::milliseconds& value) {
  const auto parsed = duration_at(place);
  if (!parsed || *parsed <= 0 || *parsed > 3'600'000) {
    return place.expected("a duration as \"5s\" or \"500ms\", above zero and at most one hour");
  }
  value = std::chrono::milliseconds(*parsed);
}

void read(const Place& place, std::optional<std::string>& value) {
  std::string text;
  read(place, text);
  value = std::move(text);
}

int read_integer(const Place& place, std::int64_t least, std::int64_t most) {
  const Node& node = place.node();
  if (node.kind != Node::Kind::integer || node.integer < least || node.integer > most) {
    const bool bounded = most < std::numeric_limits<int>::max();
    place.expected(bounded ? fmt::format("a whole number from {} to {}", least, most)
                           : fmt::format("a whole number of {} or more", least));
    return static_cast<int>(least);
  }
  return static_cast<int>(node.integer);
}

double read_confidence(const Place& place) {
  const Node& node = place.node();
  const bool number = node.kind == Node::Kind::integer || node.kind == Node::Kind::real;
  if (number && node.real > 0 && node.real <= 1) return node.real;
  place.expected("a confidence above 0 and at most 1");
  return 0.5;
}

std::vector<int> read_integers(const Place& place, std::int64_t least, std::int64_t most) {
  std::vector<int> values;
  read_items(place, [&](const Place& item) { values.push_back(read_integer(item, least, most)); });
  if (place.node().kind == Node::Kind::list && values.empty()) {
    place.fail("an empty list; expected at least one number");
  }
  return values;
}

std::string read_not_empty(const Place& place) {
  if (place.node().kind != Node::Kind::text || place.node().text.empty()) {
    place.expected("a string that is not empty");
    return "";
  }
  return place.node().text;
}

std::string read_pattern(const Place& place, int groups) {
  const std::string pattern = read_not_empty(place);
  if (pattern.empty()) return pattern;
  const RE2 compiled(pattern, RE2::Quiet);
  if (!compiled.ok()) {
    place.fail("the pattern does not compile: " + sanitise_line(compiled.error(), 200) +
               "; expected an RE2 regular expression");
  } else if (groups >= 0 && compiled.NumberOfCapturingGroups() != groups) {
    place.fail(fmt::format("the pattern has {} groups; expected {}", compiled.NumberOfCapturingGroups(), groups));
  }
  return pattern;
}

Object::Object(const Place& place) : place_(place) {
  asked_.reserve(32);
  if (place.node().kind != Node::Kind::object) place.expected("an object");
}

const Member* Object::ask(std::string_view key) {
  asked_.push_back(key);
  return place_.node().find(key);
}

void Object::missing(std::string_view key) const {
  if (place_.node().kind != Node::Kind::object) return;
  // Misspelt rather than left out: the mistake is where the word stands.
  for (const Member& member : place_.node().members) {
    if (std::find(asked_.begin(), asked_.end(), member.key) == asked_.end() &&
        !nearest(member.key, {std::string(key)}).empty())
      return place_.at(member).fail(fmt::format("unknown key {}; did you mean \"{}\"?", quote(member.key), key),
                                    member.line);
  }
  place_.fail(fmt::format("the key \"{}\" is missing", key));
}

void Object::finish() const {
  for (const Member& member : place_.node().members) {
    if (std::find(asked_.begin(), asked_.end(), member.key) != asked_.end()) continue;
    std::vector<std::string> allowed(asked_.begin(), asked_.end());
    std::sort(allowed.begin(), allowed.end());
    allowed.erase(std::unique(allowed.begin(), allowed.end()), allowed.end());
    return place_.at(member).fail(
        fmt::format("unknown key {}; {}", quote(member.key), expectation(member.key, allowed)), member.line);
  }
}

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= 100 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

void expect_name(const Place& place, std::string_view name) {
  if (is_name(name)) return;
  place.fail(fmt::format("found the name {}; expected lower-case letters, digits and hyphens", quote(name)));
}

}  // namespace mtls::catalog
