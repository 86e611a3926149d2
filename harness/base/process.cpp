// Children and their groups: waiting by pidfd, ending by escalation, output collected to the end.
#include "harness/base/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <mutex>

#include <fmt/format.h>

#include "harness/base/files.h"
#include "harness/base/launcher.h"
#include "harness/base/socket.h"
#include "harness/base/text.h"
#include "harness/base/time.h"

namespace mtls {
namespace {

using std::chrono::milliseconds;

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

Fd open_pidfd(pid_t pid) {
#ifdef SYS_pidfd_open
  return Fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
#else
  static_cast<void>(pid);
  return Fd();
#endif
}

}  // namespace

struct Child::State {
  explicit State(pid_t child) : pid(child), ended(open_pidfd(child)) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    // A forked copy of this program must leave the original's children alone.
    if (owner != ::getpid()) return;
    signal_group(SIGKILL);
    wait_until_gone(Deadline(last_patience));
  }

  // Takes note of whoever has ended. Only here, and under the lock, does a number become free for others to use.
  void reap() {
    const std::lock_guard lock(mutex);
    reap_locked();
  }
  bool leader_ended() {
    const std::lock_guard lock(mutex);
    reap_locked();
    return exit.has_value();
  }
  bool group_gone() {
    const std::lock_guard lock(mutex);
    reap_locked();
    return gone;
  }
  void signal_leader(int number) {
    const std::lock_guard lock(mutex);
    reap_locked();
    if (!exit) ::kill(pid, number);
  }
  void signal_group(int number) {
    const std::lock_guard lock(mutex);
    reap_locked();
    if (gone) return;
    ::kill(-pid, number);
    ::kill(-pid, SIGCONT);
  }
  bool wait_for_leader(const Deadline& deadline) {
    while (!leader_ended()) {
      if (deadline.passed()) return false;
      wait_for_end(deadline);
    }
    return true;
  }
  bool wait_until_gone(const Deadline& deadline) {
    while (!group_gone()) {
      if (deadline.passed()) return false;
      if (leader_ended()) {
        ::poll(nullptr, 0, std::min(deadline.left_ms(), glance_ms));  // no descriptor tells of the others
      } else {
        wait_for_end(deadline);
      }
    }
    return true;
  }

  static constexpr int glance_ms = 2;
  static constexpr milliseconds last_patience{5000};  // for a process that hangs in the kernel

  const pid_t pid;
  const pid_t owner = ::getpid();
  const Fd ended;
  std::mutex mutex;
  std::optional<Exit> exit;
  double cpu = 0;
  bool gone = false;

 private:
  void wait_for_end(const Deadline& deadline) const {
    if (ended) {
      wait_readable(ended.get(), deadline);
    } else {
      ::poll(nullptr, 0, std::min(deadline.left_ms(), glance_ms));
    }
  }
  void reap_locked() {
    int status = 0;
    rusage used{};
    if (!exit) {
      const pid_t reaped = ::wait4(pid, &status, WNOHANG, &used);
      if (reaped == 0 || (reaped < 0 && errno != ECHILD)) return;
      exit = Exit{WIFEXITED(status) ? WEXITSTATUS(status) : 0, WIFSIGNALED(status) ? WTERMSIG(status) : 0};
      if (reaped == pid) add(used);
    }
    if (gone) return;
    while (::wait4(-pid, &status, WNOHANG, &used) > 0) add(used);
    if (::kill(-pid, 0) == 0 || errno != ESRCH) return;
    gone = true;
    forget_group(pid);
  }
  void add(const rusage& used) { cpu += seconds(used.ru_utime) + seconds(used.ru_stime); }
};

Child::Child(std::unique_ptr<State> state) : state_(std::move(state)) {}
Child::Child(Child&&) noexcept = default;
Child& Child::operator=(Child&&) noexcept = default;
Child::~Child() = default;

pid_t Child::pid() const {
  return state_->pid;
}

bool Child::running() {
  return !state_->leader_ended();
}

std::optional<Exit> Child::wait_for(milliseconds patience) {
  if (!state_->wait_for_leader(Deadline(patience))) return std::nullopt;
  return state_->exit;
}

void Child::signal(int number) {
  state_->signal_leader(number);
}

