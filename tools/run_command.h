// mtlscheck run.
#pragma once

#include <string>
#include <vector>

#include "tools/options.h"

namespace mtls::tools {

// `command`: the words of the command line, for the report. Returns the exit code.
int run_command(const RunOptions& options, const std::vector<std::string>& command);

}  // namespace mtls::tools
