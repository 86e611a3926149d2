// RE2 behind a thin interface.
#include "harness/diagnose/patterns.h"

#include <algorithm>
#include <numeric>

#include <re2/filtered_re2.h>
#include <re2/re2.h>
#include <re2/set.h>

#include "harness/base/text.h"

namespace mtls::diagnose {
namespace {

constexpr int shortest_word = 4;

RE2::Options quiet() {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(64 << 20);
  return options;
}

re2::StringPiece piece(std::string_view text) {
  return {text.data(), text.size()};
}

std::map<std::string, std::string> captures_of(const RE2& expression, std::string_view text) {
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

// One automaton over a thousand expressions grows without end. One over the words that they cannot do without is small:
// it says of most lines that none of the expressions is worth a try.
struct PatternSet::Compiled {
  Compiled() : words(quiet(), RE2::UNANCHORED) {}
  re2::FilteredRE2 expressions{shortest_word};
  RE2::Set words;
  int number_of_words = 0;
};

Result<PatternSet> PatternSet::compile(const std::vector<std::string>& expressions) {
  auto compiled = std::make_shared<Compiled>();
  for (const std::string& expression : expressions) {
    int place = 0;
    if (compiled->expressions.Add(expression, quiet(), &place) != RE2::NoError)
      return Pattern::compile(expression).error();
  }
  PatternSet result;
  if (expressions.empty()) return result;
  std::vector<std::string> words;
  compiled->expressions.Compile(&words);
  for (const std::string& word : words) compiled->words.Add(RE2::QuoteMeta(word), nullptr);
  compiled->number_of_words = static_cast<int>(words.size());
  if (!compiled->words.Compile()) return Error{"diagnose", "the patterns together need too much memory", ""};
  result.compiled_ = std::move(compiled);
  return result;
}

std::vector<std::size_t> PatternSet::found_in(std::string_view text) const {
  if (compiled_ == nullptr) return {};
  std::vector<int> words, found;
  const std::string lowered = lower(text);
  RE2::Set::ErrorInfo trouble{RE2::Set::kNoError};
  if (compiled_->number_of_words > 0 && !compiled_->words.Match(piece(lowered), &words, &trouble) &&
      trouble.kind != RE2::Set::kNoError) {
    words.resize(static_cast<std::size_t>(compiled_->number_of_words));
    std::iota(words.begin(), words.end(), 0);  // nothing is ruled out
  }
  compiled_->expressions.AllMatches(piece(text), words, &found);
  std::vector<std::size_t> indices(found.begin(), found.end());
  std::sort(indices.begin(), indices.end());
  return indices;
}

std::map<std::string, std::string> PatternSet::captures(std::size_t index, std::string_view text) const {
  return captures_of(compiled_->expressions.GetRE2(static_cast<int>(index)), text);
}

}  // namespace mtls::diagnose
