// An epoll loop that accepts, threads that serve, and an end that waits for them.
#include "reference/worker.h"

#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>

#include "reference/connection.h"
#include "reference/log.h"

namespace mtls::reference {
namespace {

constexpr std::size_t most_connections = 2000;
constexpr std::chrono::seconds drain_patience{5};
constexpr std::chrono::milliseconds stop_patience{300};

// The connections that are being served.
class Crowd {
 public:
  void enter(int fd) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return fds_.size() < most_connections; });
    fds_.insert(fd);
  }
  void leave(int fd) {
    const std::lock_guard lock(mutex_);
    fds_.erase(fd);
    changed_.notify_all();
  }
  // Wakes whoever waits for bytes of a client.
  void hurry() {
    const std::lock_guard lock(mutex_);
    for (const int fd : fds_) ::shutdown(fd, SHUT_RDWR);
  }
  bool empty_within(std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, patience, [&] { return fds_.empty(); });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<int> fds_;
};

void watch(int epoll, int fd, std::uint64_t what) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = what;
  ::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

class Worker {
 public:
  Worker(const std::vector<Listener>& listeners, const std::vector<Fd>& sockets, const Service& service)
      : listeners_(listeners), sockets_(sockets), service_(service) {}

  int run() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGQUIT);
    const Fd told(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
    const Fd epoll(::epoll_create1(EPOLL_CLOEXEC));
    for (std::size_t i = 0; i < sockets_.size(); ++i) watch(epoll.get(), sockets_[i].get(), i);
    watch(epoll.get(), told.get(), sockets_.size());
    for (;;) {
      std::array<epoll_event, 64> events;
      const int ready = ::epoll_wait(epoll.get(), events.data(), static_cast<int>(events.size()), -1);
      for (int i = 0; i < ready; ++i) {
        if (events[i].data.u64 == sockets_.size()) return end(told.get());
        accept_one(events[i].data.u64);
      }
    }
  }

 private:
  void accept_one(std::size_t listener) {
    Fd client(::accept4(sockets_[listener].get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!client) return;
    const int fd = client.get();
    crowd_.enter(fd);
    try {
      std::thread([this, listener, fd, owner = std::move(client)]() mutable {
        serve_one(std::move(owner), listener);
        crowd_.leave(fd);
      }).detach();
    } catch (const std::system_error& problem) {
      log_alert(std::string("a connection is dropped: ") + problem.what());
      crowd_.leave(fd);
    }
  }

  void serve_one(Fd client, std::size_t listener) {
    try {
      serve(std::move(client), listeners_[listener], service_);
    } catch (const std::exception& problem) {
      log_alert(std::string("a connection ended by an exception: ") + problem.what());
    }
  }

  int end(int told) {
    signalfd_siginfo signal{};
    const bool known = ::read(told, &signal, sizeof signal) == sizeof signal;
    if (known && signal.ssi_signo == SIGQUIT && crowd_.empty_within(drain_patience)) return 0;
    crowd_.hurry();
    if (crowd_.empty_within(stop_patience)) return 0;
    // Threads that still wait for an upstream must not outlive what they use.
    ::_exit(0);
  }

  const std::vector<Listener>& listeners_;
  const std::vector<Fd>& sockets_;
  const Service& service_;
  Crowd crowd_;
};

}  // namespace

int work(const std::vector<Listener>& listeners, const std::vector<Fd>& sockets, const Flaws& flaws) {
  const Result<std::unique_ptr<Front>> front = Front::make(flaws);
  const Result<std::unique_ptr<Leg>> leg = Leg::make(flaws);
  if (!front || !leg) {
    log_alert("cannot serve: " + to_string(front ? leg.error() : front.error()));
    return 1;
  }
  const Service service{flaws, **front, **leg};
  return Worker(listeners, sockets, service).run();
}

}  // namespace mtls::reference
