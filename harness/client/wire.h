// One TCP connection as bytes in and bytes out, with deadlines; reading goes on where writing has failed.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/socket.h"
#include "harness/base/time.h"

namespace mtls::client {

class Wire {
 public:
  enum class End { none, fin, reset };

  explicit Wire(Fd fd);

  // Queued, and written as far as the peer takes it now; receive() writes the rest.
  void send(std::string_view bytes);
  // What arrived, at most 16 KiB; empty at the deadline or where the peer ended the connection. Valid until the next
  // call.
  std::string_view receive(const Deadline& deadline);

  // How the peer ended it. What it had sent before was handed out first.
  End end() const { return end_; }
  bool write_failed() const { return write_failed_; }
  std::size_t received() const { return received_; }

  // Ends our side with FIN and throws away what still comes until the peer ends its own: closing with unread bytes
  // would send RST, which may destroy an alert of ours before the peer has read it.
  void finish(const Deadline& deadline);

 private:
  void flush();
  bool all_sent() const { return sent_ == out_.size(); }
  std::string_view read_once();

  Fd fd_;
  std::string out_;
  std::size_t sent_ = 0;  // of out_
  std::vector<char> in_;
  std::size_t received_ = 0;
  End end_ = End::none;
  bool write_failed_ = false;
};

}  // namespace mtls::client
