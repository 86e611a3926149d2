// SIGINT and SIGTERM as a flag that trials look at.
#pragma once

#include <atomic>

namespace mtls::tools {

// Catches both for the rest of the program; a second one ends it at once. The flag turns true at the first.
const std::atomic<bool>& watch_for_interrupt();
// 130 or 143 by what came, 0 where nothing did.
int interrupt_exit_code();

}  // namespace mtls::tools