void Child::stop(int number, milliseconds patience) {
  // Without a leader there is nobody to hand the gentle signal on.
  if (!state_->leader_ended()) {
    state_->signal_leader(number);
    // Who is stopped handles no signal before it goes on.
    state_->signal_leader(SIGCONT);
    if (state_->wait_until_gone(Deadline(patience))) return;
  }
  state_->signal_group(SIGTERM);
  if (state_->wait_until_gone(Deadline(patience))) return;
  state_->signal_group(SIGKILL);
  state_->wait_until_gone(Deadline(State::last_patience));
}

double Child::cpu_seconds() const {
  const std::lock_guard lock(state_->mutex);
  return state_->exit ? state_->cpu : 0;
}

namespace {

Error failure(const std::filesystem::path& about, const std::string& what) {
  return Error{"start", what, sanitise_line(about.string())};
}

// With the program's full path, so that neither PATH nor the working folder can change what is meant.
Result<pid_t> start(const ProcessSpec& spec, int output) {
  ProcessSpec found = spec;
  found.program = find_program(spec.program.native());
  if (found.program.empty()) {
    std::error_code ignored;
    const bool there = std::filesystem::exists(spec.program, ignored);
    return failure(spec.program, there ? "is not an executable file" : "there is no such program");
  }
  return launch(found, output);
}

}  // namespace

Result<Child> spawn(const ProcessSpec& spec) {
  const std::filesystem::path place = spec.output.empty() ? "/dev/null" : spec.output;
  const Fd output(::open(place.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (!output) return failure(place, "cannot be opened for output: " + std::generic_category().message(errno));
  const Result<pid_t> pid = start(spec, output.get());
  if (!pid) return pid.error();
  return Child(std::make_unique<Child::State>(*pid));
}

namespace {

// The read end of a child's output; beyond `most` bytes it is only counted.
class Collector {
 public:
  enum class Taken { some, nothing_yet, end };

  explicit Collector(Fd pipe) : pipe_(std::move(pipe)) {}
  int fd() const { return pipe_.get(); }
  Taken take() {
    char buffer[64 * 1024];
    const ssize_t got = ::read(pipe_.get(), buffer, sizeof buffer);
    if (got < 0) return errno == EINTR || errno == EAGAIN ? Taken::nothing_yet : Taken::end;
    if (got == 0) return Taken::end;
    const std::size_t size = static_cast<std::size_t>(got);
    const std::size_t kept = std::min(size, most - text_.size());
    text_.append(buffer, kept);
    dropped_ += size - kept;
    return Taken::some;
  }
  std::string beginning() const { return sanitise_line(text_, 1024); }
  std::string text() const {
    return sanitise(text_, most) + (dropped_ == 0 ? "" : fmt::format(" [{} bytes left out]", dropped_));
  }

 private:
  static constexpr std::size_t most = 1u << 20;
  Fd pipe_;
  std::string text_;
  std::size_t dropped_ = 0;
};

// Until everybody has closed the pipe, or the leader has ended and what it wrote is read: others of its group may hold
// the pipe for ever.
void collect(Collector& output, Child& child, const Deadline& deadline) {
  static constexpr milliseconds glance{20};
  while (!deadline.passed()) {
    const bool running = child.running();
    const Collector::Taken taken = output.take();
    if (taken == Collector::Taken::end) return;
    if (taken == Collector::Taken::some) continue;
    if (!running) return;
    wait_readable(output.fd(), Deadline(std::min(glance, milliseconds(deadline.left_ms()))));
  }
}

}  // namespace

Result<Output> run_to_end(const ProcessSpec& spec, milliseconds patience) {
  const Deadline deadline(patience);
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    return failure(spec.program, "no pipe for its output: " + std::generic_category().message(errno));
  }
  Collector output{Fd(ends[0])};
  Fd theirs(ends[1]);
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
  const Result<pid_t> pid = start(spec, theirs.get());
  theirs.reset();
  if (!pid) return pid.error();
  Child child(std::make_unique<Child::State>(*pid));
  collect(output, child, deadline);
  if (const std::optional<Exit> exit = child.wait_for(milliseconds(deadline.left_ms()))) {
    return Output{*exit, output.text()};
  }
  const std::string said = output.beginning();
  return failure(spec.program, fmt::format("did not end within {} ms{}", patience.count(),
                                           said.empty() ? "" : "; its output: " + said));
}

}  // namespace mtls
