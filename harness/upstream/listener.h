// One service at work: its socket, how it behaves, and its notes.
#pragma once

#include <atomic>
#include <deque>
#include <memory>

#include "harness/base/socket.h"
#include "harness/upstream/exchange.h"
#include "harness/upstream/notes.h"
#include "harness/upstream/tls_policy.h"
#include "harness/upstream/watched.h"

namespace mtls::upstream {

// Both loops accept from it. Made once, then only read, but for its notes and for which TLS policy meets the next
// connection.
class Listener final : public Watched {
 public:
  // A service that is down holds its port without listening: connections are refused and nobody else gets it.
  static Result<std::unique_ptr<Listener>> open(const Endpoint& at, Behaviour behaviour, std::unique_ptr<TlsPolicy> tls,
                                                Answerer answer);

  int fd() const { return socket_.get(); }
  // For accepting and polling; -1 where nobody listens.
  int listening_fd() const { return behaviour_ == Behaviour::down ? -1 : socket_.get(); }
  const Endpoint& at() const { return at_; }
  Behaviour behaviour() const { return behaviour_; }
  // What a connection that is accepted now meets; null: plaintext. It lives as long as the listener.
  const TlsPolicy* tls() const { return tls_.load(); }
  // Keeps another policy and gives its number; the first one has 0. One thread at a time.
  std::size_t keep(std::unique_ptr<TlsPolicy> tls);
  void use(std::size_t policy) { tls_ = policies_.at(policy).get(); }
  Answer answer(const HttpMessage& request, const std::string& client) const { return answer_(request, client); }
  Notes& notes() { return notes_; }

 private:
  Listener() : Watched(Sort::listener) {}

  Fd socket_;
  Endpoint at_;
  Behaviour behaviour_ = Behaviour::answering;
  std::deque<std::unique_ptr<TlsPolicy>> policies_;
  std::atomic<const TlsPolicy*> tls_ = nullptr;
  Answerer answer_;
  Notes notes_;
};

}  // namespace mtls::upstream
