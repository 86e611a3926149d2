// Observation to causes: pure functions over rules that are data. Sees observations, never scenarios.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/result.h"
#include "harness/model/diagnosis.h"
#include "harness/model/observation.h"

namespace mtls::diagnose {

// A rule book made ready: patterns compiled. Copyable handle to shared, immutable content; safe from any thread.
class Rules {
 public:
  // Error: a pattern that RE2 does not take, a code without a page, a fact that no one provides.
  static Result<Rules> compile(const RuleBook& book);

  const RuleBook& book() const;
  const Cause* page(std::string_view code) const;  // null: no such code

 private:
  struct Compiled;
  std::shared_ptr<const Compiled> compiled_;
  friend std::vector<Diagnosis> diagnose(const Facts& facts, const Rules& rules);
  friend Facts facts(const Observation& observation, const Rules& rules);
  friend std::vector<Diagnosis> explain(std::string_view text, std::string_view side, const Rules& rules);
};

// What the observation says, as named facts. Needs the rules for what log lines mean.
Facts facts(const Observation& observation, const Rules& rules);

// Every name that facts() may give.
const std::vector<std::string>& fact_names();

// Best first; `healthy` alone where nothing is to be explained; empty where nothing fits.
std::vector<Diagnosis> diagnose(const Facts& facts, const Rules& rules);

// What a pasted error line supports, best first; empty where no pattern fits. `side` empty: not known.
std::vector<Diagnosis> explain(std::string_view text, std::string_view side, const Rules& rules);

}  // namespace mtls::diagnose
