// The witness against servers that behave, in each TLS version: what it sends, what it sees, what it refuses.
#include <openssl/x509v3.h>

#include <algorithm>
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
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> details(const ClientView& view, const std::string& from) {
  std::vector<std::string> all;
  for (const TimelineEntry& entry : view.timeline) {
    if (entry.from == from) all.push_back(entry.detail);
  }
  return all;
}

class EachVersion : public testing::TestWithParam<TlsVersion> {
 protected:
  Probe probe(const Endpoint& at, std::string_view present = {}) {
    Probe made = probe_to(at, present);
    made.versions = only(GetParam());
    return made;
  }
  SslCtxPtr demanding() { return context_of({&credential("server"), {authority("root")}, {}, {}}); }
};
INSTANTIATE_TEST_SUITE_P(All, EachVersion, testing::ValuesIn(all_tls_versions),
                         [](const auto& version) { return version.param == TlsVersion::tls12 ? "tls12" : "tls13"; });

TEST_P(EachVersion, ARightClientIsAnsweredAndEverythingIsWrittenDown) {
  const SslCtxPtr context = demanding();
  const Server server(serve_tls(context));
  Probe right = probe(server.at(), "client");
  right.source = "127.8.7.6";
  const ClientView view = must(see(right)).view;
  ASSERT_TRUE(view.http) << view.failure;
  EXPECT_EQ(view.http->status, 200);
  EXPECT_EQ(view.http->body, "hello");
  EXPECT_FALSE(view.http->truncated);
  EXPECT_THAT(view.http->headers, Contains(Header("X-Server", "loopback")));
  EXPECT_EQ(view.source, "127.8.7.6");
  EXPECT_EQ(view.failure, "");
  EXPECT_EQ(view.closed, Closed::clean);
  EXPECT_FALSE(view.timed_out || view.alert_received || view.alert_sent);
  const HandshakeView& handshake = view.handshake;
  EXPECT_TRUE(handshake.completed && handshake.client_certificate_requested && handshake.client_certificate_sent);
  EXPECT_FALSE(handshake.resumed);
  EXPECT_EQ(handshake.version, name(GetParam()));
  EXPECT_THAT(handshake.cipher, HasSubstr("AES"));
  EXPECT_EQ(handshake.group, "x25519");
  ASSERT_EQ(handshake.server_chain.size(), 2u);
  EXPECT_THAT(handshake.server_chain[0].subject, HasSubstr("CN=server"));
  ASSERT_TRUE(handshake.verify);
  EXPECT_EQ(handshake.verify->code, 0) << handshake.verify->name;
  EXPECT_THAT(handshake.acceptable_issuers, ElementsAre(mtls::see(authority("root").get()).subject));
  ASSERT_TRUE(view.sent.presented);
  EXPECT_TRUE(view.sent.presented->key_matches);
  EXPECT_EQ(view.sent.presented->verify->code, 0) << view.sent.presented->verify->name;
}

TEST_P(EachVersion, TheTimelineHoldsBothDirectionsInOrder) {
  const SslCtxPtr context = demanding();
  const Server server(serve_tls(context));
  const ClientView view = must(see(probe(server.at(), "client"))).view;
  EXPECT_THAT(details(view, "client"),
              testing::IsSupersetOf({"connected", "ClientHello", "Certificate", "CertificateVerify", "Finished"}));
  EXPECT_THAT(details(view, "gateway"),
              testing::IsSupersetOf<std::string>({"ServerHello", "CertificateRequest", "Certificate", "Finished",
                                                  std::to_string(loopback::hello.size()) + " bytes",
                                                  "warning close_notify(0)"}));
  EXPECT_TRUE(std::is_sorted(view.timeline.begin(), view.timeline.end(),
                             [](const auto& a, const auto& b) { return a.us < b.us; }));
}

TEST_P(EachVersion, AMissingCertificateIsRefusedByAlertInItsOwnPhase) {
  const SslCtxPtr context = demanding();
  const Server server(serve_tls(context));
  const ClientView view = must(see(probe(server.at()))).view;
  const bool tls13 = GetParam() == TlsVersion::tls13;
  ASSERT_TRUE(view.alert_received) << view.failure;
  EXPECT_EQ(view.alert_received->number, tls13 ? 116 : 40);
  EXPECT_EQ(view.alert_received->phase, tls13 ? AlertPhase::after : AlertPhase::handshake);
  EXPECT_TRUE(view.alert_received->fatal);
  EXPECT_EQ(view.handshake.completed, tls13);
  EXPECT_TRUE(view.handshake.client_certificate_requested);
  EXPECT_FALSE(view.handshake.client_certificate_sent);
  EXPECT_EQ(view.closed, Closed::abrupt);
  EXPECT_FALSE(view.http || view.timed_out);
  EXPECT_THAT(view.failure, HasSubstr("alert"));
  EXPECT_THAT(details(view, "client"), Contains("Certificate (empty)"));
}

TEST_P(EachVersion, ACertificateIsSentWhateverIssuersAreNamed) {
  const SslCtxPtr context = demanding();
  const Server server(serve_tls(context));
  const ClientView view = must(see(probe(server.at(), "client-untrusted"))).view;
  EXPECT_TRUE(view.handshake.client_certificate_sent);
  ASSERT_TRUE(view.alert_received) << view.failure;
  EXPECT_EQ(view.alert_received->name, "unknown_ca");
  EXPECT_NE(view.sent.presented->verify->code, 0);
}

