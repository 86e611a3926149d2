// mtlscheck diagnose.
#pragma once

#include "tools/options.h"

namespace mtls::tools {

int diagnose_command(const DiagnoseOptions& options);

}  // namespace mtls::tools
