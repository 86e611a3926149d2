// mtlscheck lab.
#pragma once

#include "tools/options.h"

namespace mtls::tools {

int lab_command(const LabOptions& options);

}  // namespace mtls::tools
