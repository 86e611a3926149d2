// Whether a rule's conditions hold of the facts.
#pragma once

#include <optional>
#include <vector>

#include "harness/base/result.h"
#include "harness/diagnose/patterns.h"
#include "harness/model/diagnosis.h"

namespace mtls::diagnose {

// A condition with its pattern compiled.
struct ReadyCondition {
  Condition condition;
  std::optional<Pattern> pattern;
};

Result<ReadyCondition> ready(const Condition& condition);
bool holds(const ReadyCondition& condition, const Facts& facts);

}  // namespace mtls::diagnose
