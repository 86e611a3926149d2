// TLS services: handshakes, client authentication, alerts in both directions, names, and peers that do not speak TLS.
#include <openssl/x509_vfy.h>

#include <csignal>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/upstream/test_upstreams.h"

namespace mtls::upstream {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

INSTANTIATE_TEST_SUITE_P(Versions, TlsUpstream, testing::Values(TLS1_2_VERSION, TLS1_3_VERSION),
                         [](const auto& row) { return row.param == TLS1_3_VERSION ? "Tls13" : "Tls12"; });

TEST_P(TlsUpstream, AnswersAnyoneWhereNoCertificateIsWanted) {
  const UpstreamHandshake shake = try_once(service(), offer("gateway"));
  EXPECT_TRUE(shake.completed);
  EXPECT_TRUE(shake.tls);
  EXPECT_EQ(shake.version, version());
  EXPECT_EQ(shake.sni, "upstream.test");
  EXPECT_EQ(shake.client_subject, "");
  EXPECT_FALSE(shake.client_verify);
  EXPECT_FALSE(shake.alert_sent);
  EXPECT_FALSE(shake.alert_received);
  EXPECT_EQ(shake.failure, "");
  EXPECT_THAT(answer_, HasSubstr("nonce=n-1\nidentity=-\nclient=-\n"));
  EXPECT_THAT(seen_.requests, SizeIs(1));
}

TEST_P(TlsUpstream, KnowsWhoCame) {
  const UpstreamHandshake shake = try_once(service(ClientAuth::required), offer("gateway"));
  EXPECT_TRUE(shake.completed);
  EXPECT_EQ(shake.client_subject, "CN=gateway");
  EXPECT_EQ(shake.client_sha256, see(named("gateway")->certificate.get()).sha256);
  ASSERT_TRUE(shake.client_verify);
  EXPECT_EQ(shake.client_verify->code, X509_V_OK);
  EXPECT_THAT(answer_, HasSubstr("client=CN=gateway\n"));
  ASSERT_THAT(seen_.requests, SizeIs(1));
  EXPECT_EQ(seen_.requests[0].client_subject, "CN=gateway");
}

TEST_P(TlsUpstream, RefusesAMissingCertificate) {
  const UpstreamHandshake shake = try_once(service(ClientAuth::required), offer());
  EXPECT_FALSE(shake.completed);
  ASSERT_TRUE(shake.alert_sent);
  EXPECT_EQ(shake.alert_sent->number, GetParam() == TLS1_3_VERSION ? 116 : 40);
  EXPECT_TRUE(shake.alert_sent->fatal);
  EXPECT_EQ(shake.alert_sent->phase, AlertPhase::handshake);
  EXPECT_FALSE(shake.client_verify);
  EXPECT_NE(shake.failure, "");
  EXPECT_THAT(seen_.requests, IsEmpty());
}

struct Refusal {
  const char* credential;
  int verify;
  int alert;
};

TEST_P(TlsUpstream, SendsTheAlertThatFitsTheCertificate) {
  for (const Refusal& expected :
       {Refusal{"gateway-wrong-ca", X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, 48},
        Refusal{"gateway-expired", X509_V_ERR_CERT_HAS_EXPIRED, 45},
        Refusal{"gateway-revoked", X509_V_ERR_CERT_REVOKED, 44}, Refusal{"upstream", X509_V_ERR_INVALID_PURPOSE, 43}}) {
    SCOPED_TRACE(expected.credential);
    Service made = service(ClientAuth::required);
    made.crls = {material().crls.at("root-crl"), material().crls.at("intermediate-crl")};
    const UpstreamHandshake shake = try_once(std::move(made), offer(expected.credential));
    EXPECT_FALSE(shake.completed);
    EXPECT_EQ(shake.client_subject, "CN=" + std::string(expected.credential));
    ASSERT_TRUE(shake.client_verify);
    EXPECT_EQ(shake.client_verify->code, expected.verify);
    ASSERT_TRUE(shake.alert_sent);
    EXPECT_EQ(shake.alert_sent->number, expected.alert);
    EXPECT_EQ(shake.alert_sent->name, alert_name(expected.alert));
    EXPECT_THAT(seen_.requests, IsEmpty());
  }
}

TEST_P(TlsUpstream, TheClientGetsTheAlertOfARefusal) {
  const Endpoint at = open(service(ClientAuth::required));
  for (int i = 0; i < 20; ++i) {
    TestClient client(at);
    if (client.shake_hands(offer("gateway-expired"))) {
      client.send(get("n-1"));
      client.read_all();
    }
    EXPECT_THAT(client.tls_error, HasSubstr("certificate expired"));
  }
}

TEST_P(TlsUpstream, OptionalTakesNoneButNoWrongOne) {
  EXPECT_TRUE(try_once(service(ClientAuth::optional), offer()).completed);
  EXPECT_TRUE(try_once(service(ClientAuth::optional), offer("gateway")).completed);
  EXPECT_FALSE(try_once(service(ClientAuth::optional), offer("gateway-wrong-ca")).completed);
}

TEST_P(TlsUpstream, OptionalNoCaTakesAnyAndNotesTheVerdict) {
  const UpstreamHandshake shake = try_once(service(ClientAuth::optional_no_ca), offer("gateway-wrong-ca"));
  EXPECT_TRUE(shake.completed);
  ASSERT_TRUE(shake.client_verify);
  EXPECT_NE(shake.client_verify->code, X509_V_OK);
  EXPECT_THAT(answer_, HasSubstr("client=CN=gateway-wrong-ca\n"));
}

TEST_P(TlsUpstream, NamesTheAuthoritiesThatItAccepts) {
  TestClient client(open(service(ClientAuth::required)));
  ASSERT_TRUE(client.shake_hands(offer("gateway")));
  const STACK_OF(X509_NAME)* names = SSL_get0_peer_CA_list(client.ssl());
  ASSERT_EQ(sk_X509_NAME_num(names), 1);
  const X509* root = material().authorities.at("root").certificate.get();
  EXPECT_EQ(X509_NAME_cmp(sk_X509_NAME_value(names, 0), X509_get_subject_name(root)), 0);
}

TEST_P(TlsUpstream, NotesThatTheClientRefusedIt) {
  TlsOffer with = offer();
  with.trust = {material().authorities.at("other-root").certificate};
  const UpstreamHandshake shake = try_once(service(), with);
  EXPECT_FALSE(shake.completed);
  ASSERT_TRUE(shake.alert_received);
  EXPECT_EQ(shake.alert_received->number, 48);
  EXPECT_TRUE(shake.alert_received->fatal);
  EXPECT_FALSE(shake.alert_sent);
  EXPECT_EQ(shake.version, version());
}

TEST_P(TlsUpstream, NotesAClientThatLeavesWithoutARequest) {
  const Endpoint at = open(service());
  {
    TestClient client(at);
    ASSERT_TRUE(client.shake_hands(offer()));
  }
  const Seen seen = upstream_.take(at, patience);
  ASSERT_THAT(seen.handshakes, SizeIs(1));
  EXPECT_TRUE(seen.handshakes[0].completed);
  EXPECT_THAT(seen.handshakes[0].failure, HasSubstr("without a request"));
}

TEST_P(TlsUpstream, StrictSniRefusesOtherNamesAndNone) {
  Service strict = service();
  strict.spec.strict_sni = true;
  TlsOffer with = offer();
  for (const std::string& name : {std::string("other.test"), std::string()}) {
    SCOPED_TRACE(name);
    with.sni = name;
    const UpstreamHandshake shake = try_once(strict, with);
    EXPECT_FALSE(shake.completed);
    EXPECT_EQ(shake.sni.value_or(""), name);
    EXPECT_EQ(shake.sni.has_value(), !name.empty());
    ASSERT_TRUE(shake.alert_sent);
    EXPECT_EQ(shake.alert_sent->number, 112);
    EXPECT_THAT(shake.failure, HasSubstr("does not serve"));
  }
  with.sni = "Upstream.Test";
  EXPECT_TRUE(try_once(strict, with).completed);
}

TEST_P(TlsUpstream, RefusesAVersionThatItDoesNotSpeakAndStillKnowsTheName) {
  Service other = service();
  other.spec.versions.min = other.spec.versions.max =
      GetParam() == TLS1_3_VERSION ? TlsVersion::tls12 : TlsVersion::tls13;
  const UpstreamHandshake shake = try_once(std::move(other), offer());
  EXPECT_FALSE(shake.completed);
  EXPECT_EQ(shake.version, "");
  EXPECT_EQ(shake.sni, "upstream.test");
  ASSERT_TRUE(shake.alert_sent);
  EXPECT_EQ(shake.alert_sent->number, 70);
}

TEST_P(TlsUpstream, AgreesOnHttp11WhereItIsOffered) {
  TlsOffer with = offer();
  with.alpn = "\x02h2\x08http/1.1";
  TestClient client(open(service()));
  ASSERT_TRUE(client.shake_hands(with));
  const unsigned char* chosen = nullptr;
  unsigned length = 0;
  SSL_get0_alpn_selected(client.ssl(), &chosen, &length);
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(chosen), length), "http/1.1");
}

