// The watchdog: a process of its own that ends every process group it was told about once this program is gone.
#pragma once

#include <sys/types.h>

#include "harness/base/socket.h"

namespace mtls {

// Needed because PR_SET_PDEATHSIG reaches only direct children, and SIGKILL leaves this program no last word.
class Guard {
 public:
  // Forks. To be called with descriptors 0, 1 and 2 open.
  Guard();

  // Both are async-signal-safe, so that a forked child can announce its own group before it becomes another program.
  void watch(pid_t group) const noexcept;
  void forget(pid_t group) const noexcept;

 private:
  Fd line_;
};

}  // namespace mtls
