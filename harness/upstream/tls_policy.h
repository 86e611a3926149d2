// What a TLS service asks of its clients and shows them, as an SSL_CTX.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "harness/base/openssl.h"
#include "harness/upstream/upstream.h"

namespace mtls::upstream {

// Made once, then only read: both loops use it at the same time.
class TlsPolicy {
 public:
  // Error: no credential, or one that OpenSSL does not take (its key is another's).
  static Result<std::unique_ptr<TlsPolicy>> make(const Service& service);

  SSL_CTX* context() const { return context_.get(); }
  bool serves(const std::string& server_name) const;  // case does not matter (RFC 6066, 3)
  // RFC 5280 path validation against the service's own trust, now.
  VerifyResult judge(X509* certificate, std::vector<CertificateRef> untrusted) const;
  // A certificate that does not verify ends the handshake.
  bool refuses_unverified() const;

 private:
  TlsPolicy() = default;
  Result<void> configure(const Service& service);
  Result<void> load(const Credential& credential, const std::string& where);
  void request_client_certificates();

  SslCtxPtr context_;
  std::vector<CertificateRef> trust_;
  std::vector<CrlRef> crls_;
  ClientAuth client_auth_ = ClientAuth::off;
  bool strict_sni_ = false;
  std::vector<std::string> names_;  // lower case
};

}  // namespace mtls::upstream
