// Which scenarios of the catalog a run is about.
#pragma once

#include <string>
#include <vector>

#include "harness/model/scenario.h"
#include "tools/options.h"

namespace mtls::tools {

// Those that every filter given lets pass; TLS versions that were not asked for are taken from them. A shard is chosen
// by a hash of the scenario's id, so that it does not depend on what else is selected.
std::vector<Scenario> select(std::vector<Scenario> scenarios, const RunOptions& options);

}  // namespace mtls::tools
