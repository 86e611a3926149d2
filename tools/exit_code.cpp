// From outcomes to the exit code.
#include "tools/exit_code.h"

#include <algorithm>

namespace mtls::tools {

int exit_code_of(const Report& report, bool strict) {
  const auto any = [&](Outcome outcome) {
    return std::any_of(report.cases.begin(), report.cases.end(),
                       [outcome](const CaseRecord& record) { return record.outcome == outcome; });
  };
  if (any(Outcome::fail) || (strict && any(Outcome::warn))) return exit_failed;
  if (any(Outcome::error)) return exit_undecided;
  const bool something_ran = any(Outcome::pass) || any(Outcome::warn) || any(Outcome::known);
  return something_ran ? exit_ok : exit_nothing_ran;
}

}  // namespace mtls::tools
