// The watchdog process: async-signal-safe calls only, since it is forked from a program with threads.
#include "harness/base/guard.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>

#include "harness/base/descriptors.h"

namespace mtls {
namespace {

struct Record {
  enum class Kind : std::int32_t { watch, forget };
  Kind kind;
  pid_t group;
};

constexpr int most_groups = 4096;
constexpr int socket_number = 3;
constexpr int patience_ms = 300;
constexpr int glance_ms = 10;

struct Groups {
  pid_t ids[most_groups];
  int count = 0;

  void take(const Record& record) {
    int at = 0;
    while (at < count && ids[at] != record.group) ++at;
    if (record.kind == Record::Kind::watch) {
      if (at == count && count < most_groups && record.group > 1) ids[count++] = record.group;
    } else if (at < count) {
      ids[at] = ids[--count];
    }
  }
  void signal(int number) const {
    for (int i = 0; i < count; ++i) ::kill(-ids[i], number);
  }
  bool gone() const {
    for (int i = 0; i < count; ++i) {
      if (::kill(-ids[i], 0) == 0 || errno != ESRCH) return false;
    }
    return true;
  }
};

// Away from the terminal's signals, and holding nothing that somebody else waits for: neither pipes nor folders.
void leave_home(int socket) {
  ::setsid();
  sigset_t all;
  sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, nullptr);
  ::prctl(PR_SET_NAME, "mtls-guard");
  const int null = ::open("/dev/null", O_RDWR);
  for (int fd = 0; fd < socket_number; ++fd) ::dup2(null, fd);
  if (socket != socket_number) ::dup2(socket, socket_number);
  close_from(socket_number + 1);
  if (::chdir("/") != 0) return;
}

[[noreturn]] void keep_watch(int socket) {
  leave_home(socket);
  Groups groups;
  for (;;) {
    Record record{};
    const ssize_t got = ::recv(socket_number, &record, sizeof record, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got != sizeof record) break;
    groups.take(record);
  }
  groups.signal(SIGTERM);
  groups.signal(SIGCONT);
  for (int waited = 0; waited < patience_ms && !groups.gone(); waited += glance_ms) ::poll(nullptr, 0, glance_ms);
  groups.signal(SIGKILL);
  ::_exit(0);
}

void tell(int socket, Record::Kind kind, pid_t group) noexcept {
  const Record record{kind, group};
  // A guard that somebody killed must not take this program with it: no SIGPIPE, no waiting.
  while (::send(socket, &record, sizeof record, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 && errno == EINTR) {
  }
}

}  // namespace

Guard::Guard() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return;
  line_ = Fd(ends[0]);
  const Fd theirs(ends[1]);
  if (::fork() == 0) keep_watch(theirs.get());
}

void Guard::watch(pid_t group) const noexcept {
  tell(line_.get(), Record::Kind::watch, group);
}
void Guard::forget(pid_t group) const noexcept {
  tell(line_.get(), Record::Kind::forget, group);
}

}  // namespace mtls
