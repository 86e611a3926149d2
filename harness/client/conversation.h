// From the first byte after connect to the last: handshake, request, answer, and how the gateway ended it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "harness/client/answer.h"
#include "harness/client/client.h"
#include "harness/client/timeline.h"
#include "harness/client/tls.h"
#include "harness/client/wire.h"

namespace mtls::client {

// Writes what it sees into the view. `tls` null: plain HTTP over TCP.
class Conversation {
 public:
  Conversation(const Probe& probe, const Deadline& deadline, Timeline& timeline, Tls* tls, Wire wire, ClientView& view);
  void run();

 private:
  bool shake_hands();
  void exchange();
  void listen(const Deadline& until);
  void part();
  void write_down();

  void receive(const Deadline& until);
  void ask();
  bool ended() const;
  bool within_limits();
  bool speaks_tls(std::string_view bytes);
  void fail(std::string words);
  std::string words_for_end(std::string_view when) const;
  Closed closed() const;

  const Probe& probe_;
  const Deadline deadline_;
  Timeline& timeline_;
  Tls* const tls_;
  Wire wire_;
  ClientView& view_;
  Answer answer_;
  std::string first_bytes_;
  bool broken_off_ = false;   // by us, at a limit or because the peer does not speak TLS
  bool end_written_ = false;  // the peer's FIN or RST stands in the timeline
};

}  // namespace mtls::client
