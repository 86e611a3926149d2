// The witness as told by its probe: names, protocols, plain HTTP, and what keeps it from connecting.
#include <atomic>
#include <mutex>

#include <gmock/gmock.h>

#include "harness/client/loopback_server.h"
#include "harness/client/test_material.h"

namespace mtls::client {
namespace {

using loopback::context_of;
using loopback::must;
using loopback::serve_tls;
using loopback::Server;
using testing::HasSubstr;

void pick_first_protocol(SSL_CTX* context) {
  SSL_CTX_set_alpn_select_cb(
      context,
      [](SSL*, const unsigned char** out, unsigned char* size, const unsigned char* in, unsigned, void*) {
        *out = in + 1;
        *size = in[0];
        return SSL_TLSEXT_ERR_OK;
      },
      nullptr);
}

TEST(See, SendsSniAlpnAndTheRequestAsTold) {
  const SslCtxPtr context = context_of({&credential("server"), {}, {}, {}});
  pick_first_protocol(context.get());
  std::string sni;
  std::string request;
  std::mutex mutex;
  const Server server(serve_tls(context, [&](SSL* ssl, int) {
    const std::string read = loopback::read_request(ssl);
    const char* const name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    {
      const std::lock_guard lock(mutex);
      sni = name ? name : "(none)";
      request = read;
    }
    SSL_write(ssl, loopback::hello.data(), static_cast<int>(loopback::hello.size()));
    SSL_shutdown(ssl);
  }));
  Probe probe = probe_to(server.at());
  probe.alpn = {"http/1.1", "h2"};
  probe.path = "/a?b=c";
  probe.headers = {{"X-One", "1"}};
  probe.host = "other.test";
  EXPECT_EQ(must(see(probe)).view.handshake.alpn, "http/1.1");
  {
    const std::lock_guard lock(mutex);
    EXPECT_EQ(sni, "gateway.test");
    EXPECT_THAT(request, testing::StartsWith("GET /a?b=c HTTP/1.1\r\n"));
    EXPECT_THAT(request, HasSubstr("Host: other.test\r\n"));
    EXPECT_THAT(request, HasSubstr("X-One: 1\r\n"));
    EXPECT_THAT(request, HasSubstr("X-Mtlscheck-Nonce: n0nce\r\n"));
    EXPECT_THAT(request, HasSubstr("Connection: close\r\n"));
  }
  probe.sni = std::nullopt;
  EXPECT_FALSE(must(see(probe)).view.sent.sni);
  const std::lock_guard lock(mutex);
  EXPECT_EQ(sni, "(none)");
}

TEST(See, TellsWhatTheServerAsksOfAClientCertificate) {
  const SslCtxPtr context = context_of({&credential("server"), {authority("root")}, {}, {}});
  ASSERT_EQ(SSL_CTX_set1_client_sigalgs_list(context.get(), "RSA+SHA256:ed25519:ECDSA+SHA384"), 1);
  const Server server(serve_tls(context));
  for (const TlsVersion version : {TlsVersion::tls12, TlsVersion::tls13}) {
    Probe probe = probe_to(server.at(), "client");
    probe.versions = only(version);
    const HandshakeView seen = must(see(probe)).view.handshake;
    EXPECT_TRUE(seen.client_certificate_requested);
    EXPECT_THAT(seen.acceptable_signatures,
                testing::ElementsAre("rsa_pkcs1_sha256", "ed25519", "ecdsa_secp384r1_sha384"));
    EXPECT_EQ(seen.acceptable_key_types.empty(), version == TlsVersion::tls13);
  }
}

TEST(See, NoHttp1RequestIsSentIntoAnotherProtocol) {
  const SslCtxPtr context = context_of({&credential("server"), {}, {}, {}});
  pick_first_protocol(context.get());
  const Server server(serve_tls(context));
  Probe probe = probe_to(server.at());
  probe.alpn = {"h2"};
  const ClientView view = must(see(probe)).view;
  EXPECT_EQ(view.handshake.alpn, "h2");
  EXPECT_FALSE(view.http);
  EXPECT_THAT(view.failure, HasSubstr("ALPN \"h2\""));
}

TEST(See, NoCommonVersionIsAnAlert) {
  const SslCtxPtr context = context_of({&credential("server"), {}, only(TlsVersion::tls12), {}});
  const Server server(serve_tls(context));
  Probe probe = probe_to(server.at());
  probe.versions = only(TlsVersion::tls13);
  const ClientView view = must(see(probe)).view;
  ASSERT_TRUE(view.alert_received) << view.failure;
  EXPECT_EQ(view.alert_received->name, "protocol_version");
  EXPECT_EQ(view.handshake.version, "");
}

TEST(See, AKeyOfAnotherIsNeverSent) {
  std::atomic<int> connections{0};
  const Server server([&](int) { ++connections; });
  const ClientView view = must(see(probe_to(server.at(), "client-mismatch"))).view;
  EXPECT_FALSE(view.connected);
  EXPECT_EQ(view.connect_error, "credential unusable");
  EXPECT_THAT(view.failure, HasSubstr("private key does not match"));
  EXPECT_FALSE(view.sent.presented->key_matches);
  EXPECT_EQ(connections, 0);
}

TEST(See, AConnectionThatIsRefusedIsPartOfTheView) {
  Endpoint nobody;
  {
    const Fd listener = must(listen_tcp({"127.0.0.1", 0}));
    nobody = must(local_endpoint(listener.get()));
  }
  const ClientView view = must(see(probe_to(nobody))).view;
  EXPECT_FALSE(view.connected || view.timed_out);
  EXPECT_EQ(view.connect_error, "refused");
}

TEST(See, WhatOnlyTheHarnessLacksIsAnError) {
  Probe probe = probe_to({"127.0.0.1", 9});
  probe.source = "192.0.2.1";
  EXPECT_FALSE(see(probe));
  probe = probe_to({"gateway.test", 9});
  EXPECT_FALSE(see(probe));
  probe = probe_to({"127.0.0.1", 9});
  Credential keyless{"keyless", credential("client").certificate, nullptr, {}};
  probe.present = &keyless;
  EXPECT_FALSE(see(probe));
}

TEST(See, PlainHttpIsAnsweredAndItsEndIsClean) {
  const Server server([](int fd) {
    char buffer[4096];
    if (::recv(fd, buffer, sizeof buffer, 0) > 0) loopback::say(fd, loopback::hello);
  });
  Probe probe = probe_to(server.at());
  probe.tls = false;
  const ClientView view = must(see(probe)).view;
  ASSERT_TRUE(view.http) << view.failure;
  EXPECT_EQ(view.http->body, "hello");
  EXPECT_EQ(view.closed, Closed::clean);
  EXPECT_FALSE(view.sent.tls || view.sent.sni || view.handshake.completed);
}

TEST(See, PlainHttpToATlsPortNamesTls) {
  const SslCtxPtr context = context_of({&credential("server"), {}, {}, {}});
  const Server server([&](int fd) {
    char buffer[4096];
    if (::recv(fd, buffer, sizeof buffer, 0) > 0)
      loopback::say(fd, std::string_view("\x15\x03\x01\x00\x02\x02\x46", 7));
  });
  Probe probe = probe_to(server.at());
  probe.tls = false;
  const ClientView view = must(see(probe)).view;
  EXPECT_FALSE(view.http);
  EXPECT_THAT(view.failure, HasSubstr("the peer speaks TLS"));
}

}  // namespace
}  // namespace mtls::client
