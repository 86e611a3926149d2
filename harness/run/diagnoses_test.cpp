// The rule book that is delivered: it compiles, its examples mean what they say, and it finds planted causes blind.
#include <algorithm>
#include <functional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/catalog/catalog.h"
#include "harness/diagnose/diagnose.h"
#include "harness/run/delivered_rules.h"
#include "harness/run/sample_observations.h"

namespace mtls::run {
namespace {

using namespace sample;

const char* const no_list = "3:unable to get certificate CRL";
const char* const no_issuer = "20:unable to get local issuer certificate";

struct Planted {
  const char* code;
  const char* how;
  std::function<void(Observation&)> plant;
};

std::vector<Planted> planted_in_the_client() {
  return {
      {"healthy", "good", [](Observation&) {}},
      {"client-cert-missing", "nginx",
       [](Observation& o) { without_certificate(o), unreached(o, 400, "No required SSL certificate was sent"); }},
      {"client-cert-missing", "alert", [](Observation& o) { without_certificate(o), alerted(o, 116); }},
      {"no-shared-signature-algorithm", "alert",
       [](Observation& o) {
         o.client.handshake.client_certificate_sent = false,
         o.client.handshake.acceptable_signatures = {"rsa_pss_rsae_sha256"}, alerted(o, 116);
       }},
      {"client-cert-missing", "though it could sign",
       [](Observation& o) {
         o.client.handshake.client_certificate_sent = false,
         o.client.handshake.acceptable_signatures = {"ecdsa_secp256r1_sha256"}, alerted(o, 116);
       }},
      {"client-cert-expired", "nginx",
       [](Observation& o) {
         o.client.sent.presented->leaf.not_after = now - 1, refused_by_nginx(o, "10:certificate has expired");
       }},
      {"client-cert-expired", "alert",
       [](Observation& o) { o.client.sent.presented->leaf.not_after = now - 1, alerted(o, 45); }},
      {"client-cert-revoked", "nginx", [](Observation& o) { refused_by_nginx(o, "23:certificate revoked"); }},
      {"client-ca-revoked", "listed",
       [](Observation& o) {
         o.client.sent.presented->chain_listed_as_revoked = true, refused_by_nginx(o, "23:certificate revoked");
       }},
      {"client-cert-wrong-eku", "nginx",
       [](Observation& o) {
         o.client.sent.presented->leaf.extended_key_usage = {"serverAuth"},
         refused_by_nginx(o, "26:unsuitable certificate purpose");
       }},
      {"client-cert-self-signed", "nginx",
       [](Observation& o) {
         o.client.sent.presented = self_signed(), refused_by_nginx(o, "18:self-signed certificate");
       }},
      {"client-cert-self-signed", "nginx with lists",
       [](Observation& o) { o.client.sent.presented = self_signed(), refused_by_nginx(o, no_list); }},
      {"client-cert-untrusted-issuer", "nginx",
       [](Observation& o) { o.client.sent.presented = foreign(), refused_by_nginx(o, no_issuer); }},
      {"client-cert-untrusted-issuer", "nginx with lists",
       [](Observation& o) { o.client.sent.presented = foreign(), refused_by_nginx(o, no_list); }},
      {"client-chain-incomplete", "nginx",
       [](Observation& o) {
         o.client.sent.presented->chain.clear(), refused_by_nginx(o, "21:unable to verify the first certificate");
       }},
      {"client-chain-too-long", "nginx",
       [](Observation& o) { o.client.sent.presented = deep(), refused_by_nginx(o, no_issuer); }},
      {"client-chain-too-long", "nginx with lists",
       [](Observation& o) { o.client.sent.presented = deep(), refused_by_nginx(o, no_list); }},
      {"client-ca-expired", "root in the bundle",
       [](Observation& o) { refused_by_nginx(o, "10:certificate has expired"); }},
      {"client-proof-invalid", "alert", [](Observation& o) { alerted(o, 51); }},
      {"client-key-mismatch", "local",
       [](Observation& o) {
         o.client = ClientView(), o.client.sent.presented = credential(), o.client.sent.presented->key_matches = false;
       }},
      {"server-cert-expired", "client", [](Observation& o) { server_rejected(o, 10); }},
      {"server-name-mismatch", "client", [](Observation& o) { server_rejected(o, 62); }},
      {"server-cert-untrusted", "client", [](Observation& o) { server_rejected(o, 20); }},
      {"server-chain-incomplete", "client",
       [](Observation& o) { server_rejected(o, 21), o.client.handshake.server_chain.resize(1); }},
  };
}

std::vector<Planted> planted_in_the_gateway() {
  return {
      {"gateway-crl-missing", "nginx", [](Observation& o) { refused_by_nginx(o, no_list); }},
      {"gateway-crl-expired", "nginx", [](Observation& o) { refused_by_nginx(o, "12:CRL has expired"); }},
      {"gateway-crl-expired", "alert", [](Observation& o) { alerted(o, 45); }},
      {"gateway-crl-invalid", "nginx", [](Observation& o) { refused_by_nginx(o, "8:CRL signature failure"); }},
      {"gateway-trust-incomplete", "nginx",
       [](Observation& o) {
         o.client.handshake.acceptable_issuers = {"CN=intermediate,O=Lab"},
         refused_by_nginx(o, "2:unable to get issuer certificate");
       }},
      {"client-auth-not-enforced", "off",
       [](Observation& o) { without_certificate(o), o.client.handshake.client_certificate_requested = false; }},
      {"client-auth-optional", "optional", [](Observation& o) { without_certificate(o); }},
      {"client-auth-any-issuer", "wrong CA", [](Observation& o) { o.client.sent.presented = foreign(); }},
      {"client-auth-any-issuer", "self-signed", [](Observation& o) { o.client.sent.presented = self_signed(); }},
      {"revocation-not-enforced", "listed", [](Observation& o) { o.client.sent.presented->listed_as_revoked = true; }},
      {"session-outlives-revocation", "resumed",
       [](Observation& o) { o.client.sent.presented->listed_as_revoked = true, o.client.handshake.resumed = true; }},
      {"sni-unknown", "alert", [](Observation& o) { alerted(o, 112); }},
      {"sni-missing", "alert", [](Observation& o) { o.client.sent.sni.reset(), alerted(o, 112); }},
      {"host-sni-mismatch", "421",
       [](Observation& o) { o.client.sent.host = "b.test", unreached(o, 421, "Misdirected Request"); }},
      {"sni-policy-bypass", "no SNI", [](Observation& o) { o.client.sent.sni.reset(), o.client.sent.host = "b.test"; }},
      {"plaintext-to-tls-port", "nginx",
       [](Observation& o) {
         without_certificate(o), o.client.sent.tls = false, o.client.handshake = {},
                                 unreached(o, 400, "The plain HTTP request was sent to HTTPS port");
       }},
      {"plaintext-route-open", "plain",
       [](Observation& o) { without_certificate(o), o.client.sent.tls = false, o.client.handshake = {}; }},
      {"identity-header-spoofable", "pass",
       [](Observation& o) {
         o.client.sent.headers = {{"X-Client-DN", "CN=admin"}},
         o.upstream.requests[0].headers = {{"X-Client-DN", "CN=admin"}};
       }},
      {"identity-not-forwarded", "strip",
       [](Observation& o) {
         o.upstream.requests[0].headers = {{"Host", "gateway.test"}};
       }},
      {"gateway-misconfigured", "emerg",
       [](Observation& o) {
         o.client = ClientView(), o.client.connect_error = "refused", o.gateway.alive = false,
         o.gateway.log = {"nginx: [emerg] unknown \"x\" variable"};
       }},
      {"protocol-version-unsupported", "alert", [](Observation& o) { alerted(o, 70); }},
      {"alpn-mismatch", "alert", [](Observation& o) { alerted(o, 120); }},
  };
}

std::vector<Planted> planted_behind() {
  return {
      {"healthy", "mutual", [](Observation& o) { behind_tls(o); }},
      {"upstream-client-cert-missing", "alert",
       [](Observation& o) {
         behind_tls(o), unreached(o, 502, ""),
             o.upstream.handshakes[0].client_subject = "",
             o.upstream.handshakes[0].alert_sent = Alert{116, "", true, AlertPhase::after};
       }},
      {"upstream-client-cert-missing", "nginx",
       [](Observation& o) {
         behind_tls(o), o.client.http = HttpView{400, "1.1", {}, "No required SSL certificate was sent", false},
                        o.upstream.reached = false, o.upstream.requests[0].answered = 400,
                        o.upstream.handshakes[0].client_subject = "";
       }},
      {"upstream-client-cert-expired", "verdict",
       [](Observation& o) {
         behind_tls(o), unreached(o, 502, ""),
             o.upstream.handshakes[0].client_verify = VerifyResult{10, "certificate has expired", 0, {10}};
       }},
      {"upstream-client-cert-untrusted", "alert",
       [](Observation& o) {
         behind_tls(o), unreached(o, 502, ""),
             o.upstream.handshakes[0].alert_sent = Alert{48, "", true, AlertPhase::after};
       }},
      {"upstream-cert-expired", "seen",
       [](Observation& o) { behind_tls(o), unreached(o, 502, ""), o.upstream.presented->leaf.not_after = now - 1; }},
      {"upstream-name-mismatch", "seen",
       [](Observation& o) {
         behind_tls(o), unreached(o, 502, ""), o.upstream.presented->leaf.sans = {"DNS:other.test"};
       }},
      {"upstream-verification-off", "expired",
       [](Observation& o) { behind_tls(o), o.upstream.presented->leaf.not_after = now - 1; }},
      {"upstream-verification-off", "name",
       [](Observation& o) { behind_tls(o), o.upstream.presented->leaf.sans = {"DNS:other.test"}; }},
      {"upstream-sni-rejected", "alert",
       [](Observation& o) {
         behind_tls(o), unreached(o, 502, ""),
             o.upstream.handshakes[0].alert_sent = Alert{112, "", true, AlertPhase::handshake};
       }},
      {"upstream-sni-missing", "alert",
       [](Observation& o) {
         behind_tls(o), unreached(o, 502, ""), o.upstream.handshakes[0].sni.reset(),
             o.upstream.handshakes[0].alert_sent = Alert{112, "", true, AlertPhase::handshake};
       }},
      {"upstream-expects-tls", "seen",
       [](Observation& o) { behind_tls(o), unreached(o, 502, ""), o.upstream.handshakes[0].tls = false; }},
      {"upstream-timeout", "504", [](Observation& o) { unreached(o, 504, ""); }},
  };
}

void expect_all_named_first(const std::vector<Planted>& all) {
  for (const Planted& planted : all) {
    Observation observation = healthy();
    planted.plant(observation);
    const auto found = diagnose::diagnose(diagnose::facts(observation, delivered_rules()), delivered_rules());
    ASSERT_FALSE(found.empty()) << planted.code << ", " << planted.how;
    EXPECT_EQ(found[0].code, planted.code) << planted.how << "; because: " << found[0].evidence[0];
  }
}

TEST(DeliveredRules, FindWhatIsWrongWithTheClient) {
  expect_all_named_first(planted_in_the_client());
}

TEST(DeliveredRules, FindWhatIsWrongWithTheGateway) {
  expect_all_named_first(planted_in_the_gateway());
}

TEST(DeliveredRules, FindWhatIsWrongBehind) {
  expect_all_named_first(planted_behind());
}

TEST(DeliveredRules, EveryCauseHasAPageAndIsFoundSomehow) {
  for (const Cause& cause : delivered_rules().book().causes) {
    EXPECT_FALSE(cause.cause.empty()) << cause.code;
    EXPECT_FALSE(cause.remedy.empty()) << cause.code;
    const auto& book = delivered_rules().book();
    const bool by_rule =
        std::any_of(book.rules.begin(), book.rules.end(), [&](const Rule& rule) { return rule.code == cause.code; });
    const bool by_line = std::any_of(book.lines.begin(), book.lines.end(), [&](const LinePattern& line) {
      return std::any_of(line.causes.begin(), line.causes.end(),
                         [&](const auto& one) { return one.first == cause.code; });
    });
    EXPECT_TRUE(by_rule || by_line) << cause.code;
  }
}

TEST(DeliveredRules, NameProofsThatExist) {
  const std::string home = MTLSCHECK_SOURCE_DIR;
  const auto standard = catalog::read_standard(home + "/fixtures");
  ASSERT_TRUE(standard) << to_string(standard.error());
  const auto scenarios = catalog::read_scenarios(home + "/scenarios", *standard);
  ASSERT_TRUE(scenarios) << to_string(scenarios.error());
  std::set<std::string> planted;  // "<scenario> <cause>"
  for (const Scenario& scenario : *scenarios) {
    for (const Step& step : scenario.steps)
      for (const std::string& cause : {step.planted, step.planted_if_let_in}) planted.insert(scenario.id + " " + cause);
  }
  for (const Rule& rule : delivered_rules().book().rules) {
    for (const std::string& proof : rule.proof)
      EXPECT_EQ(planted.count(proof + " " + rule.code), 1u) << rule.id << ": " << proof;
  }
}

}  // namespace
}  // namespace mtls::run
