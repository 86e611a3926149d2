// Gateways of an inventory as targets of a run.
#pragma once

#include <vector>

#include "harness/model/diagnosis.h"
#include "harness/run/run.h"
#include "tools/data.h"
#include "tools/options.h"

namespace mtls::tools {

// Those that options.gateways names, or all. Error: the inventory or a file that it names cannot be used, or there is
// no such gateway or kind.
Result<std::vector<run::Target>> running_targets(const RunOptions& options, const Data& data, const RuleBook& book);

}  // namespace mtls::tools
