// Regular expressions by RE2, which takes linear time whatever a gateway logs.
#include "harness/gateway/pattern.h"

#include <array>

#include <re2/re2.h>

#include "harness/base/text.h"

namespace mtls::gateway {
namespace {

constexpr int most_groups = 8;

RE2::Options quiet() {
  RE2::Options options;
  options.set_log_errors(false);
  return options;
}

}  // namespace

struct Pattern::State {
  explicit State(const std::string& text) : re(text, quiet()) {}
  RE2 re;
};

Pattern::Pattern(std::unique_ptr<State> state) : state_(std::move(state)) {}
Pattern::Pattern(Pattern&&) noexcept = default;
Pattern& Pattern::operator=(Pattern&&) noexcept = default;
Pattern::~Pattern() = default;

Result<Pattern> Pattern::make(const std::string& text, const std::string& where) {
  auto state = std::make_unique<State>(text);
  if (!state->re.ok()) return Error{"start", "\"" + sanitise_line(text) + "\": " + state->re.error(), where};
  return Pattern(std::move(state));
}

bool Pattern::found_in(std::string_view line) const {
  return RE2::PartialMatch(re2::StringPiece(line.data(), line.size()), state_->re);
}

std::string Pattern::group_in(std::string_view line) const {
  std::array<re2::StringPiece, most_groups + 1> groups;
  const int count = std::min(state_->re.NumberOfCapturingGroups(), most_groups) + 1;
  if (!state_->re.Match(re2::StringPiece(line.data(), line.size()), 0, line.size(), RE2::UNANCHORED, groups.data(),
                        count))
    return {};
  for (int n = 1; n < count; ++n) {
    const re2::StringPiece& group = groups[static_cast<std::size_t>(n)];
    if (!group.empty()) return {group.data(), group.size()};
  }
  return {};
}

}  // namespace mtls::gateway
