// A small client for the tests: raw bytes or TLS over one blocking socket with a time limit.
#pragma once

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/openssl.h"
#include "harness/base/socket.h"

namespace mtls::upstream {

struct TlsOffer {
  std::string sni = "upstream.test";
  int version = 0;  // 0: whatever both can
  const Credential* credential = nullptr;
  std::vector<CertificateRef> trust;  // empty: the server is not verified
  std::string alpn;                   // in wire format
};

class TestClient {
 public:
  explicit TestClient(const Endpoint& to) {
    auto connected = connect_tcp(to, "", Deadline(std::chrono::seconds(5)));
    if (!connected) {
      connect_error = connected.error().what;
      return;
    }
    fd_ = std::move(*connected);
    fcntl(fd_.get(), F_SETFL, fcntl(fd_.get(), F_GETFL) & ~O_NONBLOCK);
    const timeval limit{5, 0};
    setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  }

  std::string connect_error;
  std::string tls_error;  // OpenSSL's words for what broke

  int fd() const { return fd_.get(); }
  SSL* ssl() const { return ssl_.get(); }

  bool shake_hands(const TlsOffer& offer) {
    context_.reset(SSL_CTX_new(TLS_client_method()));
    if (offer.version != 0) {
      SSL_CTX_set_min_proto_version(context_.get(), offer.version);
      SSL_CTX_set_max_proto_version(context_.get(), offer.version);
    }
    if (offer.credential != nullptr) {
      SSL_CTX_use_certificate(context_.get(), offer.credential->certificate.get());
      SSL_CTX_use_PrivateKey(context_.get(), offer.credential->key.get());
      for (const auto& link : offer.credential->chain) SSL_CTX_add1_chain_cert(context_.get(), link.get());
    }
    if (!offer.trust.empty()) SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
    for (const auto& anchor : offer.trust) X509_STORE_add_cert(SSL_CTX_get_cert_store(context_.get()), anchor.get());
    if (!offer.alpn.empty()) {
      SSL_CTX_set_alpn_protos(context_.get(), reinterpret_cast<const unsigned char*>(offer.alpn.data()),
                              static_cast<unsigned>(offer.alpn.size()));
    }
    ssl_.reset(SSL_new(context_.get()));
    SSL_set_fd(ssl_.get(), fd_.get());
    if (!offer.sni.empty()) SSL_set_tlsext_host_name(ssl_.get(), offer.sni.c_str());
    ERR_clear_error();
    if (SSL_connect(ssl_.get()) == 1) return true;
    tls_error = take_openssl_errors();
    return false;
  }

  bool send(std::string_view bytes) {
    if (ssl_) return SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())) > 0;
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  // Up to the end of `mark`, or to the end of what comes.
  std::string read_until(std::string_view mark) {
    std::string got;
    std::array<char, 4096> buffer;
    while (mark.empty() || got.find(mark) == std::string::npos) {
      ERR_clear_error();
      const ssize_t count = ssl_ ? SSL_read(ssl_.get(), buffer.data(), static_cast<int>(buffer.size()))
                                 : recv(fd_.get(), buffer.data(), buffer.size(), 0);
      if (count <= 0) {
        if (ssl_) tls_error = take_openssl_errors();
        return got;
      }
      got.append(buffer.data(), static_cast<std::size_t>(count));
    }
    return got;
  }
  std::string read_all() { return read_until(""); }

  void close() {
    ssl_.reset();
    fd_.reset();
  }

 private:
  Fd fd_;
  SslCtxPtr context_;
  SslPtr ssl_;
};

inline std::string get(const std::string& nonce, const std::string& version = "1.1", const std::string& more = "") {
  return "GET /a/path?q=1 HTTP/" + version + "\r\nHost: upstream.test\r\nX-Mtlscheck-Nonce: " + nonce + "\r\n" + more +
         "\r\n";
}

}  // namespace mtls::upstream
