// Regular expressions of a kind (RE2 syntax).
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "harness/base/result.h"

namespace mtls::gateway {

class Pattern {
 public:
  // Error, naming `where`: not a regular expression.
  static Result<Pattern> make(const std::string& text, const std::string& where);
  Pattern(Pattern&&) noexcept;
  Pattern& operator=(Pattern&&) noexcept;
  ~Pattern();

  bool found_in(std::string_view line) const;
  // What the first group that took part in a match holds: of alternatives, each with its group, the one that matched.
  std::string group_in(std::string_view line) const;

 private:
  struct State;
  explicit Pattern(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace mtls::gateway
