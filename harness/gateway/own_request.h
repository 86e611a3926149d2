// Plain HTTP to a gateway's own ports: gives it its configuration, asks whether it is ready.
#pragma once

#include <filesystem>

#include "harness/base/process.h"
#include "harness/base/result.h"
#include "harness/base/time.h"
#include "harness/model/gateway.h"

namespace mtls::gateway {

// Sends the kind's push, if any, and then its questions for readiness, as the latest rendering in `folder` wants them,
// and waits for the wanted answers. A push is repeated until somebody listens and answers below 500, a question for
// readiness until its answer is there. Error: another answer to a push, in its own words; the child has ended; the
// deadline has passed.
Result<void> perform(const GatewayKind& kind, const std::filesystem::path& folder, Child& child,
                     const Deadline& deadline);

}  // namespace mtls::gateway
