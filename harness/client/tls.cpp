// Drives OpenSSL as a client that writes down everything and judges the server's chain by itself.
#include "harness/client/tls.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>

#include "harness/base/text.h"
#include "harness/client/certificate_request.h"

namespace mtls::client {
namespace {

constexpr std::size_t record_size = 16 * 1024;
constexpr long largest_chain = 1 << 20;
constexpr int most_certificates_seen = 64;
constexpr int most_issuers_seen = 500;

Error unusable(const std::string& what) {
  const std::string words = take_openssl_errors();
  return {"client", words.empty() ? what : what + ": " + words, ""};
}

// RFC 7301, 3.1: each name with its length before it.
std::vector<unsigned char> alpn_list(const std::vector<std::string>& names) {
  std::vector<unsigned char> list;
  for (const std::string& name : names) {
    list.push_back(static_cast<unsigned char>(name.size()));
    list.insert(list.end(), name.begin(), name.end());
  }
  return list;
}

// Spelt as CertificateView::subject, so that the two can be compared.
std::string words(const X509_NAME* name) {
  constexpr unsigned long flags = XN_FLAG_RFC2253 & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB);
  const BioPtr bio(BIO_new(BIO_s_mem()));
  if (!bio || X509_NAME_print_ex(bio.get(), name, 0, flags) < 0) return "(unreadable name)";
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return size > 0 ? sanitise_line({text, static_cast<std::size_t>(size)}) : std::string();
}

}  // namespace

Result<std::unique_ptr<Tls>> Tls::make(const Probe& probe, Timeline& timeline) {
  ERR_clear_error();
  std::unique_ptr<Tls> tls(new Tls(probe, timeline));
  if (Result<void> done = tls->prepare_connection(); !done) return done.error();
  return tls;
}

// One for all connections, which copy what they change: making it costs as much as a tenth of a handshake.
SSL_CTX* Tls::shared_context() {
  static const SslCtxPtr shared = [] {
    SslCtxPtr context(SSL_CTX_new(TLS_client_method()));
    if (!context) return context;
    // The system's configuration must not decide what the witness can speak, or which own certificate it can send.
    SSL_CTX_set_security_level(context.get(), 0);
    if (SSL_CTX_set_cipher_list(context.get(), "DEFAULT") != 1) return SslCtxPtr{};
    SSL_CTX_set_mode(context.get(),
                     SSL_MODE_NO_AUTO_CHAIN | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context.get(), &Tls::on_session);
    SSL_CTX_set_max_cert_list(context.get(), largest_chain);
    SSL_CTX_set_cert_verify_callback(context.get(), &Tls::on_server_chain, nullptr);
    return context;
  }();
  return shared.get();
}

