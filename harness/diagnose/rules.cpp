// A rule book is checked and made ready once; afterwards it is only read.
#include <algorithm>
#include <set>
#include <utility>

#include "harness/base/text.h"
#include "harness/diagnose/diagnose.h"
#include "harness/diagnose/rule_index.h"

namespace mtls::diagnose {
namespace {

Error wrong(std::string what, std::string where) {
  return {"diagnose", std::move(what), std::move(where)};
}

Result<void> check_code(const RuleIndex& index, const std::string& code, const std::string& where) {
  if (index.pages.count(code) == 1) return {};
  std::vector<std::string> codes;
  for (const auto& [known, place] : index.pages) codes.push_back(known);
  const std::string near = nearest(code, codes);
  return wrong("the cause \"" + code + "\" has no page" + (near.empty() ? "" : "; did you mean \"" + near + "\"?"),
               where);
}

Result<void> check_confidence(double confidence, const std::string& where) {
  if (confidence > 0 && confidence <= 1) return {};
  return wrong("a confidence is above 0 and at most 1", where);
}

Result<void> check_fact(const std::string& fact, const std::string& where) {
  const auto& names = fact_names();
  if (std::find(names.begin(), names.end(), fact) != names.end()) return {};
  const std::string near = nearest(fact, names);
  return wrong("no one provides the fact \"" + fact + "\"" + (near.empty() ? "" : "; did you mean \"" + near + "\"?"),
               where);
}

Result<std::vector<ReadyCondition>> ready_all(const std::vector<Condition>& conditions, const std::string& where) {
  std::vector<ReadyCondition> result;
  for (const Condition& condition : conditions) {
    if (auto known = check_fact(condition.fact, where); !known) return known.error();
    auto one = ready(condition);
    if (!one) return wrong(one.error().what, where + ": " + condition.fact);
    result.push_back(std::move(*one));
  }
  return result;
}

// The names between braces in an evidence sentence.
Result<void> check_evidence(const Rule& rule) {
  for (std::size_t open = rule.evidence.find('{'); open != std::string::npos;
       open = rule.evidence.find('{', open + 1)) {
    const std::size_t close = rule.evidence.find('}', open);
    if (close == std::string::npos) return wrong("a brace is not closed in the evidence", rule.id);
    if (auto known = check_fact(rule.evidence.substr(open + 1, close - open - 1), rule.id); !known) return known;
  }
  return {};
}

Result<void> add_rule(RuleIndex& index, const Rule& rule) {
  const std::string where = "rule " + rule.id;
  if (auto code = check_code(index, rule.code, where); !code) return code;
  if (auto confidence = check_confidence(rule.confidence, where); !confidence) return confidence;
  if (rule.when.empty()) return wrong("a rule without conditions would always hold", where);
  if (auto evidence = check_evidence(rule); !evidence) return evidence;
  auto when = ready_all(rule.when, where);
  if (!when) return when.error();
  auto unless = ready_all(rule.unless, where);
  if (!unless) return unless.error();
  index.rules.push_back({rule, std::move(*when), std::move(*unless)});
  return {};
}

Result<void> check_side(const std::string& side, const std::string& where) {
  static constexpr std::string_view sides[] = {"client", "gateway", "upstream"};
  if (std::find(std::begin(sides), std::end(sides), side) != std::end(sides)) return {};
  return wrong("the side \"" + side + "\" is not one of client, gateway, upstream", where);
}

Result<void> add_line(RuleIndex& index, std::size_t place) {
  const LinePattern& line = index.book.lines[place];
  const std::string where = "line pattern " + line.id;
  if (auto side = check_side(line.side, where); !side) return side;
  for (const auto& [code, confidence] : line.causes) {
    if (auto known = check_code(index, code, where); !known) return known;
    if (auto in_range = check_confidence(confidence, where); !in_range) return in_range;
  }
  if (!index.lines.emplace(line.id, place).second) return wrong("two line patterns have this id", where);
  return {};
}

Error wrong_line(const RuleIndex& index, const Error& error) {
  for (const LinePattern& line : index.book.lines)
    if (line.pattern == error.where) return wrong(error.what, "line pattern " + line.id);
  return error;
}

Result<void> add_frames(RuleIndex& index) {
  std::vector<std::string> expressions;
  for (const LineFrame& frame : index.book.frames) {
    if (auto side = check_side(frame.side, "frame of " + frame.producer); !side) return side;
    expressions.push_back(frame.pattern);
  }
  auto set = PatternSet::compile(expressions);
  if (!set) return set.error();
  index.frame_set = std::move(*set);
  return {};
}

}  // namespace

Result<RuleIndex> RuleIndex::make(const RuleBook& book) {
  RuleIndex index;
  index.book = book;
  for (std::size_t i = 0; i < book.causes.size(); ++i) {
    if (!index.pages.emplace(book.causes[i].code, i).second)
      return wrong("two pages for one cause", book.causes[i].code);
  }
  for (const Rule& rule : book.rules) {
    if (auto added = add_rule(index, rule); !added) return added.error();
  }
  std::vector<std::string> expressions;
  for (std::size_t i = 0; i < book.lines.size(); ++i) {
    LinePattern& line = index.book.lines[i];
    if (line.id.empty()) line.id = line.producer + "/" + std::to_string(i + 1);
    if (auto added = add_line(index, i); !added) return added.error();
    expressions.push_back(line.pattern);
  }
  auto set = PatternSet::compile(expressions);
  if (!set) return wrong_line(index, set.error());
  index.line_set = std::move(*set);
  if (auto added = add_frames(index); !added) return added.error();
  return index;
}

Result<Rules> Rules::compile(const RuleBook& book) {
  auto index = RuleIndex::make(book);
  if (!index) return index.error();
  Rules rules;
  rules.compiled_ = std::make_shared<const Compiled>(Compiled{std::move(*index)});
  return rules;
}

const RuleBook& Rules::book() const {
  static const RuleBook none;
  return compiled_ == nullptr ? none : compiled_->index.book;
}

const Cause* Rules::page(std::string_view code) const {
  if (compiled_ == nullptr) return nullptr;
  const RuleIndex& index = compiled_->index;
  const auto found = index.pages.find(code);
  return found == index.pages.end() ? nullptr : &index.book.causes[found->second];
}

}  // namespace mtls::diagnose
