// What one service has seen since it was last taken: written by the loops, read by take().
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "harness/base/socket.h"
#include "harness/model/observation.h"
#include "harness/upstream/upstream.h"

namespace mtls::upstream {

class Notes {
 public:
  // Work that take() waits for; the number says since which take it counts.
  using Work = std::uint64_t;

  struct Visit {
    Fd fd;  // none: nobody waits at the listener, or the system refused
    int error = 0;
    std::uint64_t id = 0;
    Work work = 0;
  };

  // Accepts one connection and counts it in one step, so that take() sees it either at the listener or at work.
  Visit admit(int listener);

  Work begin_work();
  void end_work(Work work);

  // Notes or replaces what is known of this visit's handshake; visits from before the last take are left out.
  void handshake(std::uint64_t visit, const UpstreamHandshake& seen, bool ended);
  void request(UpstreamRequest request);

  Seen take(int listener, std::chrono::milliseconds patience);
  Seen take_nonce(const std::string& nonce);

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int connections_ = 0;
  int at_work_ = 0;
  Work epoch_ = 0;
  std::uint64_t next_visit_ = 1;
  std::uint64_t first_visit_ = 1;  // since the last take
  std::deque<UpstreamRequest> requests_;
  std::map<std::uint64_t, UpstreamHandshake> unfinished_;
  std::deque<std::pair<std::uint64_t, UpstreamHandshake>> ended_;
};

}  // namespace mtls::upstream
