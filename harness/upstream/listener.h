// One service at work: its socket, how it behaves, and its notes.
#pragma once

#include <memory>

#include "harness/base/socket.h"
#include "harness/upstream/exchange.h"
#include "harness/upstream/notes.h"
#include "harness/upstream/tls_policy.h"
#include "harness/upstream/watched.h"

namespace mtls::upstream {

// Made once, then only read, but for its notes; both loops accept from it.
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
  const TlsPolicy* tls() const { return tls_.get(); }
  Answer answer(const HttpMessage& request, const std::string& client) const { return answer_(request, client); }
  Notes& notes() { return notes_; }

 private:
  Listener() : Watched(Sort::listener) {}

  Fd socket_;
  Endpoint at_;
  Behaviour behaviour_ = Behaviour::answering;
  std::unique_ptr<TlsPolicy> tls_;
  Answerer answer_;
  Notes notes_;
};

}  // namespace mtls::upstream
