// From the command line to the inputs of a run: what `run` and `lab` have in common.
#pragma once

#include <string>
#include <variant>

#include "harness/run/run.h"
#include "tools/options.h"

namespace mtls::tools {

struct Failure {
  int exit_code;
  std::string message;
};

// Reads the data, selects scenarios, finds gateways.
std::variant<run::Options, Failure> prepare(const RunOptions& options);

}  // namespace mtls::tools
