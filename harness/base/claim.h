// A name that one process of this machine has at a time.
#pragma once

#include <optional>
#include <string>

#include "harness/base/socket.h"

namespace mtls {

// Holds `name` until the descriptor is closed or the process ends, however it ends. Nothing: somebody else has it.
// The claim is an abstract Unix socket (unix(7)): nothing on disk, and containers with a network of their own are
// apart.
std::optional<Fd> claim(const std::string& name);

}  // namespace mtls
