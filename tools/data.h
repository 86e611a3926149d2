// Where the program's data lies, and the catalog read from it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "harness/base/result.h"
#include "harness/catalog/catalog.h"

namespace mtls::tools {

// MTLSCHECK_HOME, else the folder beside the program's own (share/mtlscheck), else the sources it was built from.
Result<std::filesystem::path> data_folder();

struct Data {
  std::filesystem::path folder;
  catalog::Standard standard;
  std::vector<Scenario> scenarios;
  std::vector<GatewayKind> gateways;
};

// Scenarios and kinds that the program ships, and what the user's own folders add; a kind of the user's stands before
// one of the same name.
Result<Data> read_data(const std::vector<std::filesystem::path>& scenario_folders,
                       const std::vector<std::filesystem::path>& gateway_folders);

}  // namespace mtls::tools
