// Mustache templates over plain values: the tags that a text holds, and the text filled in.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/result.h"

namespace mtls::gateway {

// What a template sees at one level. Names not found here are looked up in the levels around it.
struct Values {
  std::map<std::string, bool> flags;
  std::map<std::string, std::string> texts;
  std::map<std::string, std::vector<Values>> lists;  // an empty list is an absent section
};

struct Tag {
  enum class Sort { variable, section, inverted, end };
  Sort sort = Sort::variable;
  std::string name;
  int line = 1;
};

// Every tag but comments, in order, with sections checked to be closed. Error, naming `file` and line: an unclosed tag
// or section, and the tags that these templates do without (partials, other delimiters, triple braces).
Result<std::vector<Tag>> tags_of(std::string_view text, const std::string& file);

// Fills texts with one set of values. Nothing is escaped: what may stand in a configuration was decided before it
// became a value. A line that holds only section tags leaves no line behind.
class Filler {
 public:
  explicit Filler(const Values& values);
  ~Filler();
  Filler(const Filler&) = delete;
  Filler& operator=(const Filler&) = delete;

  // `inner`: values of one item, found first; null: none.
  Result<std::string> fill(const std::string& text, const std::string& file, const Values* inner = nullptr) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace mtls::gateway
