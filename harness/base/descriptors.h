// What a freshly forked process does with the descriptors it was born with; async-signal-safe.
#pragma once

namespace mtls {

// Closes every descriptor from `first` on.
void close_from(int first) noexcept;
// Marks every descriptor from `first` on to be closed by exec.
void close_on_exec_from(int first) noexcept;

}  // namespace mtls
