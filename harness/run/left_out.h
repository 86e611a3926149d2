// Cases that cannot run on a gateway.
#pragma once

#include <optional>

#include "harness/model/report.h"
#include "harness/model/scenario.h"
#include "harness/run/run.h"

namespace mtls::run {

// True where the case cannot run there; outcome and reason are then set.
bool left_out(const Scenario& scenario, std::optional<TlsVersion> tls, const Target& target, const Options& options,
              CaseRecord& record);

}  // namespace mtls::run
