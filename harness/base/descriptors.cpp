// close_range(2), and what it replaces on kernels before 5.11.
#include "harness/base/descriptors.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

namespace mtls {
namespace {

bool close_range(int first, unsigned flags) noexcept {
#ifdef SYS_close_range
  return ::syscall(SYS_close_range, static_cast<unsigned>(first), ~0U, flags) == 0;
#else
  static_cast<void>(first);
  static_cast<void>(flags);
  return false;
#endif
}

int descriptor_limit() noexcept {
  static constexpr rlim_t most = 65536;
  rlimit limit{};
  return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? static_cast<int>(std::min(limit.rlim_cur, most)) : 1024;
}

}  // namespace

void close_from(int first) noexcept {
  if (close_range(first, 0)) return;
  for (int fd = first, limit = descriptor_limit(); fd < limit; ++fd) ::close(fd);
}

void close_on_exec_from(int first) noexcept {
  static constexpr unsigned close_range_cloexec = 4;
  if (close_range(first, close_range_cloexec)) return;
  for (int fd = first, limit = descriptor_limit(); fd < limit; ++fd) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
}

}  // namespace mtls
