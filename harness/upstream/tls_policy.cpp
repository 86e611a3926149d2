// Sets up one SSL_CTX per TLS service: credential, versions, client authentication, no resumption.
#include "harness/upstream/tls_policy.h"

#include <openssl/x509v3.h>

#include <algorithm>

#include "harness/base/text.h"
#include "harness/upstream/tls_session.h"

namespace mtls::upstream {

Result<std::unique_ptr<TlsPolicy>> TlsPolicy::make(const Service& service) {
  std::unique_ptr<TlsPolicy> policy(new TlsPolicy);
  if (auto done = policy->configure(service); !done) return done.error();
  return policy;
}

Result<void> TlsPolicy::configure(const Service& service) {
  const std::string where = to_string(service.at);
  if (!service.credential) return Error{"upstream", "a TLS service needs a credential", where};
  context_.reset(SSL_CTX_new(TLS_server_method()));
  SSL_CTX* const context = context_.get();
  if (context == nullptr) return Error{"upstream", "no SSL_CTX: " + take_openssl_errors(), where};
  // Weak credentials must reach the client, for it is the client that has to refuse them.
  SSL_CTX_set_security_level(context, 0);
  SSL_CTX_set_min_proto_version(context, protocol_number(service.spec.versions.min));
  SSL_CTX_set_max_proto_version(context, protocol_number(service.spec.versions.max));
  // A resumed handshake shows no certificate, and every trial has to show all of it.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context, 0);
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
  // What the credential leaves out of its chain stays out.
  SSL_CTX_set_mode(context, SSL_MODE_NO_AUTO_CHAIN | SSL_MODE_RELEASE_BUFFERS);
  if (auto done = load(*service.credential, where); !done) return done;
  trust_ = service.trust;
  crls_ = service.crls;
  client_auth_ = service.spec.client_auth;
  strict_sni_ = service.spec.strict_sni;
  for (const std::string& name : service.spec.names) names_.push_back(lower(name));
  request_client_certificates();
  TlsSession::install(context);
  return {};
}

Result<void> TlsPolicy::load(const Credential& credential, const std::string& where) {
  bool loaded = SSL_CTX_use_certificate(context_.get(), credential.certificate.get()) == 1 &&
                SSL_CTX_use_PrivateKey(context_.get(), credential.key.get()) == 1;
  for (const CertificateRef& link : credential.chain) {
    loaded = loaded && SSL_CTX_add1_chain_cert(context_.get(), link.get()) == 1;
  }
  if (loaded) return {};
  return Error{"upstream", "the credential '" + credential.name + "' cannot be served: " + take_openssl_errors(),
               where};
}

void TlsPolicy::request_client_certificates() {
  if (client_auth_ == ClientAuth::off) return;
  const int required = client_auth_ == ClientAuth::required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0;
  SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER | required, nullptr);
  STACK_OF(X509_NAME)* names = sk_X509_NAME_new_null();
  for (const CertificateRef& anchor : trust_) {
    X509_NAME* copy = X509_NAME_dup(X509_get_subject_name(anchor.get()));
    if (copy != nullptr && sk_X509_NAME_push(names, copy) == 0) X509_NAME_free(copy);
  }
  SSL_CTX_set_client_CA_list(context_.get(), names);
}

bool TlsPolicy::serves(const std::string& server_name) const {
  return !strict_sni_ || std::find(names_.begin(), names_.end(), lower(server_name)) != names_.end();
}

bool TlsPolicy::refuses_unverified() const {
  return client_auth_ != ClientAuth::optional_no_ca;
}

VerifyResult TlsPolicy::judge(X509* certificate, std::vector<CertificateRef> untrusted) const {
  PathInput input;
  input.certificate = certificate;
  input.untrusted = std::move(untrusted);
  input.trust = trust_;
  input.crls = crls_;
  input.purpose = X509_PURPOSE_SSL_CLIENT;
  input.at = now_seconds();
  return validate_path(input);
}

}  // namespace mtls::upstream
