// What one probe came to, in a few words.
#pragma once

#include <string>

#include "harness/model/observation.h"

namespace mtls::reports {

// "HTTP 400", "alert unknown_ca(48)", ...
std::string probe_outcome(const ClientView& client);

}  // namespace mtls::reports
