// Launching with Boost.Process v1, from one thread, into a guarded group with a clean environment.
#include "harness/base/launcher.h"

// Boost takes a recent POSIX for one without vfork, which Linux has all the same.
#define BOOST_POSIX_HAS_VFORK 1
#include <boost/version.hpp>
#if BOOST_VERSION >= 108800
#include <boost/process/v1.hpp>
#include <boost/process/v1/posix.hpp>
#else
#include <boost/process.hpp>
#include <boost/process/extend.hpp>
#include <boost/process/posix.hpp>
#endif
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <string_view>
#include <thread>

#include "harness/base/descriptors.h"
#include "harness/base/files.h"
#include "harness/base/guard.h"
#include "harness/base/text.h"

#if BOOST_VERSION >= 108800
namespace bp = boost::process::v1;
#else
namespace bp = boost::process;
#endif

namespace mtls {
namespace {

// What would change how a gateway loads libraries, finds trust or reaches its peers, or lets it talk to a service
// manager that meant this program.
bool is_scrubbed(std::string_view name) {
  static constexpr std::array prefixes{std::string_view("LD_"), std::string_view("OPENSSL_"),
                                       std::string_view("SSL_CERT_"), std::string_view("LISTEN_")};
  static constexpr std::array words{std::string_view("SSLKEYLOGFILE"), std::string_view("NGINX"),
                                    std::string_view("NOTIFY_SOCKET")};
  static constexpr std::array suffixes{std::string_view("_proxy"), std::string_view("_PROXY")};
  const auto begins = [&](std::string_view prefix) { return name.substr(0, prefix.size()) == prefix; };
  const auto ends = [&](std::string_view suffix) {
    return name.size() >= suffix.size() && name.substr(name.size() - suffix.size()) == suffix;
  };
  return std::any_of(prefixes.begin(), prefixes.end(), begins) || std::any_of(suffixes.begin(), suffixes.end(), ends) ||
         std::find(words.begin(), words.end(), name) != words.end();
}

bp::environment environment_for(const ProcessSpec& spec) {
  bp::environment result;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos || equals == 0 || is_scrubbed(text.substr(0, equals))) continue;
    result[std::string(text.substr(0, equals))] = std::string(text.substr(equals + 1));
  }
  for (const auto& [name, value] : spec.environment) result[name] = value;
  return result;
}

// Between vfork and exec, so async-signal-safe calls only. A fork would copy the page tables of the whole program, and
// let every thread of it fault on each page that it writes to next.
struct Setup : bp::extend::handler {
  const Guard* guard = nullptr;
  const char* folder = nullptr;  // nullptr: stay
  int output = -1;
  int null = -1;
  pid_t parent = 0;
  pid_t* failed = nullptr;

  template <class Executor>
  void on_exec_setup(Executor& executor) const {
    ::setpgid(0, 0);
    guard->watch(::getpid());
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != parent) ::_exit(EXIT_FAILURE);
    ::dup2(null, STDIN_FILENO);
    ::dup2(output, STDOUT_FILENO);
    ::dup2(output, STDERR_FILENO);
    close_on_exec_from(STDERR_FILENO + 1);
    if (folder != nullptr && ::chdir(folder) != 0) {
      executor.set_error(bp::extend::get_last_error(), "chdir failed");
      guard->forget(::getpid());
      ::_exit(EXIT_FAILURE);
    }
    const rlimit files{most_file_bytes, most_file_bytes};
    ::setrlimit(RLIMIT_FSIZE, &files);
    for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
  }
  template <class Executor>
  void on_exec_error(Executor&, const std::error_code&) const {
    guard->forget(::getpid());
  }
  template <class Executor>
  void on_error(Executor& executor, const std::error_code&) const {
    *failed = executor.pid;
  }
};

Error failure(const ProcessSpec& spec, const std::string& why) {
  return Error{"start", "cannot be started: " + why, sanitise_line(spec.program.string())};
}

