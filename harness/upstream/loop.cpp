// Waits for sockets and timers, accepts, and lets connections act.
#include "harness/upstream/loop.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <system_error>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>

namespace mtls::upstream {
namespace {

Error system_error(const std::string& what) {
  return Error{"upstream", what + ": " + std::generic_category().message(errno), ""};
}

bool add(int epoll, int fd, std::uint32_t events, Watched* watched) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = watched;
  return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

Fd open_spare() {
  return Fd(open("/dev/null", O_RDONLY | O_CLOEXEC));
}

}  // namespace

Result<std::unique_ptr<Loop>> Loop::start() {
  std::unique_ptr<Loop> loop(new Loop);
  loop->epoll_ = Fd(epoll_create1(EPOLL_CLOEXEC));
  loop->wake_ = Fd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  loop->spare_ = open_spare();
  if (!loop->epoll_ || !loop->wake_ || !add(loop->epoll_.get(), loop->wake_.get(), EPOLLIN, nullptr)) {
    return system_error("no epoll set");
  }
  // Signals are the main thread's business.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  loop->thread_ = std::thread([running = loop.get()] { running->run(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return loop;
}

Loop::~Loop() {
  if (!thread_.joinable()) return;
  stopping_ = true;
  const std::uint64_t one = 1;
  // An eventfd refuses only where its counter is full, and then the thread wakes all the same.
  [[maybe_unused]] const ssize_t written = write(wake_.get(), &one, sizeof one);
  thread_.join();
}

Result<void> Loop::watch(Listener& listener) {
  if (listener.listening_fd() < 0) return {};
  if (add(epoll_.get(), listener.fd(), EPOLLIN | EPOLLEXCLUSIVE, &listener)) return {};
  return system_error("cannot watch " + to_string(listener.at()));
}

void Loop::run() {
  while (!stopping_) wait_once();
  held_.clear();
}

void Loop::wait_once() {
  std::array<epoll_event, 64> events;
  const int count = epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), patience_ms());
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    auto* const watched = static_cast<Watched*>(event.data.ptr);
    if (watched == nullptr) continue;  // the wake-up call
    switch (watched->sort) {
      case Watched::Sort::listener: accept_from(static_cast<Listener&>(*watched)); break;
      case Watched::Sort::connection: {
        auto& connection = static_cast<Connection&>(*watched);
        connection.ready((event.events & (EPOLLIN | EPOLLHUP | EPOLLERR | EPOLLRDHUP)) != 0,
                         (event.events & EPOLLOUT) != 0);
        settle(connection);
        break;
      }
    }
  }
  expire();
}

int Loop::patience_ms() const {
  if (timers_.empty()) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(timers_.begin()->first - Clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, INT_MAX));
}

void Loop::accept_from(Listener& listener) {
  constexpr int at_once = 16;  // the rest is for the other loop, or for the next round
  for (int i = 0; i < at_once; ++i) {
    Notes::Visit visit = listener.notes().admit(listener.fd());
    if (visit.fd) {
      hold(std::make_unique<Connection>(listener, std::move(visit)));
      continue;
    }
    if (visit.error == EMFILE || visit.error == ENFILE) turn_away(listener);
    if (visit.error != ECONNABORTED && visit.error != EINTR) return;
  }
}

// Without a descriptor nothing can be accepted, and what cannot be accepted wakes the loop for ever.
void Loop::turn_away(Listener& listener) {
  spare_.reset();
  Notes::Visit visit = listener.notes().admit(listener.fd());
  if (visit.fd) listener.notes().end_work(visit.work);
  visit.fd.reset();
  spare_ = open_spare();
}

void Loop::hold(std::unique_ptr<Connection> connection) {
  Connection& held = *connection;
  if (held.over() || !add(epoll_.get(), held.fd(), EPOLLIN | EPOLLRDHUP, &held)) return;
  const auto due = held.deadline();
  timers_.emplace(due, &held);
  held_.emplace(&held, Held{std::move(connection), false, due});
}

void Loop::settle(Connection& connection) {
  const auto found = held_.find(&connection);
  Held& held = found->second;
  if (connection.over()) {
    timers_.erase({held.due, &connection});
    // Closing is not enough: while another thread forks, the child holds a copy of the socket, and the set would go on
    // telling of a connection that is gone.
    epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, connection.fd(), nullptr);
    held_.erase(found);
    return;
  }
  if (connection.deadline() != held.due) {
    timers_.erase({held.due, &connection});
    held.due = connection.deadline();
    timers_.emplace(held.due, &connection);
  }
  if (connection.wants_write() == held.watches_write) return;
  held.watches_write = connection.wants_write();
  epoll_event event{};
  event.events = EPOLLIN | EPOLLRDHUP | (held.watches_write ? static_cast<std::uint32_t>(EPOLLOUT) : 0u);
  event.data.ptr = &connection;
  epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, connection.fd(), &event);
}

void Loop::expire() {
  const auto now = Clock::now();
  while (!timers_.empty() && timers_.begin()->first <= now) {
    Connection& connection = *timers_.begin()->second;
    connection.due();
    settle(connection);
  }
}

}  // namespace mtls::upstream