TEST_P(EachVersion, WeakOwnCertificatesAreSentAll) {
  const SslCtxPtr context = demanding();
  SSL_CTX_set_security_level(context.get(), 0);
  const Server server(serve_tls(context));
  for (const std::string name : {"client-rsa1024", "client-sha1"}) {
    const ClientView view = must(see(probe(server.at(), name))).view;
    EXPECT_TRUE(view.handshake.client_certificate_sent) << name << ": " << view.failure;
    ASSERT_TRUE(view.http) << name << ": " << view.failure;
    EXPECT_EQ(view.http->status, 200);
  }
}

TEST_P(EachVersion, AForgedProofIsRefusedWithDecryptError) {
  const SslCtxPtr context = demanding();
  const Server server(serve_tls(context));
  const ClientView view = must(see(probe(server.at(), "client-forged"))).view;
  ASSERT_TRUE(view.alert_received) << view.failure;
  EXPECT_EQ(view.alert_received->number, 51);
  EXPECT_EQ(view.sent.presented->verify->code, 0);
}

TEST_P(EachVersion, AServerThatDoesNotVerifyIsLeftWithTheMatchingAlert) {
  const SslCtxPtr right = context_of({&credential("server"), {}, {}, {}});
  const SslCtxPtr expired = context_of({&credential("server-expired"), {}, {}, {}});
  const Server server(serve_tls(right));
  const Server late(serve_tls(expired));
  struct Row {
    Endpoint at;
    std::string reference;
    std::string trust;
    int verify;
    std::string alert;
  };
  const std::vector<Row> rows{
      {late.at(), "gateway.test", "root", X509_V_ERR_CERT_HAS_EXPIRED, "certificate_expired"},
      {server.at(), "wrong.test", "root", X509_V_ERR_HOSTNAME_MISMATCH, "bad_certificate"},
      {server.at(), "gateway.test", "other-root", X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, "unknown_ca"}};
  for (const Row& row : rows) {
    Probe strict = probe(row.at);
    strict.reference_identity = row.reference;
    strict.trust = {authority(row.trust)};
    const ClientView view = must(see(strict)).view;
    ASSERT_TRUE(view.handshake.verify && view.alert_sent) << row.alert << ": " << view.failure;
    EXPECT_EQ(view.handshake.verify->code, row.verify) << view.handshake.verify->name;
    EXPECT_EQ(view.alert_sent->name, row.alert);
    EXPECT_EQ(view.alert_sent->phase, AlertPhase::handshake);
    EXPECT_FALSE(view.handshake.completed || view.http || view.timed_out);
    EXPECT_EQ(view.closed, Closed::open);
    Probe lenient = strict;
    lenient.verify_server = false;
    const ClientView let_in = must(see(lenient)).view;
    ASSERT_TRUE(let_in.http) << let_in.failure;
    EXPECT_EQ(let_in.handshake.verify->code, row.verify);
  }
}

TEST_P(EachVersion, TheServerReadsTheAlertOfTheClient) {
  const SslCtxPtr context = context_of({&credential("server"), {}, {}, {}});
  std::mutex mutex;
  std::vector<std::string> seen;
  const Server server([&](int fd) {
    const SslPtr ssl(SSL_new(context.get()));
    SSL_set_fd(ssl.get(), fd);
    SSL_accept(ssl.get());
    const std::lock_guard lock(mutex);
    seen.push_back(take_openssl_errors());
  });
  Probe strict = probe(server.at());
  strict.trust = {authority("other-root")};
  for (int n = 0; n < 10; ++n) must(see(strict));
  const Deadline deadline(std::chrono::seconds(5));
  const auto count = [&] { return std::lock_guard(mutex), seen.size(); };
  while (count() < 10 && !deadline.passed()) std::this_thread::yield();
  const std::lock_guard lock(mutex);
  EXPECT_EQ(seen.size(), 10u);
  EXPECT_THAT(seen, testing::Each(HasSubstr("unknown ca")));
}

TEST_P(EachVersion, ASessionIsGivenAndResumed) {
  const SslCtxPtr context = demanding();
  const Server server(serve_tls(context));
  Probe first = probe(server.at(), "client");
  Sighting sighting = must(see(first));
  ASSERT_TRUE(sighting.session);
  Probe again = first;
  again.resume = sighting.session;
  const ClientView resumed = must(see(again)).view;
  ASSERT_TRUE(resumed.http) << resumed.failure;
  EXPECT_TRUE(resumed.handshake.resumed);
  EXPECT_TRUE(resumed.sent.resumption_offered);
  EXPECT_THAT(resumed.handshake.server_chain, IsEmpty());
  EXPECT_FALSE(resumed.handshake.verify);
  const ClientView fresh = must(see(first)).view;
  EXPECT_FALSE(fresh.handshake.resumed || fresh.sent.resumption_offered);
}

TEST_P(EachVersion, NothingIsAskedWhereNoRequestIsWanted) {
  const SslCtxPtr context = demanding();
  const Server server(serve_tls(context));
  Probe silent = probe(server.at());
  silent.send_request = false;
  const ClientView refused = must(see(silent)).view;
  EXPECT_TRUE(refused.alert_received) << refused.failure;
  silent.present = &credential("client");
  const auto begun = Clock::now();
  const ClientView accepted = must(see(silent)).view;
  EXPECT_LT(Clock::now() - begun, std::chrono::seconds(2));
  EXPECT_TRUE(accepted.handshake.completed);
  EXPECT_FALSE(accepted.alert_received || accepted.timed_out || accepted.http);
  EXPECT_EQ(accepted.closed, Closed::open);
  EXPECT_EQ(accepted.failure, "");
}

}  // namespace
}  // namespace mtls::client
