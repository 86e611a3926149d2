// Whether a request belongs on the connection that it came by: the host it asks for against the name that it was let in
// for.
#pragma once

#include <string>

#include "harness/base/http.h"
#include "harness/base/result.h"
#include "reference/front.h"

namespace mtls::reference {

struct Route {
  const Site* site = nullptr;
  std::string host;    // without its port, as it was sent
  std::string target;  // in origin form
};

// An Error's `stage` is the status to answer with (400 or 421), its `what` the reason.
Result<Route> route(const HttpMessage& request, const Listener& listener, const Welcome& welcome, const Flaws& flaws);

}  // namespace mtls::reference
