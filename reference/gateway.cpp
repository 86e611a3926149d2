// Forks a worker per configuration; a new one begins before the old one is told to end.
#include "reference/gateway.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "reference/log.h"
#include "reference/worker.h"

namespace mtls::reference {
namespace {

sigset_t gateway_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int one : {SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGCHLD}) sigaddset(&signals, one);
  return signals;
}

class Master {
 public:
  Master(std::filesystem::path configuration, const Flaws& flaws)
      : configuration_(std::move(configuration)), flaws_(flaws) {}

  int run() {
    const sigset_t signals = gateway_signals();
    ::sigprocmask(SIG_BLOCK, &signals, nullptr);
    ::signal(SIGPIPE, SIG_IGN);
    if (!load_and_fork()) return 1;
    while (!code_) {
      int signal = 0;
      if (::sigwait(&signals, &signal) != 0) continue;
      switch (signal) {
        case SIGHUP: reload(); break;
        case SIGCHLD: bury(); break;
        default: return end();
      }
    }
    return *code_;
  }

 private:
  bool load_and_fork() {
    Result<Configuration> read = read_configuration(configuration_);
    if (!read) return refuse(read.error());
    Result<std::vector<Listener>> loaded = load(std::move(*read), flaws_);
    if (!loaded) return refuse(loaded.error());
    std::map<std::string, Fd> opened;
    std::vector<Fd*> sockets;
    for (const Listener& listener : *loaded) {
      const std::string at = to_string(listener.told.at);
      Fd& socket = opened[at];
      if (const auto old = sockets_.find(at); old != sockets_.end()) socket = Fd(::dup(old->second.get()));
      if (!socket) {
        Result<Fd> fresh = listen_tcp(listener.told.at, 1024);
        if (!fresh) return refuse(fresh.error());
        socket = std::move(*fresh);
      }
    }
    sockets_ = std::move(opened);
    return fork_worker(*loaded);
  }

  bool refuse(const Error& error) const {
    log_alert("configuration refused: " + to_string(error));
    return false;
  }

  bool fork_worker(const std::vector<Listener>& listeners) {
    std::vector<Fd> sockets;
    for (const Listener& listener : listeners) sockets.emplace_back(::dup(sockets_[to_string(listener.told.at)].get()));
    const pid_t master = ::getpid();
    const pid_t child = ::fork();
    if (child < 0) return refuse({"fork", "no process can be made", ""});
    if (child > 0) {
      worker_ = child;
      return true;
    }
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != master) ::_exit(0);
    sockets_.clear();
    code_ = work(listeners, sockets, flaws_);
    return true;
  }

  void reload() {
    const pid_t old = worker_;
    if (!load_and_fork() || code_) return;  // the old one goes on
    ::kill(old, SIGQUIT);
    log_notice("reloaded");
  }

  void bury() {
    int status = 0;
    for (pid_t ended = 0; (ended = ::waitpid(-1, &status, WNOHANG)) > 0;) {
      if (ended != worker_) continue;
      log_alert(WIFSIGNALED(status) ? fmt::format("the worker was ended by signal {}", WTERMSIG(status))
                                    : fmt::format("the worker ended with code {}", WEXITSTATUS(status)));
      // One that gives up would do so again; one that a client has brought down is replaced.
      if (!WIFSIGNALED(status) || !load_and_fork()) {
        code_ = 1;
        return;
      }
      if (code_) return;
    }
  }

  int end() {
    ::kill(worker_, SIGTERM);
    int status = 0;
    while (::waitpid(-1, &status, 0) > 0) {
    }
    return 0;
  }

  std::filesystem::path configuration_;
  const Flaws& flaws_;
  std::map<std::string, Fd> sockets_;
  pid_t worker_ = -1;
  std::optional<int> code_;  // set: this process has come to its end
};

}  // namespace

int run_gateway(const std::filesystem::path& configuration, const Flaws& flaws) {
  return Master(configuration, flaws).run();
}

}  // namespace mtls::reference
