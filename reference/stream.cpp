// Drives a non-blocking descriptor, and OpenSSL on top of it, with poll.
#include "reference/stream.h"

#include <openssl/err.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "harness/base/text.h"

namespace mtls::reference {
namespace {

Error broken(std::string what) {
  return {"stream", std::move(what), ""};
}

Error broken_by_errno() {
  if (errno == ECONNRESET || errno == EPIPE) return broken("reset");
  return broken(std::generic_category().message(errno));
}

bool is_unexpected_end() {
  return ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING;
}

}  // namespace

// Repeats an OpenSSL call until it has done something: its result, or 0 at the end of the stream.
template <class Action>
Result<int> Stream::drive(Action action, const Deadline& deadline) {
  for (;;) {
    ERR_clear_error();
    errno = 0;
    const int done = action(ssl_.get());
    if (done > 0) return done;
    switch (SSL_get_error(ssl_.get(), done)) {
      case SSL_ERROR_WANT_READ:
        if (!wait_readable(fd_.get(), deadline)) return broken("timeout");
        break;
      case SSL_ERROR_WANT_WRITE:
        if (!wait_writable(fd_.get(), deadline)) return broken("timeout");
        break;
      case SSL_ERROR_ZERO_RETURN: return 0;
      case SSL_ERROR_SYSCALL: return errno == 0 ? broken("closed") : broken_by_errno();
      default: return broken(is_unexpected_end() ? "closed" : take_openssl_errors());
    }
  }
}

Result<void> Stream::shake_hands(SslPtr ssl, const Deadline& deadline) {
  ssl_ = std::move(ssl);
  if (SSL_set_fd(ssl_.get(), fd_.get()) != 1) return broken(take_openssl_errors());
  const Result<int> done = drive([](SSL* with) { return SSL_do_handshake(with); }, deadline);
  if (!done) return done.error();
  if (*done == 0) return broken("closed");
  return {};
}

Result<std::size_t> Stream::read(char* to, std::size_t size, const Deadline& deadline) {
  if (ssl_) {
    const Result<int> got = drive([&](SSL* ssl) { return SSL_read(ssl, to, static_cast<int>(size)); }, deadline);
    if (!got) return got.error();
    return static_cast<std::size_t>(*got);
  }
  for (;;) {
    const ssize_t got = ::recv(fd_.get(), to, size, 0);
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EAGAIN && errno != EINTR) return broken_by_errno();
    if (!wait_readable(fd_.get(), deadline)) return broken("timeout");
  }
}

Result<void> Stream::write(std::string_view bytes, const Deadline& deadline) {
  while (!bytes.empty()) {
    if (ssl_) {
      const Result<int> sent =
          drive([&](SSL* ssl) { return SSL_write(ssl, bytes.data(), static_cast<int>(bytes.size())); }, deadline);
      if (!sent) return sent.error();
      if (*sent == 0) return broken("closed");
      bytes.remove_prefix(static_cast<std::size_t>(*sent));
      continue;
    }
    const ssize_t sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno != EAGAIN && errno != EINTR) {
      return broken_by_errno();
    } else if (!wait_writable(fd_.get(), deadline)) {
      return broken("timeout");
    }
  }
  return {};
}

int Stream::peek(const Deadline& deadline) {
  for (;;) {
    unsigned char first = 0;
    const ssize_t got = ::recv(fd_.get(), &first, 1, MSG_PEEK);
    if (got == 1) return first;
    if (got == 0 || (errno != EAGAIN && errno != EINTR)) return -1;
    if (!wait_readable(fd_.get(), deadline)) return -1;
  }
}

void Stream::finish(std::chrono::milliseconds patience) {
  const Deadline deadline(patience);
  if (ssl_ && SSL_is_init_finished(ssl_.get())) {
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
  }
  take_openssl_errors();
  ::shutdown(fd_.get(), SHUT_WR);
  std::array<char, 4096> rest;
  for (;;) {
    const ssize_t got = ::recv(fd_.get(), rest.data(), rest.size(), 0);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) return;
    if (deadline.passed() || (got < 0 && !wait_readable(fd_.get(), deadline))) return;
  }
}

Result<void> receive(Stream& stream, HttpParser& parser, const Deadline& deadline) {
  std::array<char, 16 * 1024> buffer;
  while (!parser.done()) {
    const Result<std::size_t> got = stream.read(buffer.data(), buffer.size(), deadline);
    if (!got) return got.error();
    if (*got > 0) {
      parser.feed({buffer.data(), *got});
    } else {
      parser.end_of_stream();
      if (!parser.done()) return broken("closed");
    }
    if (!parser.error().empty()) return broken(parser.error());
  }
  return {};
}

}  // namespace mtls::reference
