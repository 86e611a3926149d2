// The account of a case that did not simply pass: what was expected, what was seen, why, what to do, how to repeat it.
#include "reports/account.h"

#include <algorithm>

#include <fmt/format.h>

#include "reports/printable.h"

namespace mtls::reports {

namespace {

constexpr std::size_t evidence_shown = 5;
constexpr std::size_t log_lines_shown = 5;

void add(std::vector<Entry>& entries, std::string label, const std::string& text) {
  if (!text.empty()) entries.push_back({std::move(label), log_line(text)});
}

bool unmet(const Finding& finding) {
  return !finding.held;
}

bool open(const StepRecord& step) {
  const auto& findings = step.verdict.findings;
  return !step.verdict.undecided.empty() || std::any_of(findings.begin(), findings.end(), unmet);
}

// The remedy in the words of this kind of gateway, where there are any.
std::string remedy(const Diagnosis& diagnosis, const std::string& kind, const std::string& gateway) {
  for (const auto& key : {kind, gateway}) {
    if (const auto found = diagnosis.remedy_for.find(key); found != diagnosis.remedy_for.end()) return found->second;
  }
  return diagnosis.remedy;
}

void add_cause(std::vector<Entry>& entries, const StepRecord& step, const CaseRecord& record) {
  if (step.diagnoses.empty()) return;
  const auto& first = step.diagnoses.front();
  add(entries, "cause", fmt::format("{} ({:.2f}): {}", first.code, first.confidence, first.cause));
  for (std::size_t i = 0; i < first.evidence.size() && i < evidence_shown; ++i)
    add(entries, "evidence", first.evidence[i]);
  for (std::size_t i = 1; i < step.diagnoses.size() && i < 3; ++i) {
    const auto& other = step.diagnoses[i];
    add(entries, "or", fmt::format("{} ({:.2f}): {}", other.code, other.confidence, other.cause));
  }
  add(entries, "remedy", remedy(first, step.observation.gateway.kind, record.gateway));
}

void add_step(std::vector<Entry>& entries, const StepRecord& step, const CaseRecord& record) {
  if (record.steps.size() > 1) {
    add(entries, "step", fmt::format("{} of {}: {}", &step - record.steps.data() + 1, record.steps.size(), step.title));
  }
  add(entries, "undecided", step.verdict.undecided);
  for (const auto& finding : step.verdict.findings) {
    if (finding.held) continue;
    const auto level = finding.level == Level::must ? std::string() : fmt::format(" ({})", name(finding.level));
    add(entries, "expected" + level, finding.expected);
    add(entries, "observed", finding.observed);
  }
  if (!step.planted.empty()) add(entries, "planted", step.planted);
  add_cause(entries, step, record);
  const auto& log = step.observation.gateway.log;
  const auto from = log.size() > log_lines_shown ? log.size() - log_lines_shown : 0;
  for (std::size_t i = from; i < log.size(); ++i) add(entries, "log", log[i]);
}

// The reason of an unmet or undecided claim is what its step says at length.
bool said_by_a_step(const CaseRecord& record) {
  if (record.reason_code == "control-failed" || !std::any_of(record.steps.begin(), record.steps.end(), open))
    return false;
  switch (record.outcome) {
    case Outcome::warn:
    case Outcome::fail:
    case Outcome::error: return true;
    case Outcome::pass:
    case Outcome::known:
    case Outcome::unsupported:
    case Outcome::skip: return false;
  }
  return false;
}

}  // namespace

std::vector<Entry> account(const CaseRecord& record) {
  std::vector<Entry> entries;
  add(entries, "scenario", record.title);
  if (!said_by_a_step(record)) add(entries, "reason", record.reason);
  for (const auto& step : record.steps) {
    if (open(step)) add_step(entries, step, record);
  }
  for (const auto& control : record.control) {
    if (control.admitted) continue;
    const auto who = control.present.empty() ? "no certificate" : control.present;
    add(entries, "control", fmt::format("{} was not admitted to {}: {}", who, control.site, control.observed));
  }
  add(entries, "reproduce", record.reproduce.mtlscheck);
  add(entries, "curl", record.reproduce.curl);
  add(entries, "openssl", record.reproduce.openssl);
  return entries;
}

std::string plain(const std::vector<Entry>& entries) {
  std::string text;
  for (const auto& entry : entries) text += entry.label + ": " + entry.text + "\n";
  return text;
}

std::vector<const CaseRecord*> troubled(const Report& report) {
  std::vector<const CaseRecord*> cases;
  for (const auto outcome : {Outcome::fail, Outcome::error, Outcome::warn}) {
    for (const auto& record : report.cases) {
      if (record.outcome == outcome) cases.push_back(&record);
    }
  }
  return cases;
}

}  // namespace mtls::reports
