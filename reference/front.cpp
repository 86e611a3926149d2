// One SSL_CTX for every site: the ClientHello's server name decides what each connection is given.
#include "reference/front.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "harness/base/client_hello.h"
#include "harness/base/text.h"
#include "reference/log.h"
#include "reference/ocsp.h"

namespace mtls::reference {
namespace {

constexpr std::chrono::milliseconds handshake_patience{10'000};

// With `optional-no-ca` a certificate of nobody that is trusted is no error, anything else is (nginx's words for it).
bool only_lacks_trust(int code) {
  constexpr std::array no_path{X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT,
                               X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
                               X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE};
  return std::find(no_path.begin(), no_path.end(), code) != no_path.end();
}

bool expired(X509* certificate) {
  return X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0;
}

bool gives_sessions(const Site& site) {
  // A session would outlive what a responder says of its client.
  return site.told.resumption && !site.told.responder;
}

}  // namespace

// One handshake under way.
struct Front::Greeting {
  const Front& front;
  const Listener& listener;
  Welcome welcome;
  std::string refusal;
};

Front::Greeting& Front::greeting_of(SSL* ssl) {
  return *static_cast<Greeting*>(SSL_get_app_data(ssl));
}

Result<std::unique_ptr<Front>> Front::make(const Flaws& flaws) {
  std::unique_ptr<Front> front(new Front(flaws));
  front->context_.reset(SSL_CTX_new(TLS_server_method()));
  SSL_CTX* const context = front->context_.get();
  if (context == nullptr) return Error{"load", "no SSL_CTX: " + take_openssl_errors(), ""};
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  // Sessions are tickets only, so that a site without them has none.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  // What a credential leaves out of its chain stays out.
  SSL_CTX_set_mode(context, SSL_MODE_NO_AUTO_CHAIN | SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_client_hello_cb(context, &Front::on_client_hello, nullptr);
  SSL_CTX_set_alpn_select_cb(context, &Front::on_protocols, nullptr);
  SSL_CTX_set_cert_verify_callback(context, &Front::on_certificate, nullptr);
  return front;
}

Result<Welcome> Front::welcome(Stream& stream, const Listener& listener) const {
  SslPtr ssl(SSL_new(context_.get()));
  if (!ssl) return Error{"front", take_openssl_errors(), ""};
  SSL* const with = ssl.get();
  Greeting greeting{*this, listener, {}, {}};
  greeting.welcome.tls = true;
  SSL_set_app_data(with, &greeting);
  SSL_set_accept_state(with);
  const Result<void> done = stream.shake_hands(std::move(ssl), Deadline(handshake_patience));
  SSL_set_app_data(with, nullptr);
  const Welcome& seen = greeting.welcome;
  const std::string name = seen.server_name ? " sni=" + in_quotes(*seen.server_name) : " no sni";
  if (!done) {
    const std::string why = greeting.refusal.empty() ? "handshake failed: " + done.error().what : greeting.refusal;
    return Error{"front", why + name, ""};
  }
  greeting.welcome.resumed = SSL_session_reused(with) == 1;
  greeting.welcome.version = SSL_get_version(with);
  if (X509* const client = SSL_get1_peer_certificate(with)) greeting.welcome.client = own(client);
  greeting.welcome.verified = greeting.welcome.client && SSL_get_verify_result(with) == X509_V_OK;
  if (greeting.welcome.resumed && flaws_.has(Flaw::session_without_identity)) greeting.welcome.verified = false;
  if (const std::string why = reason_against(greeting); !why.empty()) return Error{"front", why + name, ""};
  return std::move(greeting.welcome);
}

// A session says what held when it was made.
std::string Front::reason_against(const Greeting& greeting) const {
  const Welcome& seen = greeting.welcome;
  if (!seen.resumed || flaws_.has(Flaw::session_across_sites)) return "";
  if (seen.site->told.client_auth == ClientAuth::required && !seen.client) {
    return "session refused: it was made without a client certificate";
  }
  if (seen.client && expired(seen.client.get()) && !flaws_.has(Flaw::expired_leaf)) {
    return "session refused: its client certificate has expired";
  }
  return "";
}

// Before the version, the session and the certificate are settled, so all of them can depend on the name.
int Front::on_client_hello(SSL* ssl, int* alert, void*) {
  Greeting& greeting = greeting_of(ssl);
  *alert = SSL_AD_INTERNAL_ERROR;
  greeting.welcome.server_name = server_name_of_hello(ssl);
  if (!settle_site(greeting, alert)) return SSL_CLIENT_HELLO_ERROR;
  if (apply(greeting, ssl)) return SSL_CLIENT_HELLO_SUCCESS;
  greeting.refusal = "handshake failed: this site's credential cannot be served: " + take_openssl_errors();
  return SSL_CLIENT_HELLO_ERROR;
}

bool Front::settle_site(Greeting& greeting, int* alert) {
  const Listener& listener = greeting.listener;
  const Flaws& flaws = greeting.front.flaws_;
  const auto& name = greeting.welcome.server_name;
  const Site* const named = name ? listener.named(*name, flaws) : nullptr;
  greeting.welcome.name_is_known = named != nullptr;
  greeting.welcome.site = named != nullptr ? named : &listener.default_site();
  if (named != nullptr || !listener.told.reject_unknown_names) return true;
  if (flaws.has(Flaw::unknown_name_served)) return true;
  greeting.refusal = name ? "server name refused: no site has it" : "server name refused: none was sent";
  *alert = SSL_AD_UNRECOGNIZED_NAME;
  return false;
}

bool Front::apply(Greeting& greeting, SSL* ssl) {
  const Flaws& flaws = greeting.front.flaws_;
  const Site& site = *greeting.welcome.site;
  const Site& shown = flaws.has(Flaw::default_certificate) ? greeting.listener.default_site() : site;
  SSL_set_min_proto_version(ssl, protocol_number(site.told.versions.min));
  SSL_set_max_proto_version(ssl, protocol_number(site.told.versions.max));
  bool good = SSL_use_certificate(ssl, shown.credential->certificate.get()) == 1 &&
              SSL_use_PrivateKey(ssl, shown.credential->key.get()) == 1;
  if (!flaws.has(Flaw::chain_not_sent)) {
    for (const CertificateRef& link : shown.credential->chain) {
      good = good && SSL_add1_chain_cert(ssl, link.get()) == 1;
    }
  }
  const std::string context =
      flaws.has(Flaw::session_across_sites) ? "one context for every site" : site.session_context;
  good = good && SSL_set_session_id_context(ssl, reinterpret_cast<const unsigned char*>(context.data()),
                                            static_cast<unsigned>(context.size())) == 1;
  if (!gives_sessions(site)) {
    SSL_set_options(ssl, SSL_OP_NO_TICKET);
    SSL_set_num_tickets(ssl, 0);
  }
  ask_for_certificate(greeting, ssl);
  return good;
}

void Front::ask_for_certificate(Greeting& greeting, SSL* ssl) {
  const Flaws& flaws = greeting.front.flaws_;
  const Site& site = *greeting.welcome.site;
  const ClientAuth auth = site.told.client_auth;
  if (auth == ClientAuth::off || flaws.has(Flaw::never_asks)) return;
  const bool required = auth == ClientAuth::required && !flaws.has(Flaw::optional_certificate);
  SSL_set_verify(ssl, SSL_VERIFY_PEER | (required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), nullptr);
  if (!site.trust) return;
  STACK_OF(X509_NAME)* const names = sk_X509_NAME_new_null();
  for (const CertificateRef& anchor : site.trust->anchors) {
    X509_NAME* const copy = X509_NAME_dup(X509_get_subject_name(anchor.get()));
    if (copy != nullptr && sk_X509_NAME_push(names, copy) == 0) X509_NAME_free(copy);
  }
  SSL_set_client_CA_list(ssl, names);
}

int Front::on_protocols(SSL* ssl, const unsigned char** chosen, unsigned char* chosen_length,
                        const unsigned char* offered, unsigned offered_length, void*) {
  if (choose_http1(chosen, chosen_length, offered, offered_length)) return SSL_TLSEXT_ERR_OK;
  greeting_of(ssl).refusal = "handshake failed: no application protocol in common";
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

int Front::on_certificate(X509_STORE_CTX* context, void*) {
  auto* const ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(context, SSL_get_ex_data_X509_STORE_CTX_idx()));
  Greeting& greeting = greeting_of(ssl);
  judge(greeting, context);
  ERR_clear_error();
  return greeting.refusal.empty() ? 1 : 0;
}

void Front::judge(Greeting& greeting, X509_STORE_CTX* context) {
  const Flaws& flaws = greeting.front.flaws_;
  const Site& site = flaws.has(Flaw::default_policy) ? greeting.listener.default_site() : *greeting.welcome.site;
  X509* const leaf = X509_STORE_CTX_get0_cert(context);
  X509_STORE_CTX_set_error(context, X509_V_OK);
  PathVerdict verdict;
  if (site.trust) {
    const Trust* const trust = greeting.listener.everybody ? greeting.listener.everybody.get() : site.trust.get();
    const PathPolicy policy{Peer::client, trust, site.told.depth, ""};
    verdict = validate(leaf, X509_STORE_CTX_get0_untrusted(context), policy, flaws);
  } else {
    verdict = {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, 0, see(leaf).subject, {}};
  }
  // OpenSSL makes the alert from this number, and keeps it as the connection's verify result.
  X509_STORE_CTX_set_error(context, verdict.code);
  X509_STORE_CTX_set_error_depth(context, verdict.depth);
  if (verdict.code != X509_V_OK) {
    const bool tolerated = (site.told.client_auth == ClientAuth::optional_no_ca && only_lacks_trust(verdict.code)) ||
                           (site.told.client_auth == ClientAuth::optional && flaws.has(Flaw::optional_unverified));
    if (!tolerated) greeting.refusal = "client certificate refused: " + words(verdict);
    return;
  }
  if (verdict.path.size() > 1) greeting.welcome.client_issuer = verdict.path[1];
  if (!site.told.responder || flaws.has(Flaw::no_ocsp)) return;
  const OcspVerdict status = ask_responder(*site.told.responder, verdict.path, *site.trust);
  if (lets_in(status.status, flaws)) return;
  greeting.refusal = "client certificate refused by OCSP: " + status.words;
  X509_STORE_CTX_set_error(
      context, status.status == OcspStatus::revoked ? X509_V_ERR_CERT_REVOKED : X509_V_ERR_OCSP_VERIFY_FAILED);
}

}  // namespace mtls::reference
