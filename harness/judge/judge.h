// Observation and claims to verdict: a pure function.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "harness/model/claim.h"
#include "harness/model/diagnosis.h"
#include "harness/model/observation.h"
#include "harness/model/report.h"

namespace mtls::judge {

// What the names in claims stand for; filled from the minted material, so that the judge needs no OpenSSL.
struct Names {
  std::map<std::string, std::string> subject_of;  // authority or credential name -> subject
  std::map<std::string, std::string> sha256_of;   // credential name -> SHA-256 of its leaf
};

// The claim's word in scenario files.
std::string word(const Statement& statement);

Verdict judge(const std::vector<Claim>& claims, const Observation& observation, const std::vector<Diagnosis>& diagnoses,
              const Names& names);

// True where a right client was let in: 2xx and its nonce at the upstream (or 2xx alone where no upstream is watched).
bool admitted(const Observation& observation);

// The outcome of a case from its steps and controls, with a one-sentence reason and a stable reason code.
// Unmet must: fail; unmet should: warn; nothing decided, or a refusal that no control stands beside: error.
void conclude(CaseRecord& record);

}  // namespace mtls::judge
