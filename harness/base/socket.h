// TCP sockets: an owner for descriptors, and the calls that wait with a deadline. All are CLOEXEC and non-blocking.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "harness/base/result.h"
#include "harness/base/time.h"

namespace mtls {

class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept;
  ~Fd() { reset(); }
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  void reset();

 private:
  int fd_ = -1;
};

struct Endpoint {
  std::string address;  // numeric IPv4 or IPv6
  std::uint16_t port = 0;
};

bool is_numeric_address(const std::string& name);

// "127.0.0.1:443", "[::1]:443".
std::string to_string(const Endpoint& endpoint);

// `what` of the Error is "refused", "timeout", "reset", "unreachable", or the system's words. `source`: local address
// to bind first, empty for any; a source that cannot be bound is an Error of stage "bind".
Result<Fd> connect_tcp(const Endpoint& to, const std::string& source, const Deadline& deadline);

// Port 0 picks one; `backlog` as in listen(2).
Result<Fd> listen_tcp(const Endpoint& at, int backlog = 128);

// Whether somebody could listen there. Asks without listening: a child that is just being started holds copies of all
// descriptors until its exec, and a copy of a listening socket would keep the port from whoever is to have it.
Result<void> check_free_tcp(const Endpoint& at);
Result<Endpoint> local_endpoint(int fd);
Result<Endpoint> peer_endpoint(int fd);

// False at the deadline.
bool wait_readable(int fd, const Deadline& deadline);
bool wait_writable(int fd, const Deadline& deadline);

// Ends a connection with RST instead of FIN when the descriptor is closed.
void reset_on_close(int fd);

}  // namespace mtls
