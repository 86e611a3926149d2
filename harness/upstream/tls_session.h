// The server's side of one TLS connection over memory BIOs, and what it sees of the client.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "harness/base/openssl.h"
#include "harness/upstream/tls_policy.h"

namespace mtls::upstream {

class TlsSession {
 public:
  enum class State { open, closed, failed };

  // `seen` is written to for as long as the session lives; the policy must outlive it.
  TlsSession(const TlsPolicy& policy, UpstreamHandshake& seen);
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  // Makes sessions of this context report to their TlsSession.
  static void install(SSL_CTX* context);

  // Takes bytes from the wire, goes on with the handshake, and appends what the client says in it to `plain`.
  // closed: close_notify came; failed: `seen` says why.
  State receive(std::string_view wire, std::string& plain);
  bool write(std::string_view plain);
  void close();               // sends close_notify
  std::string take_output();  // bytes for the wire
  bool take_changed() { return std::exchange(changed_, false); }

 private:
  static void on_message(int sent, int version, int type, const void* bytes, std::size_t length, SSL* ssl, void*);
  static int on_client_hello(SSL* ssl, int* alert, void*);
  static int on_server_name(SSL* ssl, int* alert, void*);
  static int on_alpn(SSL* ssl, const unsigned char** out, unsigned char* out_length, const unsigned char* offered,
                     unsigned offered_length, void*);
  static int on_certificate(X509_STORE_CTX* store, void*);

  State shake_hands();
  State fail();
  void note_alert(bool sent, int level, int number);

  const TlsPolicy& policy_;
  UpstreamHandshake& seen_;
  std::string server_name_;  // as it came
  bool changed_ = false;
  SslPtr ssl_;
};

}  // namespace mtls::upstream
