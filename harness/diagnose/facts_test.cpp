// Facts of observations made by hand: each concept once, and no fact without a name.
#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/diagnose/certificate_names.h"
#include "harness/diagnose/chain.h"
#include "harness/diagnose/diagnose.h"

namespace mtls::diagnose {
namespace {

constexpr std::int64_t now = 1'800'000'000;

CertificateView certificate(const std::string& subject, const std::string& issuer) {
  CertificateView view;
  view.subject = "CN=" + subject + ",O=Lab";
  view.issuer = "CN=" + issuer + ",O=Lab";
  view.serial = "0A";
  view.not_before = now - 3600;
  view.not_after = now + 3600;
  view.security_bits = 128;
  view.signature = "ecdsa-with-SHA256";
  view.subject_key_id = "id of " + subject;
  view.authority_key_id = "id of " + issuer;
  view.self_signed = subject == issuer;
  return view;
}

CertificateView authority(const std::string& subject, const std::string& issuer) {
  CertificateView view = certificate(subject, issuer);
  view.authority = true;
  return view;
}

CredentialView credential() {
  CredentialView view;
  view.leaf = certificate("client", "intermediate");
  view.leaf.has_extended_key_usage = true;
  view.leaf.extended_key_usage = {"clientAuth"};
  view.leaf.has_key_usage = true;
  view.leaf.key_usage = {"digitalSignature"};
  view.chain = {authority("intermediate", "root")};
  view.verify = VerifyResult{0, "ok", 0, {}};
  return view;
}

// A good client, let in.
Observation admitted() {
  Observation observation;
  observation.at = now;
  ClientView& client = observation.client;
  client.connected = true;
  client.sent.sni = "gateway.test";
  client.sent.host = "Gateway.test:8443";
  client.sent.presented = credential();
  client.handshake.completed = true;
  client.handshake.client_certificate_requested = true;
  client.handshake.client_certificate_sent = true;
  client.handshake.acceptable_issuers = {"CN=root,O=Lab"};
  CertificateView server = certificate("gateway.test", "intermediate");
  server.sans = {"DNS:gateway.test"};
  client.handshake.server_chain = {server, authority("intermediate", "root")};
  client.handshake.verify = VerifyResult{0, "ok", 0, {}};
  client.http = HttpView{200, "1.1", {}, "ok", false};
  client.closed = Closed::clean;
  observation.upstream.watched = true;
  observation.upstream.reached = true;
  UpstreamRequest request;
  request.headers = {{"X-Client-DN", "CN=client,O=Lab"}};
  observation.upstream.requests = {request};
  return observation;
}

// The same client, refused with nginx's page.
Observation refused(const std::string& body) {
  Observation observation = admitted();
  observation.client.http = HttpView{400, "1.1", {}, body, false};
  observation.upstream.reached = false;
  observation.upstream.requests.clear();
  return observation;
}

bool flag(const Facts& facts, const std::string& name) {
  const auto found = facts.find(name);
  EXPECT_NE(found, facts.end()) << name;
  return found != facts.end() && std::get<bool>(found->second);
}

Facts facts_of(const Observation& observation) {
  return facts(observation, Rules());
}

void expect_all_named(const Facts& facts) {
  for (const auto& [name, value] : facts) {
    EXPECT_TRUE(std::binary_search(fact_names().begin(), fact_names().end(), name)) << name;
  }
}

TEST(Facts, EveryFactGivenIsNamedAndNamedOnce) {
  Observation observation = admitted();
  observation.client.alert_received = Alert{45, "certificate_expired", true, AlertPhase::after};
  observation.client.alert_sent = observation.client.alert_received;
  observation.client.curl = CurlView{56, "reset", 0};
  observation.client.sent.alpn = {"h2"};
  observation.client.http->headers = {{"Server", "nginx"}};
  observation.upstream.presented = credential();
  UpstreamHandshake handshake;
  handshake.sni = "upstream.test";
  handshake.client_verify = VerifyResult{10, "expired", 0, {10}};
  handshake.alert_sent = Alert{45, "certificate_expired", true, AlertPhase::after};
  observation.upstream.handshakes = {handshake};
  expect_all_named(facts_of(observation));
  Observation material;
  material.at = now;
  material.material = MaterialView{credential(), true, {}, false};
  expect_all_named(facts_of(material));
  EXPECT_EQ(std::adjacent_find(fact_names().begin(), fact_names().end()), fact_names().end());
}

TEST(Facts, AGoodClientIsAdmitted) {
  const Facts facts = facts_of(admitted());
  EXPECT_TRUE(flag(facts, "outcome.admitted"));
  EXPECT_FALSE(flag(facts, "outcome.refused"));
  EXPECT_TRUE(flag(facts, "client.host_is_sni"));
  EXPECT_TRUE(flag(facts, "server.covers_sni"));
  EXPECT_TRUE(flag(facts, "client.chain.top_issuer_acceptable"));
  EXPECT_TRUE(flag(facts, "client.verify.trusted"));
  EXPECT_TRUE(flag(facts, "identity.forwarded"));
  EXPECT_EQ(facts.at("client.leaf.eku"), FactValue(std::string("client")));
}

TEST(Facts, AnAnswerThatTheUpstreamNeverSawIsNoAdmission) {
  Observation observation = admitted();
  observation.upstream.reached = false;
  EXPECT_FALSE(flag(facts_of(observation), "outcome.admitted"));
}

TEST(Facts, NginxRefusesByPage) {
  const Facts wrong = facts_of(refused("<center>The SSL certificate error</center>"));
  EXPECT_TRUE(flag(wrong, "outcome.certificate_refused"));
  EXPECT_FALSE(flag(wrong, "outcome.no_certificate_refused"));
  Observation none = refused("<center>No required SSL certificate was sent</center>");
  none.client.sent.presented.reset();
  none.client.handshake.client_certificate_sent = false;
  const Facts missing = facts_of(none);
  EXPECT_FALSE(flag(missing, "outcome.certificate_refused"));
  EXPECT_TRUE(flag(missing, "outcome.no_certificate_refused"));
}

TEST(Facts, TheUpstreamsOwnRefusalIsNotTheGateways) {
  Observation observation = refused("<center>The SSL certificate error</center>");
  UpstreamRequest request;
  request.answered = 400;
  observation.upstream.requests = {request};
  const Facts facts = facts_of(observation);
  EXPECT_TRUE(flag(facts, "outcome.upstream_answered"));
  EXPECT_FALSE(flag(facts, "outcome.certificate_refused"));
}

TEST(Facts, AlertsAndSilentEndsRefuse) {
  Observation observation = refused("");
  observation.client.http.reset();
  EXPECT_TRUE(flag(facts_of(observation), "outcome.cut_off"));
  EXPECT_TRUE(flag(facts_of(observation), "outcome.certificate_refused"));
  observation.client.alert_received = Alert{48, "unknown_ca", true, AlertPhase::after};
  EXPECT_FALSE(flag(facts_of(observation), "outcome.cut_off"));
  EXPECT_TRUE(flag(facts_of(observation), "outcome.certificate_refused"));
  observation.client.alert_received->number = 116;
  EXPECT_FALSE(flag(facts_of(observation), "outcome.certificate_refused"));
}

TEST(Facts, SilenceIsNotARefusal) {
  Observation observation = refused("");
  observation.client.http.reset();
  observation.client.closed = Closed::open;
  observation.client.timed_out = true;
  const Facts facts = facts_of(observation);
  EXPECT_TRUE(flag(facts, "outcome.silent"));
  EXPECT_FALSE(flag(facts, "outcome.refused"));
  EXPECT_FALSE(flag(facts, "outcome.certificate_refused"));
}

TEST(Facts, TheClientBreaksOffOverTheServersCertificate) {
  Observation observation = refused("");
  observation.client.http.reset();
  observation.client.handshake.verify = VerifyResult{10, "certificate has expired", 0, {10}};
  observation.client.alert_sent = Alert{45, "certificate_expired", true, AlertPhase::handshake};
  const Facts facts = facts_of(observation);
  EXPECT_TRUE(flag(facts, "outcome.server_rejected"));
  EXPECT_FALSE(flag(facts, "outcome.certificate_refused"));
  EXPECT_EQ(facts.at("server.verify.all"), FactValue(std::vector<std::string>{"10"}));
}

TEST(Facts, TheLeafAtItsFaults) {
  Observation observation = admitted();
  CertificateView& leaf = observation.client.sent.presented->leaf;
  leaf.not_after = now - 1;
  leaf.extended_key_usage = {"serverAuth"};
  leaf.key_usage = {"keyEncipherment"};
  leaf.security_bits = 80;
  leaf.signature = "ecdsa-with-SHA1";
  leaf.unknown_critical_extensions = {"1.2.3"};
  const Facts facts = facts_of(observation);
  EXPECT_TRUE(flag(facts, "client.leaf.expired"));
  EXPECT_EQ(facts.at("client.leaf.eku"), FactValue(std::string("server")));
  EXPECT_FALSE(flag(facts, "client.leaf.key_usage_signs"));
  EXPECT_TRUE(flag(facts, "client.leaf.weak_key"));
  EXPECT_TRUE(flag(facts, "client.leaf.weak_signature"));
  EXPECT_EQ(facts.count("client.leaf.unknown_critical"), 1u);
}

TEST(Facts, AForeignChainIsNotAcceptable) {
  Observation observation = admitted();
  observation.client.sent.presented->leaf = certificate("client", "other intermediate");
  observation.client.sent.presented->chain = {authority("other intermediate", "other root")};
  const Facts facts = facts_of(observation);
  EXPECT_FALSE(flag(facts, "client.chain.top_issuer_acceptable"));
  EXPECT_FALSE(flag(facts, "client.chain.impostor_name"));
}

TEST(Facts, AnImpostorHasTheNameButAnotherKey) {
  Observation observation = admitted();
  CertificateView impostor = authority("intermediate", "root");
  impostor.subject_key_id = "another key";
  impostor.authority_key_id = "a third key";
  observation.client.sent.presented->leaf.authority_key_id = "another key";
  observation.client.sent.presented->chain = {impostor};
  const Facts facts = facts_of(observation);
  EXPECT_TRUE(flag(facts, "client.chain.top_issuer_acceptable"));
  EXPECT_TRUE(flag(facts, "client.chain.impostor_name"));
  EXPECT_FALSE(flag(facts, "client.chain.missing_issuer_seen"));
}

TEST(Facts, TheMissingIntermediateStandsInTheGatewaysChain) {
  Observation observation = admitted();
  observation.client.sent.presented->chain.clear();
  const Facts facts = facts_of(observation);
  EXPECT_FALSE(flag(facts, "client.chain.leaf_issuer_present"));
  EXPECT_TRUE(flag(facts, "client.chain.missing_issuer_seen"));
  EXPECT_FALSE(flag(facts, "client.chain.top_issuer_acceptable"));
}

TEST(Facts, TrustThatEndsBelowTheRoot) {
  Observation observation = admitted();
  observation.client.handshake.acceptable_issuers = {"CN=intermediate,O=Lab"};
  const Facts facts = facts_of(observation);
  EXPECT_TRUE(flag(facts, "client.chain.member_named"));
  EXPECT_FALSE(flag(facts, "client.chain.top_issuer_named"));
}

TEST(Facts, AForgedIdentityThatArrives) {
  Observation observation = admitted();
  observation.client.sent.headers = {{"X-Client-DN", "CN=admin"}};
  EXPECT_FALSE(flag(facts_of(observation), "identity.forged_arrived"));
  observation.upstream.requests[0].headers = {{"x-client-dn", "CN=admin"}};
  EXPECT_TRUE(flag(facts_of(observation), "identity.forged_arrived"));
  EXPECT_FALSE(flag(facts_of(observation), "identity.forwarded"));
}

TEST(Chain, OrderIsFoundWhateverWasSent) {
  const CertificateView leaf = certificate("leaf", "b");
  const std::vector<CertificateView> sent{authority("a", "root"), authority("b", "a"), authority("stray", "root")};
  const auto path = path_of(leaf, sent);
  ASSERT_EQ(path.size(), 3u);
  EXPECT_EQ(path[1]->subject, "CN=b,O=Lab");
  EXPECT_EQ(path[2]->subject, "CN=a,O=Lab");
}

TEST(Chain, Constraints) {
  const CertificateView leaf = certificate("leaf", "b");
  std::vector<CertificateView> sent{authority("b", "a"), authority("a", "root")};
  EXPECT_FALSE(path_length_violated(path_of(leaf, sent)));
  sent[1].path_length = 0;
  EXPECT_TRUE(path_length_violated(path_of(leaf, sent)));
  sent[1].path_length = 1;
  EXPECT_FALSE(path_length_violated(path_of(leaf, sent)));
  EXPECT_FALSE(issued_by_no_authority(path_of(leaf, sent)));
  sent[0].authority = false;
  EXPECT_TRUE(issued_by_no_authority(path_of(leaf, sent)));
}

TEST(Names, CoverAsLibrariesDo) {
  CertificateView view = certificate("by.cn.test", "root");
  EXPECT_TRUE(covers(view, "by.cn.test"));
  view.sans = {"DNS:*.a.test", "IP Address:127.0.0.1"};
  EXPECT_FALSE(covers(view, "by.cn.test"));
  EXPECT_TRUE(covers(view, "X.A.test:443"));
  EXPECT_FALSE(covers(view, "x.y.a.test"));
  EXPECT_FALSE(covers(view, "a.test"));
  EXPECT_TRUE(covers(view, "127.0.0.1"));
  EXPECT_EQ(bare_host("[::1]:8443"), "::1");
  EXPECT_EQ(common_name("CN=a\\, b,O=c"), "a\\, b");
}

}  // namespace
}  // namespace mtls::diagnose
