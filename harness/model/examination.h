// What the examination of a live endpoint found: each probe with its purpose, and the answer drawn from all of them.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "harness/model/diagnosis.h"
#include "harness/model/observation.h"

namespace mtls {

struct ProbeRecord {
  std::string purpose;
  Observation observation;
};

struct Examination {
  std::string address;             // "127.0.0.1:443"; the name and port as asked where it was not resolved
  std::optional<std::string> sni;  // nothing: none was sent
  std::string host;
  bool healthy = false;
  bool conclusive = false;
  std::vector<Diagnosis> diagnoses;  // best first
  std::string decide_by;             // what would tell the first two apart; empty: nothing is open
  std::vector<std::string> notes;    // what the user should know besides
  std::vector<ProbeRecord> probes;   // in the order in which they were made
  std::size_t decisive = 0;          // the probe that the answer is about
  double took_ms = 0;
};

}  // namespace mtls