TEST_P(TlsUpstream, NeverResumes) {
  const Endpoint at = open(service(ClientAuth::required));
  TestClient first(at);
  ASSERT_TRUE(first.shake_hands(offer("gateway")));
  first.send(get("n-1", "1.1", "Connection: close\r\n"));
  first.read_all();
  EXPECT_EQ(SSL_SESSION_has_ticket(SSL_get0_session(first.ssl())), 0);
  EXPECT_EQ(SSL_session_reused(first.ssl()), 0);
}

TEST_P(TlsUpstream, KeepsAConnectionAlive) {
  const Endpoint at = open(service(ClientAuth::required));
  TestClient client(at);
  ASSERT_TRUE(client.shake_hands(offer("gateway")));
  for (const char* nonce : {"n-1", "n-2"}) {
    ASSERT_TRUE(client.send(get(nonce)));
    EXPECT_THAT(client.read_until("client=CN=gateway\n"), HasSubstr("nonce=" + std::string(nonce) + "\n"));
  }
  const Seen seen = upstream_.take(at, patience);
  EXPECT_THAT(seen.requests, SizeIs(2));
  EXPECT_THAT(seen.handshakes, SizeIs(1));
  client.close();
  EXPECT_THAT(upstream_.take(at, patience).handshakes, IsEmpty()) << "one entry for each connection";
}

