// RE2 behind a thin interface.
#include "harness/diagnose/patterns.h"

#include <algorithm>

#include <re2/re2.h>
#include <re2/set.h>

namespace mtls::diagnose {
namespace {

RE2::Options quiet() {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(64 << 20);
  return options;
}

re2::StringPiece piece(std::string_view text) {
  return {text.data(), text.size()};
}

}  // namespace

struct Pattern::Compiled {
  explicit Compiled(const std::string& text) : expression(text, quiet()) {}
  RE2 expression;
};

Result<Pattern> Pattern::compile(const std::string& expression) {
  auto compiled = std::make_shared<const Compiled>(expression);
  if (!compiled->expression.ok()) {
    return Error{"diagnose", "not a pattern: " + compiled->expression.error(), expression};
  }
  Pattern pattern;
  pattern.compiled_ = std::move(compiled);
  return pattern;
}

bool Pattern::found_in(std::string_view text) const {
  return RE2::PartialMatch(piece(text), compiled_->expression);
}

std::map<std::string, std::string> Pattern::captures(std::string_view text) const {
  const RE2& expression = compiled_->expression;
  std::vector<re2::StringPiece> groups(static_cast<std::size_t>(expression.NumberOfCapturingGroups()) + 1);
  std::map<std::string, std::string> caught;
  if (!expression.Match(piece(text), 0, text.size(), RE2::UNANCHORED, groups.data(), static_cast<int>(groups.size()))) {
    return caught;
  }
  for (const auto& [name, index] : expression.NamedCapturingGroups()) {
    const auto& group = groups[static_cast<std::size_t>(index)];
    if (group.data() != nullptr) caught[name] = std::string(group.data(), group.size());
  }
  return caught;
}

struct PatternSet::Compiled {
  Compiled() : set(quiet(), RE2::UNANCHORED) {}
  RE2::Set set;
};

Result<PatternSet> PatternSet::compile(const std::vector<std::string>& expressions) {
  auto compiled = std::make_shared<Compiled>();
  for (const std::string& expression : expressions) {
    std::string why;
    if (compiled->set.Add(expression, &why) < 0) return Error{"diagnose", "not a pattern: " + why, expression};
  }
  PatternSet result;
  if (expressions.empty()) return result;
  if (!compiled->set.Compile()) return Error{"diagnose", "the patterns together need too much memory", ""};
  result.compiled_ = std::move(compiled);
  return result;
}

std::vector<std::size_t> PatternSet::found_in(std::string_view text) const {
  std::vector<int> found;
  if (compiled_ != nullptr) compiled_->set.Match(piece(text), &found);
  std::vector<std::size_t> indices(found.begin(), found.end());
  std::sort(indices.begin(), indices.end());
  return indices;
}

}  // namespace mtls::diagnose
