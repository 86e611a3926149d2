// Runs a server's TLS connection and notes SNI, client certificate, alerts and the end of the handshake.
#include "harness/upstream/tls_session.h"

#include <openssl/err.h>

#include <array>
#include <new>

#include "harness/base/client_hello.h"
#include "harness/base/text.h"

namespace mtls::upstream {
namespace {

constexpr int close_notify = 0;
constexpr int user_canceled = 90;

TlsSession& session_of(const SSL* ssl) {
  return *static_cast<TlsSession*>(SSL_get_app_data(ssl));
}

std::string version_name(const SSL* ssl) {
  switch (SSL_version(ssl)) {
    case TLS1_2_VERSION: return std::string(name(TlsVersion::tls12));
    case TLS1_3_VERSION: return std::string(name(TlsVersion::tls13));
  }
  return "";
}

}  // namespace

TlsSession::TlsSession(const TlsPolicy& policy, UpstreamHandshake& seen)
    : policy_(policy), seen_(seen), ssl_(SSL_new(policy.context())) {
  BIO* const in = BIO_new(BIO_s_mem());
  BIO* const out = BIO_new(BIO_s_mem());
  if (!ssl_ || in == nullptr || out == nullptr) throw std::bad_alloc();
  BIO_set_mem_eof_return(in, -1);
  SSL_set_bio(ssl_.get(), in, out);
  SSL_set_app_data(ssl_.get(), this);
  SSL_set_accept_state(ssl_.get());
}

void TlsSession::install(SSL_CTX* context) {
  SSL_CTX_set_msg_callback(context, &TlsSession::on_message);
  SSL_CTX_set_client_hello_cb(context, &TlsSession::on_client_hello, nullptr);
  SSL_CTX_set_tlsext_servername_callback(context, &TlsSession::on_server_name);
  SSL_CTX_set_alpn_select_cb(context, &TlsSession::on_alpn, nullptr);
  SSL_CTX_set_cert_verify_callback(context, &TlsSession::on_certificate, nullptr);
}

TlsSession::State TlsSession::receive(std::string_view wire, std::string& plain) {
  ERR_clear_error();
  BIO_write(SSL_get_rbio(ssl_.get()), wire.data(), static_cast<int>(wire.size()));
  if (const State state = shake_hands(); state != State::open || !seen_.completed) return state;
  std::array<char, 16 * 1024> buffer;
  for (;;) {
    const int got = SSL_read(ssl_.get(), buffer.data(), static_cast<int>(buffer.size()));
    if (got > 0) {
      plain.append(buffer.data(), static_cast<std::size_t>(got));
      continue;
    }
    const int reason = SSL_get_error(ssl_.get(), got);
    if (reason == SSL_ERROR_WANT_READ || reason == SSL_ERROR_WANT_WRITE) return State::open;
    return reason == SSL_ERROR_ZERO_RETURN ? State::closed : fail();
  }
}

TlsSession::State TlsSession::shake_hands() {
  if (seen_.completed) return State::open;
  const int done = SSL_do_handshake(ssl_.get());
  if (done != 1) {
    const int reason = SSL_get_error(ssl_.get(), done);
    if (reason == SSL_ERROR_WANT_READ || reason == SSL_ERROR_WANT_WRITE) return State::open;
    return reason == SSL_ERROR_ZERO_RETURN ? State::closed : fail();
  }
  seen_.completed = true;
  seen_.version = version_name(ssl_.get());
  changed_ = true;
  return State::open;
}

TlsSession::State TlsSession::fail() {
  const std::string words = take_openssl_errors();
  if (seen_.failure.empty()) seen_.failure = words;  // a callback knows better than "callback failed"
  if (seen_.failure.empty()) seen_.failure = "the TLS connection broke";
  changed_ = true;
  return State::failed;
}

bool TlsSession::write(std::string_view plain) {
  ERR_clear_error();
  return plain.empty() || SSL_write(ssl_.get(), plain.data(), static_cast<int>(plain.size())) > 0;
}

void TlsSession::close() {
  ERR_clear_error();
  SSL_shutdown(ssl_.get());
}

std::string TlsSession::take_output() {
  BIO* const out = SSL_get_wbio(ssl_.get());
  std::string bytes(BIO_ctrl_pending(out), '\0');
  if (!bytes.empty()) BIO_read(out, bytes.data(), static_cast<int>(bytes.size()));
  return bytes;
}

void TlsSession::note_alert(bool sent, int level, int number) {
  std::optional<Alert>& alert = sent ? seen_.alert_sent : seen_.alert_received;
  if (number == close_notify || (alert && alert->fatal)) return;
  // TLS 1.3 ignores the level: whatever is neither of these two is fatal (RFC 8446, 6).
  const bool fatal = level == SSL3_AL_FATAL || (SSL_version(ssl_.get()) == TLS1_3_VERSION && number != user_canceled);
  const AlertPhase phase = seen_.completed ? AlertPhase::after : AlertPhase::handshake;
  alert = Alert{number, std::string(alert_name(number)), fatal, phase};
  changed_ = true;
}

void TlsSession::on_message(int sent, int, int type, const void* bytes, std::size_t length, SSL* ssl, void*) {
  TlsSession& session = session_of(ssl);
  const auto* const content = static_cast<const unsigned char*>(bytes);
  if (type == SSL3_RT_ALERT && length == 2) session.note_alert(sent == 1, content[0], content[1]);
  if (type == SSL3_RT_HANDSHAKE && sent == 1 && length > 0 && content[0] == SSL3_MT_SERVER_HELLO) {
    session.seen_.version = version_name(ssl);
  }
}

// Before the version is agreed on, so that the name is known of handshakes that fail for their version, too.
int TlsSession::on_client_hello(SSL* ssl, int*, void*) {
  TlsSession& session = session_of(ssl);
  if (const auto sent = server_name_of_hello(ssl)) {
    session.server_name_ = *sent;
    session.seen_.sni = sanitise_line(*sent, 256);
  }
  session.changed_ = true;
  return SSL_CLIENT_HELLO_SUCCESS;
}

int TlsSession::on_server_name(SSL* ssl, int* alert, void*) {
  TlsSession& session = session_of(ssl);
  if (session.policy_.serves(session.server_name_)) return SSL_TLSEXT_ERR_OK;
  session.seen_.failure = "the upstream does not serve this server name";
  *alert = SSL_AD_UNRECOGNIZED_NAME;
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

int TlsSession::on_alpn(SSL*, const unsigned char** out, unsigned char* out_length, const unsigned char* offered,
                        unsigned offered_length, void*) {
  if (choose_http1(out, out_length, offered, offered_length)) return SSL_TLSEXT_ERR_OK;
  return SSL_TLSEXT_ERR_NOACK;
}

int TlsSession::on_certificate(X509_STORE_CTX* store, void*) {
  auto* const ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  TlsSession& session = session_of(ssl);
  X509* const leaf = X509_STORE_CTX_get0_cert(store);
  std::vector<CertificateRef> untrusted;
  STACK_OF(X509)* const sent = X509_STORE_CTX_get0_untrusted(store);
  for (int i = 0; i < sk_X509_num(sent); ++i) {
    X509* const link = sk_X509_value(sent, i);
    X509_up_ref(link);
    untrusted.push_back(own(link));
  }
  const CertificateView view = see(leaf);
  const VerifyResult verdict = session.policy_.judge(leaf, std::move(untrusted));
  session.seen_.client_subject = view.subject;
  session.seen_.client_sha256 = view.sha256;
  session.seen_.client_verify = verdict;
  session.changed_ = true;
  ERR_clear_error();
  const bool accepted = verdict.code == X509_V_OK || !session.policy_.refuses_unverified();
  // OpenSSL makes the alert from this number.
  X509_STORE_CTX_set_error(store, accepted ? X509_V_OK : verdict.code);
  X509_STORE_CTX_set_error_depth(store, accepted ? 0 : verdict.depth);
  return accepted ? 1 : 0;
}

}  // namespace mtls::upstream