// Boost asks only once for a child whose exec failed, often before it has ended.
void reap(pid_t child) {
  while (child > 0 && ::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
}

class Launcher {
 public:
  Launcher() : owner_(::getpid()) {
    for (int fd = 0; fd <= STDERR_FILENO; ++fd) {
      // A program started with these closed would hand its sockets to children as their stdout.
      if (::fcntl(fd, F_GETFD) < 0 && ::open("/dev/null", O_RDWR) < 0) break;
    }
    struct sigaction child_ended {};
    // Inherited as "ignored", the kernel would reap children before anyone could ask how they ended.
    if (::sigaction(SIGCHLD, nullptr, &child_ended) == 0 && child_ended.sa_handler == SIG_IGN) {
      ::signal(SIGCHLD, SIG_DFL);
    }
    // Orphans of a group come to this program, so that it can tell a group with zombies from one with survivors.
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    sigset_t all, before;
    sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    std::thread([this] { work(); }).detach();
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  }

  pid_t owner() const { return owner_; }
  Result<pid_t> launch(const ProcessSpec& spec, int output) {
    Task task([&] { return launch_here(spec, output); });
    std::future<Result<pid_t>> result = task.get_future();
    {
      const std::lock_guard lock(mutex_);
      tasks_.push_back(std::move(task));
    }
    arrived_.notify_one();
    return result.get();
  }
  void forget(pid_t group) const noexcept { guard_->forget(group); }

 private:
  using Task = std::packaged_task<Result<pid_t>()>;

  [[noreturn]] void work() {
    guard_ = std::make_unique<Guard>();
    for (;;) {
      std::unique_lock lock(mutex_);
      arrived_.wait(lock, [this] { return !tasks_.empty(); });
      Task task = std::move(tasks_.front());
      tasks_.pop_front();
      lock.unlock();
      task();
    }
  }

  Result<pid_t> launch_here(const ProcessSpec& spec, int output) const {
    std::error_code ignored;
    if (!spec.folder.empty() && !std::filesystem::is_directory(spec.folder, ignored)) {
      return failure(spec, "there is no folder " + sanitise_line(spec.folder.string()));
    }
    const Fd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    pid_t failed = -1;
    Setup setup;
    setup.guard = guard_.get();
    setup.folder = spec.folder.empty() ? nullptr : spec.folder.c_str();
    setup.output = output;
    setup.null = null.get();
    setup.parent = owner_;
    setup.failed = &failed;
    try {
      bp::environment environment = environment_for(spec);
      std::error_code error;
      const auto begin = [&](const auto&... how) {
        return bp::child(bp::exe = std::filesystem::absolute(spec.program).string(), bp::args = spec.arguments,
                         environment, how..., setup, error);
      };
#ifdef __SANITIZE_THREAD__
      bp::child child = begin();  // ThreadSanitizer makes vfork a fork, of whose failed exec Boost would not hear
#else
      bp::child child = begin(bp::posix::use_vfork);
#endif
      if (error) {
        reap(failed);
        return failure(spec, error.message());
      }
      const pid_t pid = child.id();
      child.detach();
      return pid;
    } catch (const std::exception& problem) {
      return failure(spec, problem.what());
    }
  }

  pid_t owner_;
  std::unique_ptr<Guard> guard_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<Task> tasks_;
};

// Never destroyed: its thread must outlive every child, and children may be ended by the last destructors of the
// program. A forked copy of the program has no such thread, so it gets a launcher of its own.
Launcher& launcher() {
  static std::mutex mutex;
  static Launcher* current = nullptr;
  const std::lock_guard lock(mutex);
  if (current == nullptr || current->owner() != ::getpid()) current = new Launcher;
  return *current;
}

}  // namespace

Result<pid_t> launch(const ProcessSpec& spec, int output) {
  return launcher().launch(spec, output);
}

void forget_group(pid_t group) noexcept {
  launcher().forget(group);
}

}  // namespace mtls
