// mtlscheck gateway-config.
#pragma once

#include "tools/options.h"

namespace mtls::tools {

int gateway_config_command(const GatewayConfigOptions& options);

}  // namespace mtls::tools
