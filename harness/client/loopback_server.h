// For tests and benchmarks: a small PKI, and servers on loopback that behave as told, well or badly.
#pragma once

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include "harness/base/openssl.h"
#include "harness/base/socket.h"
#include "harness/client/client.h"

namespace mtls::client::loopback {

template <class T>
T must(Result<T> result) {
  if (!result) {
    std::cerr << to_string(result.error()) << '\n';
    std::abort();
  }
  return std::move(*result);
}

// Accepts on 127.0.0.1 and hands each connection (blocking, with a time limit) to `serve`, on `threads` threads.
class Server {
 public:
  using Serve = std::function<void(int fd)>;

  explicit Server(Serve serve, int threads = 1)
      : listener_(must(listen_tcp({"127.0.0.1", 0}))),
        at_(must(local_endpoint(listener_.get()))),
        serve_(std::move(serve)) {
    for (int n = 0; n < threads; ++n) threads_.emplace_back([this] { run(); });
  }
  ~Server() {
    stop_ = true;
    ::shutdown(listener_.get(), SHUT_RDWR);
    for (std::thread& thread : threads_) thread.join();
  }
  const Endpoint& at() const { return at_; }

 private:
  void run() {
    // OpenSSL writes to its socket with write(2).
    sigset_t pipe;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
    while (!stop_) {
      if (!wait_readable(listener_.get(), Deadline(std::chrono::milliseconds(100)))) continue;
      const Fd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!fd) continue;
      const timeval limit{5, 0};
      ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
      ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
      // Else a close_notify that waits behind a session ticket is lost where the client's request stays unread.
      const int on = 1;
      ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      serve_(fd.get());
    }
  }

  Fd listener_;
  Endpoint at_;
  Serve serve_;
  std::atomic<bool> stop_{false};
  std::vector<std::thread> threads_;
};

struct ServerTls {
  const Credential* credential = nullptr;
  std::vector<CertificateRef> client_trust;  // not empty: a client certificate of these is required
  TlsRange versions;
  std::string alpn;  // the one protocol it picks; empty: none
};

inline SslCtxPtr context_of(const ServerTls& tls) {
  SslCtxPtr context(SSL_CTX_new(TLS_server_method()));
  SSL_CTX* const ctx = context.get();
  SSL_CTX_set_min_proto_version(ctx, protocol_number(tls.versions.min));
  SSL_CTX_set_max_proto_version(ctx, protocol_number(tls.versions.max));
  SSL_CTX_use_certificate(ctx, tls.credential->certificate.get());
  SSL_CTX_use_PrivateKey(ctx, tls.credential->key.get());
  for (const CertificateRef& link : tls.credential->chain) SSL_CTX_add1_chain_cert(ctx, link.get());
  SSL_CTX_set_session_id_context(ctx, reinterpret_cast<const unsigned char*>("loopback"), 8);
  for (const CertificateRef& anchor : tls.client_trust) {
    X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), anchor.get());
    SSL_CTX_add_client_CA(ctx, anchor.get());
  }
  if (!tls.client_trust.empty()) SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  return context;
}

// Reads up to the empty line that ends a request's header.
inline std::string read_request(SSL* ssl) {
  std::string request;
  char buffer[4096];
  while (request.find("\r\n\r\n") == std::string::npos) {
    const int n = SSL_read(ssl, buffer, sizeof buffer);
    if (n <= 0) break;
    request.append(buffer, static_cast<std::size_t>(n));
  }
  return request;
}

inline const std::string hello =
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Server: loopback\r\nConnection: close\r\n\r\nhello";

// Accepts TLS, reads a request, answers it, and closes with close_notify. `then` may do something else than answer.
inline Server::Serve serve_tls(const SslCtxPtr& context, std::function<void(SSL*, int)> then = {}) {
  return [ctx = context.get(), then = std::move(then)](int fd) {
    const SslPtr ssl(SSL_new(ctx));
    SSL_set_fd(ssl.get(), fd);
    if (SSL_accept(ssl.get()) == 1) {
      if (then) {
        then(ssl.get(), fd);
      } else {
        read_request(ssl.get());
        SSL_write(ssl.get(), hello.data(), static_cast<int>(hello.size()));
        SSL_shutdown(ssl.get());
      }
    }
    take_openssl_errors();
  };
}

inline void say(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = ::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
    if (n <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(n));
  }
}

// Returns when the client has ended the connection, or the time limit has passed.
inline void wait_for_end(int fd) {
  char buffer[4096];
  while (::recv(fd, buffer, sizeof buffer, 0) > 0) {
  }
}

}  // namespace mtls::client::loopback
