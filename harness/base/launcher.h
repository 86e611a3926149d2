// The one thread that forks. It lives as long as the program, because PR_SET_PDEATHSIG fires when the forking thread
// ends.
#pragma once

#include <sys/types.h>

#include "harness/base/process.h"

namespace mtls {

// Starts the program as leader of a group of its own, stdout and stderr on `output`. The group is under guard until
// forgotten.
Result<pid_t> launch(const ProcessSpec& spec, int output);

// To be called once nobody of the group is left: its number may soon be somebody else's.
void forget_group(pid_t group) noexcept;

}  // namespace mtls
