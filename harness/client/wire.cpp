// The socket loop of one connection.
#include "harness/client/wire.h"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>

namespace mtls::client {
namespace {

constexpr std::size_t chunk = 16 * 1024;

bool would_block(int error) {
  return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

}  // namespace

Wire::Wire(Fd fd) : fd_(std::move(fd)), in_(chunk) {}

void Wire::send(std::string_view bytes) {
  out_.append(bytes);
  flush();
}

void Wire::flush() {
  while (!write_failed_ && !all_sent()) {
    const ssize_t n = ::send(fd_.get(), out_.data() + sent_, out_.size() - sent_, MSG_NOSIGNAL);
    if (n >= 0) {
      sent_ += static_cast<std::size_t>(n);
    } else if (errno != EINTR) {
      if (would_block(errno)) return;
      // Linux keeps what was received before the RST, and reports the RST once only: here, not to recv().
      write_failed_ = true;
    }
  }
  out_.clear();
  sent_ = 0;
}

std::string_view Wire::read_once() {
  const ssize_t n = ::recv(fd_.get(), in_.data(), in_.size(), 0);
  if (n > 0) {
    received_ += static_cast<std::size_t>(n);
    return {in_.data(), static_cast<std::size_t>(n)};
  }
  if (n == 0) {
    end_ = write_failed_ ? End::reset : End::fin;
  } else if (!would_block(errno)) {
    end_ = End::reset;
  }
  return {};
}

std::string_view Wire::receive(const Deadline& deadline) {
  while (end_ == End::none) {
    flush();
    const std::string_view bytes = read_once();
    if (!bytes.empty()) return bytes;
    if (end_ != End::none || deadline.passed()) break;
    pollfd waiting{fd_.get(), POLLIN, 0};
    if (!all_sent()) waiting.events |= POLLOUT;
    ::poll(&waiting, 1, deadline.left_ms());
  }
  return {};
}

void Wire::finish(const Deadline& deadline) {
  while (!all_sent() && !deadline.passed()) {
    flush();
    if (!all_sent()) wait_writable(fd_.get(), deadline);
  }
  const End seen = end_;
  ::shutdown(fd_.get(), SHUT_WR);
  while (end_ == End::none && received_ < std::size_t{64} << 20 && !receive(deadline).empty()) {
  }
  if (seen != End::none) end_ = seen;
  fd_.reset();
}

}  // namespace mtls::client
