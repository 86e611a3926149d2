// A rule book with its patterns compiled and its pages found by code: what a Rules handle shares.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/result.h"
#include "harness/diagnose/conditions.h"
#include "harness/diagnose/diagnose.h"
#include "harness/diagnose/patterns.h"
#include "harness/model/diagnosis.h"

namespace mtls::diagnose {

struct ReadyRule {
  Rule rule;
  std::vector<ReadyCondition> when;
  std::vector<ReadyCondition> unless;
};

struct RuleIndex {
  RuleBook book;
  std::map<std::string, std::size_t, std::less<>> pages;  // code -> place in book.causes, which is the words' order
  std::map<std::string, std::size_t, std::less<>> lines;  // id -> place in book.lines
  std::vector<ReadyRule> rules;
  PatternSet line_set;   // as book.lines
  PatternSet frame_set;  // as book.frames

  static Result<RuleIndex> make(const RuleBook& book);
};

// What a line means: which pattern it is one of, and what the pattern's named groups caught.
struct LineMatch {
  const LinePattern* pattern = nullptr;
  std::map<std::string, std::string> captures;
};

// Patterns without a cause are there for what they catch; they silence weaker voices only where that is wanted too.
enum class Wanted { all, causes };

// The patterns that read this line, of the strongest voice that is heard. `producer`: who printed it, where that is
// known; its own patterns are then preferred. `sides`: which sides' patterns are asked; empty: all, and the words of a
// library, which are the same on every side, are taken for those of the side that the frames show, else of a client.
std::vector<LineMatch> read_line(const RuleIndex& index, std::string_view line, std::string_view producer,
                                 const std::vector<std::string_view>& sides, Wanted wanted = Wanted::all);

struct Rules::Compiled {
  RuleIndex index;
};

}  // namespace mtls::diagnose
