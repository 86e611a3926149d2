// The process that serves: it accepts, and gives each connection a thread of its own.
#pragma once

#include <vector>

#include "harness/base/socket.h"
#include "reference/site.h"

namespace mtls::reference {

// One open socket for each of `listeners`, in their order. Serves until TERM (ends at once) or QUIT (ends what it has
// begun). Returns the exit code. Signals TERM and QUIT must be blocked.
int work(const std::vector<Listener>& listeners, const std::vector<Fd>& sockets, const Flaws& flaws);

}  // namespace mtls::reference
