// A JSON document as a tree that remembers the order of keys and the line of every value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/result.h"

namespace mtls::catalog {

struct Member;

struct Node {
  enum class Kind { null, boolean, integer, real, text, list, object };
  Kind kind = Kind::null;
  int line = 1;
  bool yes = false;
  std::int64_t integer = 0;
  double real = 0;  // of an integer too
  std::string text;
  std::vector<Node> items;
  std::vector<Member> members;  // in the order of the file

  const Member* find(std::string_view key) const;
};

struct Member {
  std::string key;
  int line = 1;
  Node value;
};

// What was found, for errors: "a list", "the number 5", "the string "x"".
std::string describe(const Node& node);

// A foreign word in an error: in quotes, on one line, cut where it is long.
std::string quote(std::string_view text);

// What a document may not exceed: files come from anywhere.
struct Limits {
  std::size_t bytes = 4u << 20;
  std::size_t depth = 64;
  std::size_t values = 200'000;
};

// The tree of `text`. Error: not JSON, not UTF-8, a NUL, a byte order mark, a duplicate key, a string that holds
// control characters, or a broken limit; `file` names the document in it.
Result<Node> parse(std::string_view text, const std::string& file, const Limits& limits = {});

// The same of a file on disk.
Result<Node> parse_file(const std::filesystem::path& path);

// "file: pointer (line N)", the one spelling of a place.
std::string spell_place(const std::string& file, const std::string& pointer, int line);

// One step of a JSON pointer (RFC 6901, 3), escaped.
std::string pointer_step(std::string_view key);

}  // namespace mtls::catalog
