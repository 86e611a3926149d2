// What a log or error line means, by the patterns of the rule book.
#include <algorithm>
#include <utility>

#include "harness/diagnose/rule_index.h"

namespace mtls::diagnose {
namespace {

void keep_only(std::vector<const LinePattern*>& found, const std::vector<const LinePattern*>& wanted) {
  if (!wanted.empty()) found = wanted;
}

}  // namespace

std::vector<LineMatch> read_line(const RuleIndex& index, std::string_view line, std::string_view producer,
                                 const std::vector<std::string_view>& sides) {
  std::vector<const LinePattern*> found;
  for (const std::size_t place : index.line_set.found_in(line)) {
    const LinePattern& pattern = index.book.lines[place];
    if (sides.empty() || std::find(sides.begin(), sides.end(), pattern.side) != sides.end()) found.push_back(&pattern);
  }
  std::vector<const LinePattern*> own, program;
  for (const LinePattern* pattern : found) {
    if (!producer.empty() && pattern->producer == producer) own.push_back(pattern);
    if (pattern->producer != library) program.push_back(pattern);
  }
  keep_only(found, program);
  keep_only(found, own);
  std::vector<LineMatch> matches;
  for (const LinePattern* pattern : found) {
    const auto place = static_cast<std::size_t>(pattern - index.book.lines.data());
    matches.push_back({pattern, index.line_patterns[place].captures(line)});
  }
  return matches;
}

}  // namespace mtls::diagnose
