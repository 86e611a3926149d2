// The gateway as TLS server: which site a handshake is for, and whether its client's certificate is good enough.
#pragma once

#include <optional>
#include <string>

#include "harness/base/openssl.h"
#include "harness/base/result.h"
#include "reference/path.h"
#include "reference/site.h"
#include "reference/stream.h"

namespace mtls::reference {

// What a handshake has settled.
struct Welcome {
  bool tls = false;
  const Site* site = nullptr;
  std::optional<std::string> server_name;
  bool name_is_known = false;  // some site of the listener has it
  bool resumed = false;
  std::string version;
  CertificateRef client;  // presented, perhaps not verified
  CertificateRef client_issuer;
  bool verified = false;
};

class Front {
 public:
  static Result<std::unique_ptr<Front>> make(const Flaws& flaws);
  // Error: why the client was turned away, in the log's words. The alert has been sent.
  Result<Welcome> welcome(Stream& stream, const Listener& listener) const;

 private:
  explicit Front(const Flaws& flaws) : flaws_(flaws) {}
  struct Greeting;
  static Greeting& greeting_of(SSL* ssl);
  static int on_client_hello(SSL* ssl, int* alert, void*);
  static int on_protocols(SSL* ssl, const unsigned char** chosen, unsigned char* chosen_length,
                          const unsigned char* offered, unsigned offered_length, void*);
  static int on_certificate(X509_STORE_CTX* context, void*);
  static bool settle_site(Greeting& greeting, int* alert);
  static bool apply(Greeting& greeting, SSL* ssl);
  static void ask_for_certificate(Greeting& greeting, SSL* ssl);
  static void judge(Greeting& greeting, X509_STORE_CTX* context);
  std::string reason_against(const Greeting& greeting) const;

  const Flaws& flaws_;
  SslCtxPtr context_;
};

}  // namespace mtls::reference
