// Regular expressions over foreign text, in linear time: one expression, or a whole set searched at once.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/result.h"

namespace mtls::diagnose {

class Pattern {
 public:
  static Result<Pattern> compile(const std::string& expression);

  bool found_in(std::string_view text) const;

 private:
  struct Compiled;
  std::shared_ptr<const Compiled> compiled_;
};

class PatternSet {
 public:
  // The Error's `where` is the expression that does not compile.
  static Result<PatternSet> compile(const std::vector<std::string>& expressions);

  std::vector<std::size_t> found_in(std::string_view text) const;  // indices, ascending
  // What the named groups of one expression caught; empty where it is not found or has none.
  std::map<std::string, std::string> captures(std::size_t index, std::string_view text) const;

 private:
  struct Compiled;
  std::shared_ptr<const Compiled> compiled_;
};

}  // namespace mtls::diagnose
