// The lines that repeat a case by hand.
#pragma once

#include <vector>

#include "harness/model/report.h"
#include "harness/run/plan.h"
#include "harness/run/trial.h"

namespace mtls::run {

// Paths are those of `mtlscheck pki --out pki`; the address is the one of this run, or of `mtlscheck lab`.
Reproduce reproduce(const PlannedTrials& trials, const std::vector<Trial>& tried);

}  // namespace mtls::run
