// Plain HTTP to a gateway's own ports: gives it its configuration, asks whether it is ready.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "harness/base/process.h"
#include "harness/base/result.h"
#include "harness/base/socket.h"
#include "harness/base/time.h"
#include "harness/gateway/gateway.h"

namespace mtls::gateway {

// A kind's request with its templates filled in.
struct FilledRequest {
  Endpoint to;
  std::string method, path, body;
  std::vector<std::pair<std::string, std::string>> headers;
  int wanted = 200;
};

// The kind's push, if any, and then its questions for readiness, as the latest rendering wants them.
struct FilledRequests {
  std::vector<FilledRequest> push, ready;
};
Result<FilledRequests> fill_requests(const GatewayKind& kind, const std::filesystem::path& folder);

// Sends them in turn and waits for the wanted answers. A push is repeated until somebody listens and answers below
// 500, a question for readiness until its answer is there. Error: another answer to a push, in its own words; the child
// has ended; the deadline has passed.
Result<void> perform(const FilledRequests& requests, Child& child, const Deadline& deadline);

}  // namespace mtls::gateway
