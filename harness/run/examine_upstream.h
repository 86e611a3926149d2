// What the gateway meets at its upstream, in the words for that leg.
#pragma once

#include <string>
#include <vector>

#include "harness/diagnose/diagnose.h"
#include "harness/model/observation.h"

namespace mtls::run {

// The same trouble one leg further: what happens to the gateway as a client. Empty: it has no word there.
std::string on_the_upstream_leg(const std::string& code);

// What a probe that played the gateway at its upstream shows, best first; empty where it got through.
std::vector<Diagnosis> upstream_findings(const Observation& as_gateway, const diagnose::Rules& rules);

}  // namespace mtls::run