TEST_P(TlsUpstream, AnswersSlowlyButWhole) {
  Service slow = service();
  slow.spec.behaviour = Behaviour::slow;
  EXPECT_TRUE(try_once(std::move(slow), offer()).completed);
  EXPECT_THAT(answer_, HasSubstr("nonce=n-1\nidentity=-\nclient=-\n"));
}

TEST_P(TlsUpstream, SilentNeverAnswersTheClientHello) {
  Service silent = service();
  silent.spec.behaviour = Behaviour::silent;
  const Endpoint at = open(std::move(silent));
  {
    TestClient client(at);
    const timeval limit{0, 100'000};
    setsockopt(client.fd(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    EXPECT_FALSE(client.shake_hands(offer()));
  }
  const Seen seen = upstream_.take(at, patience);
  ASSERT_THAT(seen.handshakes, SizeIs(1));
  EXPECT_FALSE(seen.handshakes[0].completed);
  EXPECT_THAT(seen.handshakes[0].failure, HasSubstr("silent"));
}

TEST_P(TlsUpstream, ClosesAtOnce) {
  Service closing = service();
  closing.spec.behaviour = Behaviour::closing;
  const UpstreamHandshake shake = try_once(std::move(closing), offer());
  EXPECT_FALSE(shake.completed);
  EXPECT_THAT(shake.failure, HasSubstr("closes every connection"));
}

TEST_P(TlsUpstream, GivesAnUnfinishedHandshakeOnceAndForgetsIt) {
  const Endpoint at = open(service());
  TestClient client(at);
  client.send(std::string_view("\x16\x03\x01\x02\x00", 5));
  const Seen seen = upstream_.take(at, milliseconds(100));
  EXPECT_EQ(seen.connections, 1);
  client.close();
  EXPECT_THAT(upstream_.take(at, patience).handshakes, IsEmpty());
}

}  // namespace
}  // namespace mtls::upstream
