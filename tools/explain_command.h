// mtlscheck explain.
#pragma once

#include "tools/options.h"

namespace mtls::tools {

int explain_command(const ExplainOptions& options);

}  // namespace mtls::tools
