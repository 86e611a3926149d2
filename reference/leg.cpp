// One connection per request, verified first.
#include "reference/leg.h"

#include <openssl/err.h>

#include <fmt/format.h>

#include "harness/base/text.h"
#include "reference/path.h"

namespace mtls::reference {
namespace {

constexpr std::size_t longest_answer = 8u << 20;
constexpr std::chrono::milliseconds leg_goodbye{200};

Error failed(const std::string& what) {
  const bool late = what == "timeout";
  return {late ? "504" : "502", late ? "timed out" : what, ""};
}

bool is_address(const std::string& name) {
  return name.find(':') != std::string::npos || name.find_first_not_of("0123456789.") == std::string::npos;
}

}  // namespace

// One request on its way.
struct Leg::Errand {
  const Leg& leg;
  const Site& site;
  const std::string& request;
  bool head;
  std::string name_sent;
  std::string refusal;  // what is wrong with the upstream's certificate
  std::string trouble;
};

Result<std::unique_ptr<Leg>> Leg::make(const Flaws& flaws) {
  std::unique_ptr<Leg> leg(new Leg(flaws));
  leg->context_.reset(SSL_CTX_new(TLS_client_method()));
  SSL_CTX* const context = leg->context_.get();
  if (context == nullptr) return Error{"load", "no SSL_CTX: " + take_openssl_errors(), ""};
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(context, SSL_MODE_NO_AUTO_CHAIN | SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_cert_verify_callback(context, &Leg::on_certificate, nullptr);
  return leg;
}

int Leg::on_certificate(X509_STORE_CTX* context, void*) {
  auto* const ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(context, SSL_get_ex_data_X509_STORE_CTX_idx()));
  Errand& errand = *static_cast<Errand*>(SSL_get_app_data(ssl));
  const LegConfiguration& told = errand.site.told.leg;
  const Flaws& flaws = errand.leg.flaws_;
  X509_STORE_CTX_set_error(context, X509_V_OK);
  if (!told.verify || flaws.has(Flaw::leg_unverified)) return 1;
  const PathPolicy policy{Peer::upstream, errand.site.leg_trust.get(), told.depth, told.name};
  const PathVerdict verdict =
      validate(X509_STORE_CTX_get0_cert(context), X509_STORE_CTX_get0_untrusted(context), policy, flaws);
  ERR_clear_error();
  if (verdict.code == X509_V_OK) return 1;
  errand.refusal = "certificate refused: " + words(verdict);
  if (flaws.has(Flaw::leg_verified_late)) return 1;
  X509_STORE_CTX_set_error(context, verdict.code);
  return 0;
}

Result<SslPtr> Leg::prepare(Errand& errand) const {
  const LegConfiguration& told = errand.site.told.leg;
  SslPtr ssl(SSL_new(context_.get()));
  if (!ssl) return failed("no TLS: " + take_openssl_errors());
  SSL_set_app_data(ssl.get(), &errand);
  SSL_set_connect_state(ssl.get());
  SSL_set_min_proto_version(ssl.get(), protocol_number(told.versions.min));
  SSL_set_max_proto_version(ssl.get(), protocol_number(told.versions.max));
  bool good = true;
  if (!errand.name_sent.empty()) good = SSL_set_tlsext_host_name(ssl.get(), errand.name_sent.c_str()) == 1;
  if (errand.site.leg_credential && !flaws_.has(Flaw::leg_no_certificate)) {
    const Credential& own_one = *errand.site.leg_credential;
    good = good && SSL_use_certificate(ssl.get(), own_one.certificate.get()) == 1 &&
           SSL_use_PrivateKey(ssl.get(), own_one.key.get()) == 1;
    if (!flaws_.has(Flaw::leg_leaf_only)) {
      for (const CertificateRef& link : own_one.chain) good = good && SSL_add1_chain_cert(ssl.get(), link.get()) == 1;
    }
  }
  if (!good) return failed("own credential cannot be used: " + take_openssl_errors());
  return ssl;
}

Result<Stream> Leg::open(Errand& errand, const Deadline& deadline) const {
  const LegConfiguration& told = errand.site.told.leg;
  Result<Fd> fd = connect_tcp(told.upstream, "", deadline);
  if (!fd) return failed(fd.error().what == "timeout" ? "timeout" : "cannot be reached: " + fd.error().what);
  Stream stream(std::move(*fd));
  if (!told.tls) return stream;
  Result<SslPtr> ssl = prepare(errand);
  if (!ssl) return ssl.error();
  const Result<void> done = stream.shake_hands(std::move(*ssl), deadline);
  if (done) return stream;
  if (flaws_.has(Flaw::leg_plain_instead) && errand.refusal.empty()) {
    Result<Fd> again = connect_tcp(told.upstream, "", deadline);
    errand.trouble = "handshake failed: " + done.error().what;
    if (again) return Stream(std::move(*again));
  }
  // The alert must not be lost to a reset.
  if (done.error().what != "timeout") stream.finish(leg_goodbye);
  if (!errand.refusal.empty()) return failed(errand.refusal);
  return failed(done.error().what == "timeout" ? "timeout" : "handshake failed: " + done.error().what);
}

Result<HttpMessage> Leg::converse(Stream& stream, Errand& errand, const Deadline& deadline) const {
  // A write that fails may have been answered first: TLS 1.3 refuses a client's certificate after the handshake.
  const Result<void> sent = stream.write(errand.request, deadline);
  HttpParser::Limits limits;
  limits.body_kept = limits.body_bytes = longest_answer;
  HttpParser parser(HttpParser::Kind::response, limits);
  if (flaws_.has(Flaw::leg_verified_late) && !errand.refusal.empty()) {
    static_cast<void>(receive(stream, parser, deadline));
    return failed(errand.refusal);
  }
  const Result<void> got = receive(stream, parser, deadline);
  const bool headers_are_all = errand.head && parser.headers_done();
  if (!got && !headers_are_all) {
    if (got.error().what == "timeout") return failed("timeout");
    return failed("gave no answer: " + (sent ? got.error().what : sent.error().what + ", " + got.error().what));
  }
  if (parser.truncated() && !headers_are_all) return failed("its answer is too long");
  stream.finish(std::chrono::milliseconds(0));
  return parser.message();
}

Result<Leg::Answer> Leg::exchange(const Site& site, const std::string& request, bool head,
                                  const std::string& client_name) const {
  const LegConfiguration& told = site.told.leg;
  Errand errand{*this, site, request, head, "", "", ""};
  if (told.send_sni && !is_address(told.name) && !flaws_.has(Flaw::leg_no_name_sent)) errand.name_sent = told.name;
  if (flaws_.has(Flaw::leg_client_name_sent)) errand.name_sent = client_name;
  const Deadline deadline(told.timeout);
  Result<Stream> stream = open(errand, deadline);
  if (!stream) return stream.error();
  Result<HttpMessage> message = converse(*stream, errand, deadline);
  if (!message) return message.error();
  return Answer{std::move(*message), errand.trouble};
}

}  // namespace mtls::reference
