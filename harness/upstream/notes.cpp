// The notes of one service: counting, bounded keeping, and the wait for quiet.
#include "harness/upstream/notes.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <iterator>

namespace mtls::upstream {
namespace {

// Services that nobody takes from must not grow without end; the oldest notes go first.
constexpr std::size_t most_notes = 20'000;

bool somebody_waits_at(int listener) {
  pollfd entry{listener, POLLIN, 0};
  return listener >= 0 && poll(&entry, 1, 0) > 0 && (entry.revents & POLLIN) != 0;
}

}  // namespace

Notes::Visit Notes::admit(int listener) {
  const std::lock_guard lock(mutex_);
  Visit visit;
  visit.fd = Fd(accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (visit.fd) {
    visit.id = next_visit_++;
    visit.work = epoch_;
    ++connections_;
    ++at_work_;
  } else {
    visit.error = errno;
  }
  changed_.notify_all();
  return visit;
}

Notes::Work Notes::begin_work() {
  const std::lock_guard lock(mutex_);
  ++at_work_;
  return epoch_;
}

void Notes::end_work(Work work) {
  const std::lock_guard lock(mutex_);
  if (work != epoch_) return;
  --at_work_;
  changed_.notify_all();
}

void Notes::handshake(std::uint64_t visit, const UpstreamHandshake& seen, bool ended) {
  const std::lock_guard lock(mutex_);
  if (visit < first_visit_) return;
  if (!ended) {
    unfinished_[visit] = seen;
    return;
  }
  unfinished_.erase(visit);
  const auto known = std::find_if(ended_.rbegin(), ended_.rend(), [&](const auto& one) { return one.first == visit; });
  if (known != ended_.rend()) {
    known->second = seen;
    return;
  }
  ended_.emplace_back(visit, seen);
  if (ended_.size() > most_notes) ended_.pop_front();
}

void Notes::request(UpstreamRequest request) {
  const std::lock_guard lock(mutex_);
  requests_.push_back(std::move(request));
  if (requests_.size() > most_notes) requests_.pop_front();
}

Seen Notes::take(int listener, std::chrono::milliseconds patience) {
  const Deadline deadline(patience);
  std::unique_lock lock(mutex_);
  changed_.wait_until(lock, deadline.at(), [&] { return at_work_ == 0 && !somebody_waits_at(listener); });
  Seen seen;
  seen.connections = std::exchange(connections_, 0);
  seen.requests.assign(std::make_move_iterator(requests_.begin()), std::make_move_iterator(requests_.end()));
  for (auto& [visit, one] : ended_) seen.handshakes.push_back(std::move(one));
  for (auto& [visit, one] : unfinished_) {
    if (one.failure.empty()) one.failure = "the handshake has not ended yet";
    seen.handshakes.push_back(std::move(one));
  }
  requests_.clear();
  ended_.clear();
  unfinished_.clear();
  first_visit_ = next_visit_;
  at_work_ = 0;
  ++epoch_;
  return seen;
}

Seen Notes::take_nonce(const std::string& nonce) {
  const std::lock_guard lock(mutex_);
  Seen seen;
  const auto others = std::stable_partition(requests_.begin(), requests_.end(),
                                            [&](const UpstreamRequest& request) { return request.nonce != nonce; });
  seen.requests.assign(std::make_move_iterator(others), std::make_move_iterator(requests_.end()));
  requests_.erase(others, requests_.end());
  return seen;
}

}  // namespace mtls::upstream
