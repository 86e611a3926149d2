// Outcomes counted, and how often the diagnosis named what was planted.
#include <algorithm>

#include "reports/reports.h"

namespace mtls::reports {

namespace {

// A case that did not run, or that decided nothing, says nothing about the diagnosis.
bool judged(Outcome outcome) {
  switch (outcome) {
    case Outcome::pass:
    case Outcome::warn:
    case Outcome::fail:
    case Outcome::known: return true;
    case Outcome::unsupported:
    case Outcome::skip:
    case Outcome::error: return false;
  }
  return false;
}

// A fault that a gateway may let pass brought about nothing to be named where it did.
bool let_pass(const StepRecord& step) {
  const auto& findings = step.verdict.findings;
  return std::any_of(findings.begin(), findings.end(), [](const Finding& finding) {
    return finding.claim == "refused" && finding.level == Level::may && !finding.held;
  });
}

}  // namespace

Summary summarise(const Report& report) {
  Summary summary;
  summary.cases = static_cast<int>(report.cases.size());
  for (const auto outcome : all_outcomes) summary.outcomes[outcome] = 0;
  for (const auto& record : report.cases) {
    ++summary.outcomes[record.outcome];
    if (!judged(record.outcome)) continue;
    for (const auto& step : record.steps) {
      if (step.planted.empty() || let_pass(step)) continue;
      const auto names_it = [&](const Diagnosis& diagnosis) { return diagnosis.code == step.planted; };
      ++summary.diagnosis_expected;
      if (std::any_of(step.diagnoses.begin(), step.diagnoses.end(), names_it)) ++summary.diagnosis_correct;
      if (!step.diagnoses.empty() && names_it(step.diagnoses.front())) ++summary.diagnosis_first;
    }
  }
  return summary;
}

}  // namespace mtls::reports