Result<void> Tls::prepare_connection() {
  SSL_CTX* const context = shared_context();
  if (context) ssl_.reset(SSL_new(context));
  if (!ssl_) return unusable("no TLS connection");
  SSL* const ssl = ssl_.get();
  if (SSL_set_min_proto_version(ssl, protocol_number(probe_.versions.min)) != 1 ||
      SSL_set_max_proto_version(ssl, protocol_number(probe_.versions.max)) != 1) {
    return unusable("these TLS versions cannot be spoken");
  }
  SSL_set_msg_callback(ssl, &Tls::on_message);
  SSL_set_msg_callback_arg(ssl, this);
  SSL_set_verify(ssl, probe_.verify_server ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  in_ = BIO_new(BIO_s_mem());
  out_ = BIO_new(BIO_s_mem());
  if (!in_ || !out_) {
    BIO_free(in_);
    BIO_free(out_);
    return unusable("no memory for a TLS connection");
  }
  BIO_set_mem_eof_return(in_, -1);
  BIO_set_mem_eof_return(out_, -1);
  SSL_set_bio(ssl, in_, out_);
  SSL_set_app_data(ssl, this);
  SSL_set_connect_state(ssl);
  if (probe_.sni && SSL_set_tlsext_host_name(ssl, probe_.sni->c_str()) != 1) return unusable("this SNI cannot be sent");
  const std::vector<unsigned char> alpn = alpn_list(probe_.alpn);
  for (const std::string& name : probe_.alpn) {
    if (name.empty() || name.size() > 255) return unusable("an ALPN name has 1 to 255 bytes");
  }
  // Returns 0 for success, unlike its neighbours.
  if (!alpn.empty() && SSL_set_alpn_protos(ssl, alpn.data(), static_cast<unsigned>(alpn.size())) != 0) {
    return unusable("this ALPN list cannot be sent");
  }
  if (probe_.resume && SSL_set_session(ssl, probe_.resume.get()) != 1) return unusable("the session cannot be resumed");
  return use_credential();
}

Result<void> Tls::use_credential() {
  if (!probe_.present) return {};
  SSL* const ssl = ssl_.get();
  if (SSL_use_certificate(ssl, probe_.present->certificate.get()) != 1 ||
      SSL_use_PrivateKey(ssl, probe_.present->key.get()) != 1) {
    return unusable("OpenSSL does not take the credential");
  }
  for (const CertificateRef& link : probe_.present->chain) {
    if (SSL_add1_chain_cert(ssl, link.get()) != 1) return unusable("OpenSSL does not take the credential's chain");
  }
  return {};
}

std::string Tls::take(std::string_view received) {
  if (!received.empty()) BIO_write(in_, received.data(), static_cast<int>(received.size()));
  if (state_ == State::handshaking) shake_hands();
  if (state_ != State::open) return {};
  write_pending();
  return read();
}

void Tls::shake_hands() {
  ERR_clear_error();
  const int outcome = SSL_do_handshake(ssl_.get());
  if (outcome == 1) {
    completed_ = true;
    state_ = State::open;
  } else if (SSL_get_error(ssl_.get(), outcome) != SSL_ERROR_WANT_READ) {
    fail();
  }
}

void Tls::write(std::string_view plaintext) {
  pending_.append(plaintext);
  if (state_ == State::open) write_pending();
}

void Tls::write_pending() {
  while (written_ < pending_.size() && state_ == State::open) {
    std::size_t taken = 0;
    ERR_clear_error();
    const int outcome = SSL_write_ex(ssl_.get(), pending_.data() + written_, pending_.size() - written_, &taken);
    if (outcome != 1) {
      // Waiting to read here is a renegotiation in progress (TLS 1.2): what arrives next lets it go on.
      if (SSL_get_error(ssl_.get(), outcome) != SSL_ERROR_WANT_READ) fail();
      return;
    }
    timeline_.application_data(true, taken);
    written_ += taken;
  }
  pending_.clear();
  written_ = 0;
}

std::string Tls::read() {
  std::string plaintext;
  std::array<char, record_size> buffer;
  while (state_ == State::open) {
    std::size_t size = 0;
    ERR_clear_error();
    const int outcome = SSL_read_ex(ssl_.get(), buffer.data(), buffer.size(), &size);
    if (outcome == 1) {
      timeline_.application_data(false, size);
      plaintext.append(buffer.data(), size);
      continue;
    }
    const int error = SSL_get_error(ssl_.get(), outcome);
    if (error == SSL_ERROR_WANT_READ) break;
    if (error == SSL_ERROR_ZERO_RETURN) {
      state_ = State::closed;
    } else {
      fail();
    }
  }
  if (state_ == State::open) write_pending();
  return plaintext;
}

void Tls::fail() {
  state_ = State::failed;
  failure_ = take_openssl_errors();
  if (failure_.empty()) failure_ = "TLS failed without a reason from OpenSSL";
}

void Tls::close() {
  if (!completed_ || state_ == State::failed) return;
  ERR_clear_error();
  if (SSL_shutdown(ssl_.get()) < 0) ERR_clear_error();
}

std::string Tls::ciphertext() {
  std::string bytes(BIO_ctrl_pending(out_), '\0');
  if (!bytes.empty()) BIO_read(out_, bytes.data(), static_cast<int>(bytes.size()));
  return bytes;
}

HandshakeView Tls::view() const {
  SSL* const ssl = ssl_.get();
  HandshakeView view;
  view.completed = completed_;
  const SSL_CIPHER* cipher = SSL_get_current_cipher(ssl);
  if (!cipher) cipher = SSL_get_pending_cipher(ssl);
  // Before the ServerHello is taken, OpenSSL has no cipher, but already names a version.
  if (cipher) {
    view.version = SSL_version(ssl) == TLS1_3_VERSION ? "1.3" : "1.2";
    view.cipher = SSL_CIPHER_get_name(cipher);
    const long group = SSL_get_negotiated_group(ssl);
    const char* group_name = group != 0 ? SSL_group_to_name(ssl, static_cast<int>(group)) : nullptr;
    if (group_name) view.group = group_name;
  }
  const unsigned char* alpn = nullptr;
  unsigned alpn_size = 0;
  SSL_get0_alpn_selected(ssl, &alpn, &alpn_size);
  view.alpn = sanitise_line({reinterpret_cast<const char*>(alpn), alpn_size});
  view.resumed = completed_ && SSL_session_reused(ssl) == 1;
  view.client_certificate_requested = timeline_.certificate_requested();
  view.client_certificate_sent = timeline_.certificate_sent();
  const STACK_OF(X509_NAME)* const issuers = SSL_get0_peer_CA_list(ssl);
  for (int n = 0; n < std::min(sk_X509_NAME_num(issuers), most_issuers_seen); ++n) {
    view.acceptable_issuers.push_back(words(sk_X509_NAME_value(issuers, n)));
  }
  view.acceptable_signatures = requested_signatures(ssl);
  view.acceptable_key_types = requested_key_types(ssl);
  if (!judged_) return view;
  view.server_chain = judged_->certificates;
  view.verify = judged_->path;
  return view;
}

bool Tls::verify(X509_STORE_CTX* store) {
  PathInput input;
  input.certificate = X509_STORE_CTX_get0_cert(store);
  const STACK_OF(X509)* const sent = X509_STORE_CTX_get0_untrusted(store);
  for (int n = 0; n < std::min(sk_X509_num(sent), most_certificates_seen); ++n) {
    X509* const certificate = sk_X509_value(sent, n);
    X509_up_ref(certificate);
    input.untrusted.push_back(own(certificate));
  }
  input.trust = probe_.trust;
  input.crls = probe_.crls;
  input.purpose = X509_PURPOSE_SSL_SERVER;
  input.at = probe_.at;
  input.name = probe_.reference_identity;
  judged_ = probe_.server_chains ? probe_.server_chains->judge(input) : judge_chain(input);
  X509_STORE_CTX_set_error(store, judged_->path.code);
  return judged_->path.code == X509_V_OK;
}

void Tls::on_message(int sent, int, int content_type, const void* bytes, std::size_t size, SSL* ssl, void* self) {
  Tls& tls = *static_cast<Tls*>(self);
  const AlertPhase phase = tls.completed_ ? AlertPhase::after : AlertPhase::handshake;
  tls.timeline_.message(sent != 0, SSL_version(ssl) == TLS1_3_VERSION, content_type,
                        {static_cast<const unsigned char*>(bytes), size}, phase);
}

int Tls::on_server_chain(X509_STORE_CTX* store, void*) {
  const void* ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
  return static_cast<Tls*>(SSL_get_app_data(static_cast<const SSL*>(ssl)))->verify(store) ? 1 : 0;
}

int Tls::on_session(SSL* ssl, SSL_SESSION* session) {
  static_cast<Tls*>(SSL_get_app_data(ssl))->session_ = own(session);
  return 1;
}

}  // namespace mtls::client
