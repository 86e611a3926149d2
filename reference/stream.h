// One connection as a stream of bytes, plain or TLS; every call waits with a deadline.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "harness/base/http.h"
#include "harness/base/openssl.h"
#include "harness/base/result.h"
#include "harness/base/socket.h"

namespace mtls::reference {

class Stream {
 public:
  explicit Stream(Fd fd) : fd_(std::move(fd)) {}

  int fd() const { return fd_.get(); }
  bool is_tls() const { return ssl_ != nullptr; }
  // From here on the stream is TLS; `ssl` knows which end it is. `what` of an Error: "timeout", "closed", "reset", or
  // OpenSSL's words, here and below.
  Result<void> shake_hands(SslPtr ssl, const Deadline& deadline);
  // 0 at the end of the stream.
  Result<std::size_t> read(char* to, std::size_t size, const Deadline& deadline);
  Result<void> write(std::string_view bytes, const Deadline& deadline);
  // The first byte that is waiting, without taking it; -1 where none comes.
  int peek(const Deadline& deadline);
  // Says goodbye, and waits for the peer to end its side, so that what was said last is not lost to a reset.
  void finish(std::chrono::milliseconds patience);

 private:
  template <class Action>
  Result<int> drive(Action action, const Deadline& deadline);
  Fd fd_;
  SslPtr ssl_;
};

// Feeds the parser until its message is whole. Error: the stream's, or what is wrong with the message.
Result<void> receive(Stream& stream, HttpParser& parser, const Deadline& deadline);

}  // namespace mtls::reference
