// The gateway's first process: it holds the listeners, and a worker with the configuration of now.
#pragma once

#include <filesystem>

#include "reference/flaws.h"

namespace mtls::reference {

// Serves until TERM or INT, reloads at HUP. Returns the exit code: 1 where the configuration cannot be served.
int run_gateway(const std::filesystem::path& configuration, const Flaws& flaws);

}  // namespace mtls::reference
