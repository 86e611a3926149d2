// One thread that serves any number of listeners and connections with epoll.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <set>
#include <thread>
#include <unordered_map>
#include <utility>

#include "harness/upstream/connection.h"
#include "harness/upstream/listener.h"

namespace mtls::upstream {

class Loop {
 public:
  static Result<std::unique_ptr<Loop>> start();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  ~Loop();  // ends every connection

  // From any thread. The listener must outlive the loop; several loops may watch it, one of them is woken.
  Result<void> watch(Listener& listener);

 private:
  struct Held {
    std::unique_ptr<Connection> connection;
    bool watches_write = false;
    Clock::time_point due;
  };

  Loop() = default;
  void run();
  void wait_once();
  void accept_from(Listener& listener);
  void turn_away(Listener& listener);
  void hold(std::unique_ptr<Connection> connection);
  void settle(Connection& connection);
  void expire();
  int patience_ms() const;

  Fd epoll_;
  Fd wake_;
  Fd spare_;  // given up for a moment where the process has no descriptor left
  std::atomic<bool> stopping_ = false;
  std::unordered_map<Connection*, Held> held_;
  std::set<std::pair<Clock::time_point, Connection*>> timers_;
  std::thread thread_;
};

}  // namespace mtls::upstream
