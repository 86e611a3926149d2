// The PKI of the tests, and their client: one connection, one request.
#include "harness/gateway/test_gateway.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <csignal>

#include "harness/catalog/catalog.h"
#include "harness/pki/pki.h"

namespace mtls::gateway::testing {
namespace {

CertificateSpec authority(const std::string& name, const std::string& issuer) {
  CertificateSpec spec;
  spec.name = name;
  spec.issuer = issuer;
  spec.subject = "CN=" + name + " TEST ONLY";
  spec.authority = true;
  spec.key_usage = {{KeyUsage::key_cert_sign, KeyUsage::crl_sign, KeyUsage::digital_signature}};
  return spec;
}

CredentialSpec leaf(const std::string& name, const std::string& host, ExtendedKeyUsage usage,
                    const std::string& issuer = "intermediate") {
  CredentialSpec spec;
  spec.certificate.name = name;
  spec.certificate.issuer = issuer;
  spec.certificate.subject = "CN=" + name;
  if (!host.empty()) spec.certificate.sans = {"dns:" + host};
  spec.certificate.key_usage = {{KeyUsage::digital_signature}};
  spec.certificate.extended_key_usage = {{usage}};
  return spec;
}

const pki::Material& material() {
  static const pki::Material minted = [] {
    PkiSpec spec;
    spec.authorities = {authority("root", ""), authority("intermediate", "root"), authority("other-root", "")};
    spec.credentials = {leaf("server", "gateway.test", ExtendedKeyUsage::server_auth),
                        leaf("upstream", "upstream.test", ExtendedKeyUsage::server_auth),
                        leaf("gateway", "", ExtendedKeyUsage::client_auth),
                        leaf("client", "", ExtendedKeyUsage::client_auth),
                        leaf("revoked", "", ExtendedKeyUsage::client_auth),
                        leaf("other-client", "", ExtendedKeyUsage::client_auth, "other-root")};
    CrlSpec root_crl, intermediate_crl, empty_crl;
    root_crl.name = "root-crl";
    root_crl.authority = "root";
    intermediate_crl.name = "intermediate-crl";
    intermediate_crl.authority = "intermediate";
    intermediate_crl.revoked = {"revoked"};
    empty_crl.name = "empty-crl";
    empty_crl.authority = "intermediate";
    spec.crls = {root_crl, intermediate_crl, empty_crl};
    pki::KeyPool keys;
    Result<pki::Material> made = pki::mint(spec, keys, now_seconds());
    if (!made) ADD_FAILURE() << to_string(made.error());
    return made ? *made : pki::Material{};
  }();
  return minted;
}

constexpr std::chrono::seconds patience{5};

void block(int fd) {
  ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) & ~O_NONBLOCK);
  const timeval time{patience.count(), 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
  ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time);
}

SslPtr session(SSL_CTX* context, const Ask& question, int fd) {
  if (question.present) {
    SSL_CTX_use_certificate(context, question.present->certificate.get());
    SSL_CTX_use_PrivateKey(context, question.present->key.get());
    for (const CertificateRef& issuer : question.present->chain) SSL_CTX_add1_chain_cert(context, issuer.get());
  }
  SslPtr ssl(SSL_new(context));
  SSL_set_fd(ssl.get(), fd);
  if (!question.sni.empty()) SSL_set_tlsext_host_name(ssl.get(), question.sni.c_str());
  return ssl;
}

}  // namespace

Credential credential(const std::string& name) {
  return material().credentials.find(name)->second;
}
CertificateRef root(const std::string& name) {
  return material().authorities.find(name)->second.certificate;
}
CrlRef crl(const std::string& name) {
  return material().crls.find(name)->second;
}

GatewayKind shipped_kind(const std::string& name) {
  const Result<GatewayKind> kind =
      catalog::read_gateway(std::filesystem::path(MTLSCHECK_SOURCE_DIR) / "fixtures" / "gateways" / name);
  if (!kind) ADD_FAILURE() << to_string(kind.error());
  return kind ? *kind : GatewayKind{};
}

std::string content_of(const std::filesystem::path& file) {
  const Result<std::string> text = read_file(file);
  if (!text) ADD_FAILURE() << to_string(text.error());
  return text ? *text : "";
}

Asked ask(const Ask& question) {
  // OpenSSL writes to a connection that a gateway may have reset by then.
  static const auto before = std::signal(SIGPIPE, SIG_IGN);
  static_cast<void>(before);
  Asked asked;
  const Result<Fd> fd = connect_tcp(question.to, question.source, Deadline(patience));
  if (!fd) return asked;
  block(fd->get());
  const std::string request = "GET /x HTTP/1.1\r\nHost: " + (question.sni.empty() ? "gateway.test" : question.sni) +
                              "\r\nConnection: close\r\n" + question.headers + "\r\n";
  char buffer[4096];
  if (!question.tls) {
    ::send(fd->get(), request.data(), request.size(), MSG_NOSIGNAL);
    for (ssize_t got; (got = ::recv(fd->get(), buffer, sizeof buffer, 0)) > 0;)
      asked.answer.append(buffer, static_cast<std::size_t>(got));
    return asked;
  }
  const SslCtxPtr context(SSL_CTX_new(TLS_client_method()));
  const SslPtr ssl = session(context.get(), question, fd->get());
  asked.handshake = SSL_connect(ssl.get()) == 1;
  if (const CertificateRef shown = own(SSL_get1_peer_certificate(ssl.get()))) asked.server = see(shown.get()).subject;
  if (asked.handshake) SSL_write(ssl.get(), request.data(), static_cast<int>(request.size()));
  for (int got; asked.handshake && (got = SSL_read(ssl.get(), buffer, sizeof buffer)) > 0;)
    asked.answer.append(buffer, static_cast<std::size_t>(got));
  take_openssl_errors();
  return asked;
}

}  // namespace mtls::gateway::testing
