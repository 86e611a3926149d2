// Whether a gateway answers yet: TLS where it should speak TLS, and every port open.
#pragma once

#include <chrono>
#include <string>

#include "harness/base/process.h"
#include "harness/base/result.h"
#include "harness/base/time.h"
#include "harness/gateway/gateway.h"

namespace mtls::gateway {

// The source of these questions, so that the lines they leave in a log can be told from others.
inline constexpr const char* readiness_source = "127.255.255.253";

// Binds every listener's address for a moment. Error, at once, for one that is taken or not ours: a gateway may try
// such a one for seconds.
Result<void> check_free(const Plan& plan);

enum class Readiness { ready, ended, late };
struct Waited {
  Readiness readiness = Readiness::ready;
  std::string silent;  // where `late`: the listener that did not answer
};
// Until every listener has answered, the child has ended, or the deadline has passed.
Waited wait_until_ready(const Plan& plan, Child& child, const Deadline& deadline);

}  // namespace mtls::gateway
