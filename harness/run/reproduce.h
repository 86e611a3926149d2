// The lines that repeat a case by hand.
#pragma once

#include <vector>

#include "harness/model/report.h"
#include "harness/run/live.h"
#include "harness/run/plan.h"
#include "harness/run/trial.h"

namespace mtls::run {

// Paths are those of `mtlscheck pki --out pki`; the address is the one of this run, or of `mtlscheck lab`. `live`: of a
// gateway that already runs, whose owner's files are named instead; what was minted for it is in no file.
Reproduce reproduce(const PlannedTrials& trials, const std::vector<Trial>& tried, const Live* live);

}  // namespace mtls::run
