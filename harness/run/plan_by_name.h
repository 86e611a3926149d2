// Stages for gateways that tell sites apart by their names alone.
#pragma once

#include <vector>

#include "harness/run/plan.h"

namespace mtls::run {

// Cases that need the very same listeners share a stage; one that needs two policies for one name is unsupported.
std::vector<StagePlan> plan_by_name(const Target& target, const Options& options, PkiPlan& pki);

}  // namespace mtls::run
