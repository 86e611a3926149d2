// One accepted connection: from the first byte over handshake and requests to its end, without ever blocking.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "harness/base/time.h"
#include "harness/upstream/listener.h"
#include "harness/upstream/tls_session.h"
#include "harness/upstream/watched.h"

namespace mtls::upstream {

// Belongs to one loop, which calls ready() and due() and then looks at over(), wants_write() and deadline().
class Connection final : public Watched {
 public:
  Connection(Listener& listener, Notes::Visit visit);
  ~Connection();

  int fd() const { return fd_.get(); }
  void ready(bool readable, bool writable);
  void due();  // the deadline has passed
  bool over() const { return stage_ == Stage::over; }
  bool wants_write() const { return !out_.empty(); }
  Clock::time_point deadline() const { return stage_ == Stage::trickling ? std::min(next_byte_, limit_) : limit_; }

 private:
  // greeting: nothing is known of the peer yet; mute: it is read from and never answered; trickling: a slow answer is
  // under way; parting: everything is said, the peer may still read it.
  enum class Stage { greeting, handshake, requests, trickling, mute, parting, over };

  void receive();
  void take(std::string_view bytes);
  void greet();
  void greet_tls_service();
  void greet_plain_service();
  void exchange(std::string_view bytes);
  void failed_tls();
  void serve();
  void answer(const HttpMessage& request);
  void deliver(const Answer& answer);
  void say(std::string_view plain);
  void trickle();
  void part();
  void flush();
  void settle();
  void peer_closed();
  void end(std::string_view why);
  std::string unfinished_reason() const;
  void publish();
  void work();
  void rest();

  Listener& listener_;
  const TlsPolicy* policy_;  // null: plaintext
  Fd fd_;
  std::uint64_t visit_;
  std::optional<Notes::Work> work_;
  Stage stage_ = Stage::greeting;
  std::string first_bytes_;
  bool note_handshake_;  // this visit has an entry among the handshakes
  bool handshake_ended_ = false;
  bool closing_ = false;  // part when what is to be said is sent
  UpstreamHandshake seen_;
  std::unique_ptr<TlsSession> tls_;
  RequestReader reader_;
  std::size_t received_ = 0;  // since the last answer
  int answers_ = 0;
  std::string out_;   // for the wire
  std::string slow_;  // not yet said, byte by byte
  Clock::time_point limit_;
  Clock::time_point next_byte_;
};

}  // namespace mtls::upstream
