// What must be done in a gateway's folder between rendering and launching.
#pragma once

#include <chrono>

#include "harness/base/process.h"
#include "harness/base/result.h"
#include "harness/gateway/gateway.h"

namespace mtls::gateway {

// Makes the folders of its logs and the links into its installation, and runs the kind's preparations to their end.
// `spec`: how the gateway will be launched; its program's folder comes first in the PATH of a preparation.
Result<void> prepare(const GatewayKind& kind, const Installed& installed, const ProcessSpec& spec,
                     std::chrono::milliseconds patience);

}  // namespace mtls::gateway
