// What came of a run: cases, steps, findings, outcomes.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/model/claim.h"
#include "harness/model/diagnosis.h"
#include "harness/model/observation.h"

namespace mtls {

enum class Outcome { pass, warn, fail, known, unsupported, skip, error };
inline constexpr std::array all_outcomes{Outcome::pass,        Outcome::warn, Outcome::fail, Outcome::known,
                                         Outcome::unsupported, Outcome::skip, Outcome::error};
constexpr std::string_view name(Outcome outcome) {
  constexpr std::array<std::string_view, 7> names{"pass", "warn", "fail", "known", "unsupported", "skip", "error"};
  return names[static_cast<std::size_t>(outcome)];
}

struct Finding {
  std::string claim;  // the statement's word in scenario files, e.g. "refused"
  Level level = Level::must;
  bool held = false;
  std::string expected;  // sentences for people
  std::string observed;
};

struct Verdict {
  std::vector<Finding> findings;
  // Not empty: the trial decides nothing (no connection, a time-out, a dead gateway), and why.
  std::string undecided;
};

struct StepRecord {
  std::string title;
  Observation observation;
  Verdict verdict;
  std::vector<Diagnosis> diagnoses;
  std::string planted;
};

// The right client on the same site, in the same run, with the same TLS version.
struct ControlRecord {
  std::string site;
  std::string present;
  bool admitted = false;
  std::string observed;
};

struct Reproduce {
  std::string mtlscheck;
  std::string curl;
  std::string openssl;
};

struct CaseRecord {
  std::string id;
  std::string gateway;
  std::map<std::string, std::string> variant;
  std::string title;
  std::string sort;
  Level level = Level::must;
  std::vector<std::string> references;
  std::vector<std::string> controls;
  Outcome outcome = Outcome::error;
  std::string reason;       // one sentence
  std::string reason_code;  // stable word: "unexpected-accept", "unexpected-refusal", "wrong-cause", ...
  double took_ms = 0;
  std::string file;
  int line = 1;
  std::vector<ControlRecord> control;
  std::vector<StepRecord> steps;
  Reproduce reproduce;
};

struct GatewayRecord {
  std::string kind;
  std::string version;
  std::string program;
  std::vector<std::string> capabilities;
  double ready_ms = 0;
  int sites = 0;
  std::string trouble;  // its own words where it did not start, or alarms from its log
};

struct Summary {
  std::map<Outcome, int> outcomes;
  int cases = 0;
  int diagnosis_expected = 0;  // steps that plant a cause and could be judged
  int diagnosis_correct = 0;   // the planted cause is among those named
  int diagnosis_first = 0;     // the planted cause is named first
};

struct Report {
  bool complete = false;
  std::string tool_version;
  std::string openssl_version;
  std::string libcurl_version;
  std::string run_id;
  std::int64_t started_ms = 0;  // UTC, since 1970
  std::int64_t finished_ms = 0;
  double duration_ms = 0;
  std::uint64_t seed = 0;
  int jobs = 0;
  std::string shard;
  std::vector<std::string> command;
  std::string os;
  std::string kernel;
  int cpus = 0;
  std::vector<GatewayRecord> gateways;
  std::vector<CaseRecord> cases;
};

}  // namespace mtls
