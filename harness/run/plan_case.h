// Planning one case: what the ways to share out stages have in common.
#pragma once

#include <optional>
#include <vector>

#include "harness/run/plan.h"

namespace mtls::run {

// Once for each, with nothing where the scenario has no TLS version.
std::vector<std::optional<TlsVersion>> versions_of(const Scenario& scenario);

// Puts the case's sites and controls into `stage`, where equal ones are not there yet; the case itself is given back.
PlannedTrials plan_case(const Scenario& scenario, std::optional<TlsVersion> tls, const Options& options,
                        StagePlan& stage, PkiPlan& pki);

// `own_upstreams`: as StagePlan has it.
bool same_for_the_gateway(const PlannedSite& a, const SiteSpec& b, bool own_upstreams);

}  // namespace mtls::run
