// libcurl's witness, and the command lines for readers.
#include <openssl/x509v3.h>

#include <mutex>

#include <gmock/gmock.h>

#include "harness/base/text.h"
#include "harness/client/loopback_server.h"
#include "harness/client/test_material.h"

namespace mtls::client {
namespace {

using loopback::context_of;
using loopback::must;
using loopback::serve_tls;
using loopback::Server;
using testing::HasSubstr;
using testing::Not;

TEST(AskCurl, ARightClientGetsItsAnswerInBothVersions) {
  const SslCtxPtr context = context_of({&credential("server"), {authority("root")}, {}, {}});
  std::string request;
  std::string sni;
  std::mutex mutex;
  const Server server(serve_tls(context, [&](SSL* ssl, int) {
    const std::string read = loopback::read_request(ssl);
    const char* const name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    {
      const std::lock_guard lock(mutex);
      request = read;
      sni = name ? name : "(none)";
    }
    SSL_write(ssl, loopback::hello.data(), static_cast<int>(loopback::hello.size()));
    SSL_shutdown(ssl);
  }));
  for (const TlsVersion version : all_tls_versions) {
    Probe probe = probe_to(server.at(), "client");
    probe.versions = only(version);
    probe.host = "other.test";
    probe.path = "/x?y";
    const CurlView view = must(ask_curl(probe));
    EXPECT_EQ(view.exit, 0) << view.message;
    EXPECT_EQ(view.status, 200);
    EXPECT_EQ(view.message, "");
    const std::lock_guard lock(mutex);
    EXPECT_EQ(sni, "gateway.test");
    EXPECT_THAT(request, HasSubstr("GET /x?y HTTP/1.1\r\n"));
    EXPECT_THAT(request, HasSubstr("Host: other.test\r\n"));
    EXPECT_THAT(request, HasSubstr("X-Mtlscheck-Nonce: n0nce\r\n"));
  }
  Probe nameless = probe_to(server.at(), "client");
  nameless.sni = std::nullopt;
  EXPECT_EQ(must(ask_curl(nameless)).exit, 0);
  const std::lock_guard lock(mutex);
  EXPECT_EQ(sni, "(none)");
}

TEST(AskCurl, SaysWhatAnOrdinaryClientWouldSay) {
  const SslCtxPtr context = context_of({&credential("server"), {authority("root")}, {}, {}});
  const Server server(serve_tls(context), 2);
  Probe probe = probe_to(server.at());
  probe.versions = only(TlsVersion::tls12);
  const CurlView missing = must(ask_curl(probe));
  EXPECT_NE(missing.exit, 0);
  EXPECT_THAT(missing.message, HasSubstr("handshake failure"));
  probe.trust = {authority("other-root")};
  EXPECT_EQ(must(ask_curl(probe)).exit, 60);
  probe = probe_to(server.at(), "client");
  probe.sni = probe.reference_identity = "wrong.test";
  EXPECT_EQ(must(ask_curl(probe)).exit, 60);
  probe.sni = std::nullopt;
  EXPECT_EQ(must(ask_curl(probe)).exit, 60);
  probe.verify_server = false;
  EXPECT_EQ(must(ask_curl(probe)).exit, 0);
}

TEST(AskCurl, RefusesACredentialThatDoesNotFit) {
  const SslCtxPtr context = context_of({&credential("server"), {authority("root")}, {}, {}});
  const Server server(serve_tls(context));
  const CurlView view = must(ask_curl(probe_to(server.at(), "client-mismatch")));
  EXPECT_EQ(view.exit, 58);
  EXPECT_THAT(view.message, HasSubstr("key values mismatch"));
}

TEST(AskCurl, NamesAConnectionThatIsRefused) {
  Endpoint nobody;
  {
    const Fd listener = must(listen_tcp({"127.0.0.1", 0}));
    nobody = must(local_endpoint(listener.get()));
  }
  EXPECT_EQ(must(ask_curl(probe_to(nobody))).exit, 7);
}

TEST(AskCurl, EndsAtItsDeadline) {
  const Server server(loopback::wait_for_end);
  Probe probe = probe_to(server.at());
  probe.timeout = std::chrono::milliseconds(150);
  EXPECT_EQ(must(ask_curl(probe)).exit, 28);
}

TEST(Versions, NameTheLibraries) {
  EXPECT_THAT(openssl_version(), testing::StartsWith("OpenSSL "));
  EXPECT_THAT(must(libcurl_version()), HasSubstr("(OpenSSL"));
}

TEST(Lines, RepeatTheProbe) {
  Probe probe = probe_to({"127.0.0.1", 8443}, "client");
  probe.source = "127.0.0.9";
  probe.alpn = {"http/1.1"};
  probe.versions = only(TlsVersion::tls12);
  probe.host = "other.test";
  probe.path = "/it's?a=b";
  probe.headers = {{"X-A", "b c"}};
  const Paths paths{"c.pem", "k e y.pem", "ca.pem"};
  EXPECT_EQ(curl_line(probe, paths),
            "curl -sSi --http1.1 --resolve gateway.test:8443:127.0.0.1 --interface 127.0.0.9 --tlsv1.2 --tls-max 1.2 "
            "--cert c.pem --key 'k e y.pem' --cacert ca.pem -H 'Host: other.test' -H 'X-A: b c' "
            "'https://gateway.test:8443/it'\\''s?a=b'");
  const std::string line = openssl_line(probe, paths);
  EXPECT_THAT(
      line,
      HasSubstr("| openssl s_client -ign_eof -connect 127.0.0.1:8443 -bind 127.0.0.9 -servername "
                "gateway.test -tls1_2 -alpn http/1.1 -cert c.pem -cert_chain c.pem -key 'k e y.pem' -CAfile ca.pem "
                "-verify_hostname gateway.test -verify_return_error"));
  EXPECT_THAT(line, HasSubstr("Host: other.test\\r\\n"));
}

TEST(Lines, LeaveOutWhatIsNotThere) {
  Probe probe = probe_to({"::1", 8443});
  probe.sni = std::nullopt;
  probe.host = "gateway.test";
  probe.verify_server = false;
  probe.versions = only(TlsVersion::tls13);
  EXPECT_EQ(curl_line(probe, {}),
            "curl -sSi --http1.1 --no-alpn --tlsv1.3 --insecure -H 'Host: gateway.test' 'https://[::1]:8443/'");
  const std::string line = openssl_line(probe, {});
  EXPECT_THAT(line, HasSubstr(" -noservername -tls1_3"));
  EXPECT_THAT(line, Not(HasSubstr("-cert")));
  probe.tls = false;
  EXPECT_EQ(curl_line(probe, {}), "curl -sSi --http1.1 -H 'Host: gateway.test' 'http://[::1]:8443/'");
  EXPECT_THAT(openssl_line(probe, {}), testing::StartsWith("# openssl s_client speaks TLS"));
}

TEST(Lines, SendATargetThatIsNoPathAsItStands) {
  for (const std::string target : {"http://b.test/", "*", "/a/../b", "//a", "/a b", "/a#b"}) {
    Probe probe = probe_to({"127.0.0.1", 8443});
    probe.path = target;
    EXPECT_THAT(curl_line(probe, {}),
                testing::EndsWith(" --request-target " + shell_quote(target) + " https://gateway.test:8443/"));
  }
}

TEST(Lines, SayWhatAToolCannotDo) {
  const Paths paths{"c.pem", "k.pem", "ca.pem"};
  Probe nameless = probe_to({"127.0.0.1", 8443});
  nameless.sni = std::nullopt;
  EXPECT_THAT(curl_line(nameless, paths), testing::StartsWith("# curl holds the certificate against the name"));
  EXPECT_THAT(openssl_line(nameless, paths), HasSubstr(" -noservername "));
  Probe offers = probe_to({"127.0.0.1", 8443});
  offers.alpn = {"x-unknown/1"};
  EXPECT_EQ(curl_line(offers, paths), "# curl does not offer the protocol x-unknown/1");
  offers.alpn = {"h2", "http/1.1"};
  EXPECT_THAT(curl_line(offers, paths), testing::StartsWith("curl -sSi --http2 "));
  Paths resuming = paths;
  resuming.resumes = true;
  EXPECT_THAT(curl_line(probe_to({"127.0.0.1", 8443}), resuming), testing::StartsWith("# curl does not resume"));
  EXPECT_THAT(openssl_line(probe_to({"127.0.0.1", 8443}), resuming), testing::StartsWith("# openssl s_client resumes"));
}

TEST(Lines, PresentAWeakCertificateWhereTheToolCan) {
  const Paths paths{"c.pem", "k.pem", "ca.pem"};
  const Probe weak = probe_to({"127.0.0.1", 8443}, "client-sha1");
  EXPECT_EQ(curl_line(weak, paths), "# curl does not load a certificate as weak as this one");
  EXPECT_THAT(openssl_line(weak, paths), HasSubstr(" -cipher DEFAULT@SECLEVEL=0 -cert c.pem "));
  EXPECT_THAT(openssl_line(probe_to({"127.0.0.1", 8443}, "client"), paths), Not(HasSubstr("SECLEVEL")));
}

}  // namespace
}  // namespace mtls::client
