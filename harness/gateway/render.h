// A kind's templates and a plan, made into files and a command line.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "harness/base/result.h"
#include "harness/gateway/gateway.h"

namespace mtls::gateway {

// What is left to do once the files are written.
struct CommandLine {
  std::vector<std::string> arguments;
  std::map<std::string, std::string> environment;
  std::filesystem::path configuration;  // the first file that the kind renders
};

// What each process of the gateway is told: the plan, or one part for each listener with a folder below the plan's.
Result<std::vector<Plan>> plans_of(const GatewayKind& kind, const Plan& plan);

// One process of it: as render(), and the arguments and environment, which may mention the same variables. `home`: of
// the installation.
Result<CommandLine> render_all(const GatewayKind& kind, const Plan& plan, const std::filesystem::path& home);

}  // namespace mtls::gateway
