// What a log or error line means, by the patterns of the rule book.
#include <algorithm>
#include <array>
#include <utility>

#include "harness/diagnose/rule_index.h"

namespace mtls::diagnose {
namespace {

using Found = std::vector<const LinePattern*>;

// A frame that names the upstream stands in lines that name the client too.
constexpr std::array<std::string_view, 3> strongest_frame_first{"upstream", "gateway", "client"};
// What nothing frames was most likely pasted by a client; that it is about an upstream, a frame must say.
constexpr std::array<std::string_view, 2> likeliest_first{"client", "gateway"};

template <class Wanted>
void prefer(Found& found, Wanted wanted) {
  Found preferred;
  std::copy_if(found.begin(), found.end(), std::back_inserter(preferred), wanted);
  if (!preferred.empty()) found = std::move(preferred);
}

std::string_view framed_side(const RuleIndex& index, std::string_view line) {
  std::vector<const LineFrame*> frames;
  for (const std::size_t place : index.frame_set.found_in(line)) frames.push_back(&index.book.frames[place]);
  for (const Voice voice : {Voice::program, Voice::library}) {
    for (const std::string_view side : strongest_frame_first) {
      for (const LineFrame* frame : frames) {
        if (frame->voice == voice && frame->side == side) return side;
      }
    }
  }
  return {};
}

std::string_view likeliest_side(const Found& found) {
  for (const std::string_view side : likeliest_first) {
    for (const LinePattern* pattern : found) {
      if (pattern->side == side) return side;
    }
  }
  return {};
}

void settle_side(Found& found, const RuleIndex& index, std::string_view line) {
  std::string_view side = framed_side(index, line);
  if (side.empty()) side = likeliest_side(found);
  std::erase_if(found, [&](const LinePattern* pattern) { return pattern->side != side; });
}

}  // namespace

std::vector<LineMatch> read_line(const RuleIndex& index, std::string_view line, std::string_view producer,
                                 const std::vector<std::string_view>& sides, Wanted wanted) {
  Found found;
  for (const std::size_t place : index.line_set.found_in(line)) {
    const LinePattern& pattern = index.book.lines[place];
    if (wanted == Wanted::causes && pattern.causes.empty()) continue;
    if (sides.empty() || std::find(sides.begin(), sides.end(), pattern.side) != sides.end()) found.push_back(&pattern);
  }
  for (const Voice voice : {Voice::library, Voice::program}) {
    prefer(found, [&](const LinePattern* pattern) { return pattern->voice <= voice; });
  }
  if (!found.empty() && sides.empty() && found.front()->voice != Voice::program) settle_side(found, index, line);
  prefer(found, [&](const LinePattern* pattern) { return !producer.empty() && pattern->producer == producer; });
  std::vector<LineMatch> matches;
  for (const LinePattern* pattern : found) {
    const auto place = static_cast<std::size_t>(pattern - index.book.lines.data());
    matches.push_back({pattern, index.line_set.captures(place, line)});
  }
  return matches;
}

}  // namespace mtls::diagnose
