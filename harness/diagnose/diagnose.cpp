// Facts and pasted lines to causes, best first.
#include "harness/diagnose/diagnose.h"

#include <algorithm>
#include <optional>

#include "harness/base/text.h"
#include "harness/diagnose/candidates.h"
#include "harness/diagnose/fact_sheet.h"
#include "harness/diagnose/rule_index.h"

namespace mtls::diagnose {
namespace {

constexpr std::size_t most_causes = 5;

bool applies(const ReadyRule& rule, const Facts& facts) {
  const auto one_holds = [&](const ReadyCondition& condition) { return holds(condition, facts); };
  return std::all_of(rule.when.begin(), rule.when.end(), one_holds) &&
         std::none_of(rule.unless.begin(), rule.unless.end(), one_holds);
}

// {fact.name} becomes the fact's value.
std::string filled(const std::string& sentence, const Facts& facts) {
  std::string text;
  std::size_t from = 0;
  while (true) {
    const std::size_t open = sentence.find('{', from);
    if (open == std::string::npos) break;
    const std::size_t close = sentence.find('}', open);
    if (close == std::string::npos) break;
    text += sentence.substr(from, open - from);
    const auto fact = facts.find(sentence.substr(open + 1, close - open - 1));
    text += fact == facts.end() ? "(not known)" : to_text(fact->second);
    from = close + 1;
  }
  return text + sentence.substr(from);
}

const std::vector<std::string>* list_of(const Facts& facts, std::string_view name) {
  const auto found = facts.find(name);
  return found == facts.end() ? nullptr : std::get_if<std::vector<std::string>>(&found->second);
}

void support_by_lines(Candidates& candidates, const Facts& facts, const RuleIndex& index) {
  const auto* matched = list_of(facts, "gateway.log.matched");
  const auto* lines = list_of(facts, "gateway.log.line");
  if (matched == nullptr || lines == nullptr) return;
  for (std::size_t i = 0; i < matched->size() && i < lines->size(); ++i) {
    const auto found = index.lines.find((*matched)[i]);
    if (found == index.lines.end()) continue;
    for (const auto& [code, confidence] : index.book.lines[found->second].causes) {
      candidates.support(code, confidence, "The gateway's log says: " + (*lines)[i]);
    }
  }
}

}  // namespace

std::vector<Diagnosis> diagnose(const Facts& facts, const Rules& rules) {
  if (rules.compiled_ == nullptr) return {};
  const RuleIndex& index = rules.compiled_->index;
  Candidates candidates(index);
  support_by_lines(candidates, facts, index);
  for (const ReadyRule& ready : index.rules) {
    if (applies(ready, facts)) {
      candidates.support(ready.rule.code, ready.rule.confidence, filled(ready.rule.evidence, facts));
    }
  }
  return candidates.ranked(most_causes);
}

std::vector<Diagnosis> explain(std::string_view text, std::string_view side, const Rules& rules) {
  if (rules.compiled_ == nullptr) return {};
  const RuleIndex& index = rules.compiled_->index;
  Candidates candidates(index);
  const std::vector<std::string_view> sides = side.empty() ? std::vector<std::string_view>{} : std::vector{side};
  for (const LineMatch& match : read_line(index, text, "", sides, Wanted::causes)) {
    const std::string who = match.pattern->producer + (match.pattern->side == "upstream" ? ", about its upstream" : "");
    for (const auto& [code, confidence] : match.pattern->causes) {
      candidates.support(code, confidence, "A line as " + who + " prints it (" + match.pattern->says + ").");
    }
  }
  return candidates.ranked(most_causes);
}

}  // namespace mtls::diagnose
