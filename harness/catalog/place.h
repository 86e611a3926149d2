// Reading a document's values into C++ values, with the place of the first mistake.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "harness/base/result.h"
#include "harness/catalog/node.h"

namespace mtls::catalog {

// The document that is read, and the first mistake in it. Reading goes on after a mistake, with values that nobody
// will see, so that readers need not ask at every step.
struct Document {
  std::string file;
  std::string note;  // appended to errors: which variant was read
  std::optional<Error> error;
};

// One position in a document: a node, and the way to it. It refers to the place above, which must outlive it.
class Place {
 public:
  Place(const Node& node, Document& document) : node_(&node), document_(&document) {}

  const Node& node() const { return *node_; }
  Document& document() const { return *document_; }
  Place at(const Member& member) const& { return Place(member.value, *this, &member.key, 0); }
  Place at(std::size_t index) const& { return Place(node_->items[index], *this, nullptr, index); }
  Place at(const Member& member) const&& = delete;
  Place at(std::size_t index) const&& = delete;

  std::string pointer() const;
  // Writes the mistake down where it is the first; `line` where it is not the node's own.
  void fail(const std::string& what, int line = 0) const;
  void expected(std::string_view what) const { fail("found " + describe(*node_) + "; expected " + std::string(what)); }

 private:
  Place(const Node& node, const Place& above, const std::string* key, std::size_t index)
      : node_(&node), document_(above.document_), above_(&above), key_(key), index_(index) {}

  const Node* node_;
  Document* document_;
  const Place* above_ = nullptr;
  const std::string* key_ = nullptr;
  std::size_t index_ = 0;
};

// "expected one of a, b, c; did you mean "b"?"
std::string expectation(std::string_view word, const std::vector<std::string>& allowed);

void read(const Place& place, std::string& value);
void read(const Place& place, bool& value);
void read(const Place& place, std::vector<std::string>& value);
void read(const Place& place, std::chrono::seconds& value);       // "-90d", "+24h", "10m", "5s"
void read(const Place& place, std::chrono::milliseconds& value);  // the same, positive, and "250ms"
void read(const Place& place, std::optional<std::string>& value);
int read_integer(const Place& place, std::int64_t least, std::int64_t most);
double read_confidence(const Place& place);  // above 0, at most 1
std::vector<int> read_integers(const Place& place, std::int64_t least, std::int64_t most);
std::string read_not_empty(const Place& place);
// An RE2 pattern that compiles and has `groups` groups; -1: any number.
std::string read_pattern(const Place& place, int groups = -1);

template <class T, std::size_t N>
T read_word(const Place& place, const std::array<T, N>& all) {
  for (T value : all) {
    if (place.node().kind == Node::Kind::text && place.node().text == name(value)) return value;
  }
  std::vector<std::string> allowed;
  for (T value : all) allowed.emplace_back(name(value));
  place.fail("found " + describe(place.node()) + "; " + expectation(place.node().text, allowed));
  return all.front();
}

template <class F>
void read_items(const Place& place, F each) {
  if (place.node().kind != Node::Kind::list) return place.expected("a list");
  for (std::size_t i = 0; i < place.node().items.size(); ++i) each(place.at(i));
}

template <class F>
void read_members(const Place& place, F each) {
  if (place.node().kind != Node::Kind::object) return place.expected("an object");
  for (const Member& member : place.node().members) each(member, place.at(member));
}

// An object whose keys are all known: each is asked for by name, and finish() refuses those that nobody asked for.
class Object {
 public:
  explicit Object(const Place& place);

  const Place& place() const { return place_; }
  bool has(std::string_view key) const { return place_.node().find(key) != nullptr; }
  // Calls `read` with the key's place where the key is there.
  template <class F>
  bool with(std::string_view key, F use) {
    const Member* member = ask(key);
    if (!member) return false;
    use(place_.at(*member));
    return true;
  }
  template <class F>
  void must(std::string_view key, F use) {
    if (!with(key, use)) missing(key);
  }
  template <class T>
  bool optional(std::string_view key, T& target) {
    return with(key, [&](const Place& place) { read(place, target); });
  }
  template <class T>
  void required(std::string_view key, T& target) {
    if (!optional(key, target)) missing(key);
  }
  void required_text(std::string_view key, std::string& target) {
    must(key, [&](const Place& place) { target = read_not_empty(place); });
  }
  // A key that somebody else reads.
  void allow(std::string_view key) { ask(key); }
  void finish() const;

 private:
  const Member* ask(std::string_view key);
  void missing(std::string_view key) const;

  const Place& place_;
  std::vector<std::string_view> asked_;
};

// True for what may be the name of a scenario, a site, a gateway, a certificate: lower-case letters, digits, hyphens.
bool is_name(std::string_view text);
void expect_name(const Place& place, std::string_view name);

}  // namespace mtls::catalog
