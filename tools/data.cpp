// Finds and reads the program's data.
#include "tools/data.h"

#include <algorithm>
#include <cstdlib>

namespace mtls::tools {
namespace {

bool holds_data(const std::filesystem::path& folder) {
  std::error_code failed;
  return std::filesystem::is_directory(folder / "fixtures", failed) &&
         std::filesystem::is_directory(folder / "scenarios", failed);
}

}  // namespace

Result<std::filesystem::path> data_folder() {
  if (const char* home = std::getenv("MTLSCHECK_HOME")) {
    if (holds_data(home)) return std::filesystem::path(home);
    return Error{"data", "MTLSCHECK_HOME names no folder with fixtures/ and scenarios/", home};
  }
  std::error_code failed;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", failed);
  const auto shared = program.parent_path().parent_path() / "share" / "mtlscheck";
  if (!failed && holds_data(shared)) return shared;
  if (holds_data(MTLSCHECK_SOURCE_DIR)) return std::filesystem::path(MTLSCHECK_SOURCE_DIR);
  return Error{"data", "no fixtures/ and scenarios/ found; set MTLSCHECK_HOME to the folder that holds them",
               shared.string()};
}

Result<Data> read_data(const std::vector<std::filesystem::path>& scenario_folders,
                       const std::vector<std::filesystem::path>& gateway_folders) {
  const auto folder = data_folder();
  if (!folder) return folder.error();
  Data data;
  data.folder = *folder;
  auto standard = catalog::read_standard(*folder / "fixtures");
  if (!standard) return standard.error();
  data.standard = std::move(*standard);
  std::vector<std::filesystem::path> all_scenarios{*folder / "scenarios"};
  all_scenarios.insert(all_scenarios.end(), scenario_folders.begin(), scenario_folders.end());
  for (const auto& from : all_scenarios) {
    auto scenarios = catalog::read_scenarios(from, data.standard);
    if (!scenarios) return scenarios.error();
    for (Scenario& scenario : *scenarios) data.scenarios.push_back(std::move(scenario));
  }
  std::vector<std::filesystem::path> all_gateways{gateway_folders};
  all_gateways.push_back(*folder / "fixtures" / "gateways");
  for (const auto& from : all_gateways) {
    auto kinds = catalog::read_gateways(from);
    if (!kinds) return kinds.error();
    for (GatewayKind& kind : *kinds) {
      const bool known = std::any_of(data.gateways.begin(), data.gateways.end(),
                                     [&](const GatewayKind& other) { return other.kind == kind.kind; });
      if (!known) data.gateways.push_back(std::move(kind));
    }
  }
  return data;
}

}  // namespace mtls::tools
