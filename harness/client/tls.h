// The client's end of one TLS connection: ciphertext in, ciphertext out, no socket (OpenSSL over memory BIOs).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "harness/base/openssl.h"
#include "harness/client/client.h"
#include "harness/client/server_chains.h"
#include "harness/client/timeline.h"

namespace mtls::client {

// Callbacks of OpenSSL point at it, so it stays where it is.
class Tls {
 public:
  enum class State { handshaking, open, closed, failed };

  // Error where OpenSSL cannot be set up as the probe says. The probe and the timeline must outlive it.
  static Result<std::unique_ptr<Tls>> make(const Probe& probe, Timeline& timeline);
  Tls(const Tls&) = delete;
  Tls& operator=(const Tls&) = delete;

  // Goes on as far as the received bytes allow. Returns the plaintext that became readable.
  std::string take(std::string_view ciphertext);
  void write(std::string_view plaintext);  // before the handshake is complete: kept until it is
  void close();                            // queues close_notify, where one may be sent
  std::string ciphertext();                // what is to be sent now

  State state() const { return state_; }
  const std::string& failure() const { return failure_; }  // OpenSSL's words
  HandshakeView view() const;
  SessionRef session() const { return session_; }

 private:
  Tls(const Probe& probe, Timeline& timeline) : probe_(probe), timeline_(timeline) {}
  static SSL_CTX* shared_context();
  Result<void> prepare_connection();
  Result<void> use_credential();
  void shake_hands();
  void write_pending();
  std::string read();
  void fail();
  bool verify(X509_STORE_CTX* store);

  static void on_message(int sent, int version, int content_type, const void* bytes, std::size_t size, SSL* ssl,
                         void* self);
  static int on_server_chain(X509_STORE_CTX* store, void* unused);
  static int on_session(SSL* ssl, SSL_SESSION* session);

  const Probe& probe_;
  Timeline& timeline_;
  SslPtr ssl_;
  BIO* in_ = nullptr;   // owned by ssl_
  BIO* out_ = nullptr;  // owned by ssl_
  State state_ = State::handshaking;
  bool completed_ = false;
  std::string pending_;      // plaintext to send
  std::size_t written_ = 0;  // of pending_
  std::string failure_;
  SessionRef session_;
  std::optional<JudgedChain> judged_;
};

}  // namespace mtls::client
