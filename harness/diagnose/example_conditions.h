// Conditions as the tests of this folder state them.
#pragma once

#include <string>
#include <utility>

#include "harness/model/diagnosis.h"

namespace mtls::diagnose {

inline Condition is(const std::string& fact, FactValue value) {
  Condition condition;
  condition.fact = fact;
  condition.is = std::move(value);
  return condition;
}

}  // namespace mtls::diagnose
