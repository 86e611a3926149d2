// Whether a rule's conditions hold of the facts.
#include "harness/diagnose/conditions.h"

#include <algorithm>
#include <utility>

#include "harness/diagnose/fact_sheet.h"

namespace mtls::diagnose {
namespace {

// Error numbers stand in facts as lists of texts and in rules as numbers, so values are compared as they read.
bool same(const FactValue& left, const FactValue& right) {
  return left == right || to_text(left) == to_text(right);
}

template <class Test>
bool any_element(const FactValue& fact, const Test& test) {
  const auto* all = std::get_if<std::vector<std::string>>(&fact);
  if (all == nullptr) return test(fact);
  return std::any_of(all->begin(), all->end(), [&](const std::string& one) { return test(FactValue(one)); });
}

bool within(const Condition& condition, const FactValue& fact) {
  if (!condition.at_least && !condition.at_most) return true;
  const auto* value = std::get_if<std::int64_t>(&fact);
  if (value == nullptr) return false;
  return (!condition.at_least || *value >= *condition.at_least) && (!condition.at_most || *value <= *condition.at_most);
}

}  // namespace

Result<ReadyCondition> ready(const Condition& condition) {
  ReadyCondition result{condition, std::nullopt};
  if (condition.matches) {
    auto pattern = Pattern::compile(*condition.matches);
    if (!pattern) return pattern.error();
    result.pattern = std::move(*pattern);
  }
  return result;
}

bool holds(const ReadyCondition& ready, const Facts& facts) {
  const Condition& condition = ready.condition;
  const auto found = facts.find(condition.fact);
  if (found == facts.end()) return condition.present == false;
  if (condition.present == false) return false;
  const FactValue& fact = found->second;
  if (condition.is && !any_element(fact, [&](const FactValue& one) { return same(one, *condition.is); })) return false;
  const auto one_of = [&](const FactValue& one) {
    return std::any_of(condition.any_of.begin(), condition.any_of.end(),
                       [&](const FactValue& wanted) { return same(one, wanted); });
  };
  if (!condition.any_of.empty() && !any_element(fact, one_of)) return false;
  const auto matches = [&](const FactValue& one) { return ready.pattern->found_in(to_text(one)); };
  if (ready.pattern && !any_element(fact, matches)) return false;
  return within(condition, fact);
}

}  // namespace mtls::diagnose
