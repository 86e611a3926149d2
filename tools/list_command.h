// mtlscheck list.
#pragma once

#include "tools/options.h"

namespace mtls::tools {

int list_command(const ListOptions& options);

}  // namespace mtls::tools
