// Good scenarios: every key arrives where it belongs.
#include "harness/catalog/scenario_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/catalog/small_standard.h"

namespace mtls::catalog {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

std::vector<Scenario> all(std::string_view text) {
  auto scenarios = read_scenario_text(text, {"topic/name", "scenarios/topic/name.json"}, standard());
  EXPECT_TRUE(scenarios) << to_string(scenarios.error());
  return scenarios ? *scenarios : std::vector<Scenario>(1);
}

Scenario one(std::string_view text) {
  auto scenarios = all(text);
  EXPECT_EQ(scenarios.size(), 1u);
  return scenarios.front();
}

// A scenario around one part of it.
Scenario with(const std::string& part) {
  return one(R"({"title": "t", "references": ["RFC 5280 6.1"], )" + part + "}");
}
const std::string a_step = R"("steps": [{"request": {"present": "client"}, "claims": ["admitted"]}])";

TEST(Scenario, HasDefaults) {
  const Scenario scenario = with(a_step);
  EXPECT_EQ(scenario.id, "topic/name");
  EXPECT_EQ(scenario.file, "scenarios/topic/name.json");
  EXPECT_EQ(scenario.sort, Sort::conformance);
  EXPECT_EQ(scenario.level, Level::must);
  EXPECT_THAT(scenario.tls, ElementsAre(TlsVersion::tls12, TlsVersion::tls13));
  ASSERT_EQ(scenario.sites.size(), 1u);
  EXPECT_EQ(scenario.sites[0].name, "main");
  EXPECT_THAT(scenario.sites[0].names, ElementsAre("gateway.test"));
  EXPECT_THAT(scenario.pki.credentials, IsEmpty());
  const auto& request = std::get<Request>(scenario.steps.at(0).stimulus);
  EXPECT_EQ(request.site, "main");
  EXPECT_EQ(request.present, "client");
  EXPECT_TRUE(request.send_sni);
  EXPECT_FALSE(request.sni);
  EXPECT_EQ(scenario.steps[0].title, "t");
}

TEST(Scenario, ReadsItsHead) {
  const Scenario scenario =
      one("{\n\"references\": [\"S0.12\", \"RFC 5280 6.1\"],\n\"title\": \"A title\",\n"
          R"("sort": "conformance", "level": "should", "controls": ["F3", "F12"],
      "requires": ["crl", "tls1.3"], "tls": ["1.3"], )" +
          a_step + "}");
  EXPECT_EQ(scenario.line, 3);
  EXPECT_EQ(scenario.title, "A title");
  EXPECT_EQ(scenario.level, Level::should);
  EXPECT_THAT(scenario.references, ElementsAre("S0.12", "RFC 5280 6.1"));
  EXPECT_THAT(scenario.controls, ElementsAre("F3", "F12"));
  EXPECT_THAT(scenario.requires_, ElementsAre("crl", "tls1.3"));
  EXPECT_THAT(scenario.tls, ElementsAre(TlsVersion::tls13));
}

TEST(Scenario, GivesClaimsItsLevelUnlessTheySayTheirs) {
  const Scenario scenario = with(R"("level": "should", "steps": [{"request": {}, "claims": [
      "refused", {"status": [400], "level": "may"}, {"refused": {}, "level": "must"}]}])");
  const auto& claims = scenario.steps[0].claims;
  EXPECT_EQ(claims[0].level, Level::should);
  EXPECT_EQ(claims[1].level, Level::may);
  EXPECT_EQ(claims[2].level, Level::must);
}

TEST(Scenario, ClaimsWhatADetectionStepPlanted) {
  const Scenario scenario = with(R"("sort": "detection", "level": "should", "gateway_refuses_to_start": true,
      "steps": [{"title": "no claim needed", "request": {}}, {"request": {}, "planted": "gateway-misconfigured"}])");
  EXPECT_TRUE(scenario.gateway_refuses_to_start);
  EXPECT_THAT(scenario.steps[0].claims, IsEmpty());
  ASSERT_EQ(scenario.steps[1].claims.size(), 1u);
  EXPECT_EQ(scenario.steps[1].claims[0].level, Level::must);
  EXPECT_EQ(std::get<Named>(scenario.steps[1].claims[0].statement).code, "gateway-misconfigured");
}

TEST(Scenario, AConformanceStepPlantsWithoutAClaim) {
  const Scenario scenario = with(R"("steps": [{"request": {"present": "client-expired"}, "claims": ["refused"],
                         "planted": "client-cert-expired", "planted_if_let_in": "client-auth-not-enforced"}])");
  EXPECT_EQ(scenario.steps[0].claims.size(), 1u);
  EXPECT_EQ(scenario.steps[0].planted, "client-cert-expired");
  EXPECT_EQ(scenario.steps[0].planted_if_let_in, "client-auth-not-enforced");
}

TEST(Pki, LikeCopiesAndTheRestOverrides) {
  const Scenario scenario = with(R"("pki": {"credentials": {
      "second": {"like": "first", "expect_verify": 0},
      "first": {"like": "client-expired", "key": "rsa2048", "not_after": "+10m", "key_usage": null,
                "extended_key_usage": ["clientAuth", "anyExtendedKeyUsage"], "chain": [], "distinct": "x"}}}, )" +
                                 a_step);
  const CredentialSpec& second = scenario.pki.credentials.at(0);
  const CredentialSpec& first = scenario.pki.credentials.at(1);
  EXPECT_EQ(first.certificate.name, "first");
  EXPECT_EQ(first.certificate.subject, "CN=client");
  EXPECT_EQ(first.certificate.issuer, "intermediate");
  EXPECT_EQ(first.certificate.key, KeyType::rsa2048);
  EXPECT_EQ(first.certificate.not_before, std::chrono::hours(-90 * 24));
  EXPECT_EQ(first.certificate.not_after, std::chrono::minutes(10));
  EXPECT_FALSE(first.certificate.key_usage);
  EXPECT_THAT(*first.certificate.extended_key_usage, ElementsAre(ExtendedKeyUsage::client_auth, ExtendedKeyUsage::any));
  EXPECT_THAT(*first.chain, IsEmpty());
  EXPECT_EQ(first.fault, "client-cert-expired");
  EXPECT_EQ(first.expect_verify, 10);
  EXPECT_EQ(second.certificate.name, "second");
  EXPECT_EQ(second.certificate.key, KeyType::rsa2048);
  EXPECT_EQ(second.certificate.distinct, "x");
  EXPECT_EQ(second.expect_verify, 0);
}

TEST(Pki, AnEntryLikeItsOwnNameDeviatesFromTheStandardOne) {
  const Scenario scenario =
      with(R"("pki": {"authorities": {"root": {"like": "root", "not_after": "-1h"}}}, )" + a_step);
  EXPECT_EQ(scenario.pki.authorities.at(0).subject, "CN=root");
  EXPECT_EQ(scenario.pki.authorities.at(0).not_after, std::chrono::hours(-1));
}

TEST(Pki, ReadsEveryField) {
  const Scenario scenario = with(R"("pki": {
    "authorities": {"ca": {"about": "about", "issuer": "root", "subject": "CN=ca", "sans": ["dns:a", "ip:127.0.0.1"],
      "signature": "sha384", "authority": false, "basic_constraints": false, "path_length": 3,
      "key_usage": ["keyCertSign"], "name_constraints": {"permitted": ["dns:a.test"], "excluded": ["dir:O=b"]},
      "unknown_critical_extension": true, "version": 1}},
    "credentials": {"c": {"subject": "CN=c", "issuer": "ca", "chain": ["ca", "intermediate"], "forged_proof": true,
      "key_of": "client", "pkcs12_passphrase": "p"}, "self": {"subject": "CN=self", "issuer": ""}},
    "crls": {"l": {"like": "root-crl", "about": "b", "authority": "ca", "revoked": ["c", "ca"], "this_update": "-2d",
      "next_update": "-1d", "signed_by": "other-root"}}}, )" +
                                 a_step);
  const CertificateSpec& ca = scenario.pki.authorities.at(0);
  EXPECT_EQ(ca.about, "about");
  EXPECT_EQ(ca.issuer, "root");
  EXPECT_THAT(ca.sans, ElementsAre("dns:a", "ip:127.0.0.1"));
  EXPECT_EQ(ca.signature, SignatureHash::sha384);
  EXPECT_FALSE(ca.authority);
  EXPECT_FALSE(ca.basic_constraints);
  EXPECT_EQ(ca.path_length, 3);
  EXPECT_THAT(*ca.key_usage, ElementsAre(KeyUsage::key_cert_sign));
  EXPECT_FALSE(ca.extended_key_usage);
  EXPECT_THAT(ca.name_constraints.permitted, ElementsAre("dns:a.test"));
  EXPECT_THAT(ca.name_constraints.excluded, ElementsAre("dir:O=b"));
  EXPECT_TRUE(ca.unknown_critical_extension);
  EXPECT_EQ(ca.version, 1);
  const CredentialSpec& credential = scenario.pki.credentials.at(0);
  EXPECT_THAT(*credential.chain, ElementsAre("ca", "intermediate"));
  EXPECT_TRUE(credential.forged_proof);
  EXPECT_EQ(credential.key_of, "client");
  EXPECT_EQ(credential.pkcs12_passphrase, "p");
  EXPECT_THAT(*credential.certificate.key_usage, ElementsAre(KeyUsage::digital_signature));
  EXPECT_THAT(*credential.certificate.extended_key_usage, ElementsAre(ExtendedKeyUsage::client_auth));
  EXPECT_EQ(scenario.pki.credentials.at(1).certificate.issuer, "");
  const CrlSpec& list = scenario.pki.crls.at(0);
  EXPECT_EQ(list.authority, "ca");
  EXPECT_THAT(list.revoked, ElementsAre("c", "ca"));
  EXPECT_EQ(list.this_update, std::chrono::hours(-48));
  EXPECT_EQ(list.next_update, std::chrono::hours(-24));
  EXPECT_EQ(list.signed_by, "other-root");
}

TEST(Sites, KeepTheirOrderAndTheFirstIsTheDefault) {
  const Scenario scenario =
      with(R"("sites": {"zebra": {"like": "ape"}, "ape": {"like": "mutual", "depth": 4}}, )" + a_step);
  ASSERT_EQ(scenario.sites.size(), 2u);
  EXPECT_EQ(scenario.sites[0].name, "zebra");
  EXPECT_EQ(scenario.sites[0].depth, 4);
  EXPECT_EQ(scenario.sites[1].name, "ape");
  EXPECT_EQ(std::get<Request>(scenario.steps[0].stimulus).site, "zebra");
}

TEST(Sites, KeysOverrideThoseOfLike) {
  const Scenario scenario = with(R"("sites": {"main": {"like": "upstream-mutual", "listener": "l",
      "reject_unknown_names": true, "client_auth": "optional_no_ca", "crls": ["root-crl"],
      "ocsp": {"responder": "silent", "crls": ["root-crl"]}, "versions": {"max": "1.2"}, "resumption": true,
      "identity": "strip", "extra": "unknown-variable", "leg": {"credential": "", "send_sni": false, "depth": 7},
      "upstream": {"like": "mutual", "strict_sni": true, "behaviour": "slow", "kind": "nginx"},
      "control": {"present": "gateway", "upstream": "plain"}}}, )" +
                                 a_step);
  const SiteSpec& site = scenario.sites.at(0);
  EXPECT_EQ(site.listener, "l");
  EXPECT_TRUE(site.reject_unknown_names);
  EXPECT_EQ(site.client_auth, ClientAuth::optional_no_ca);
  EXPECT_THAT(site.crls, ElementsAre("root-crl"));
  EXPECT_EQ(site.ocsp->responder, Responder::silent);
  EXPECT_EQ(site.versions, (TlsRange{TlsVersion::tls12, TlsVersion::tls12}));
  EXPECT_TRUE(site.resumption);
  EXPECT_EQ(site.identity, IdentityHeader::strip);
  EXPECT_EQ(site.extra, "unknown-variable");
  EXPECT_TRUE(site.leg.tls);
  EXPECT_TRUE(site.leg.verify);
  EXPECT_EQ(site.leg.credential, "");
  EXPECT_FALSE(site.leg.send_sni);
  EXPECT_EQ(site.leg.depth, 7);
  EXPECT_EQ(site.leg.name, "upstream.test");
  EXPECT_EQ(site.upstream.credential, "upstream");
  EXPECT_EQ(site.upstream.client_auth, ClientAuth::required);
  EXPECT_TRUE(site.upstream.strict_sni);
  EXPECT_EQ(site.upstream.behaviour, Behaviour::slow);
  EXPECT_EQ(site.upstream.kind, UpstreamKind::nginx);
  EXPECT_TRUE(site.control.wanted);
  EXPECT_EQ(site.control.present, "gateway");
  EXPECT_FALSE(site.control.upstream->tls);
}

TEST(Sites, AnUpstreamWithoutLikeDeviatesFromTheSitesOwn) {
  const Scenario scenario =
      with(R"("sites": {"main": {"like": "upstream-mutual", "upstream": {"credential": "gateway"}}}, )" + a_step);
  EXPECT_TRUE(scenario.sites.at(0).upstream.tls);
  EXPECT_EQ(scenario.sites.at(0).upstream.credential, "gateway");
}

TEST(Request, ReadsEveryField) {
  const Scenario scenario = with(R"("sites": {"a": {"like": "mutual"}, "b": {"like": "mutual"}},
      "steps": [{"title": "first", "request": {}, "claims": ["refused"]},
        {"request": {"site": "b", "present": "", "sni": "x.test", "host": "h.test", "path": "/p?q", "curl": true,
          "headers": [["X-A", "1"], ["X-A", ""]], "trust": ["other-root"], "crls": ["root-crl"], "alpn": ["h2"],
          "resume_step": 0, "plaintext": true, "verify_server": false, "timeout": "250ms"}, "claims": ["refused"]},
        {"request": {"sni": null}, "claims": ["refused"]}])");
  EXPECT_EQ(scenario.steps[0].title, "first");
  const auto& request = std::get<Request>(scenario.steps[1].stimulus);
  EXPECT_EQ(request.site, "b");
  EXPECT_EQ(request.present, "");
  EXPECT_EQ(request.sni, "x.test");
  EXPECT_EQ(request.host, "h.test");
  EXPECT_EQ(request.path, "/p?q");
  EXPECT_THAT(request.headers, ElementsAre(Pair("X-A", "1"), Pair("X-A", "")));
  EXPECT_THAT(request.trust, ElementsAre("other-root"));
  EXPECT_THAT(request.crls, ElementsAre("root-crl"));
  EXPECT_THAT(request.alpn, ElementsAre("h2"));
  EXPECT_EQ(request.resume_step, 0);
  EXPECT_TRUE(request.plaintext);
  EXPECT_FALSE(request.verify_server);
  EXPECT_TRUE(request.curl);
  EXPECT_EQ(request.timeout, std::chrono::milliseconds(250));
  const auto& last = std::get<Request>(scenario.steps[2].stimulus);
  EXPECT_FALSE(last.send_sni);
  EXPECT_EQ(last.site, "a");
}

TEST(Examine, ReadsEveryFieldAndItsClaims) {
  const Scenario scenario = with(R"("tls": [], "steps": [{"examine": {"credential": "client", "trust": ["other-root"],
      "crls": ["root-crl"], "pkcs12": true}, "claims": [{"material_verifies": 20}, "material_pkcs12_opens",
      {"material_usage": {"has": ["clientAuth"], "lacks": ["serverAuth", "1.2.3.4"]}}, {"material_listed": false},
      {"material_crl_complete": true}]}])");
  EXPECT_THAT(scenario.tls, IsEmpty());
  const auto& examine = std::get<Examine>(scenario.steps[0].stimulus);
  EXPECT_EQ(examine.credential, "client");
  EXPECT_THAT(examine.trust, ElementsAre("other-root"));
  EXPECT_TRUE(examine.pkcs12);
  const auto& claims = scenario.steps[0].claims;
  EXPECT_EQ(std::get<MaterialVerifies>(claims[0].statement).code, 20);
  EXPECT_TRUE(std::holds_alternative<MaterialPkcs12Opens>(claims[1].statement));
  EXPECT_THAT(std::get<MaterialUsage>(claims[2].statement).lacks, ElementsAre("serverAuth", "1.2.3.4"));
  EXPECT_FALSE(std::get<MaterialListed>(claims[3].statement).listed);
  EXPECT_TRUE(std::get<MaterialCrlComplete>(claims[4].statement).complete);
}

TEST(Claims, ReadEveryWord) {
  const Scenario scenario = with(R"("steps": [{"request": {"curl": true}, "claims": ["admitted", "refused",
      {"server_rejected": {}}, {"server_rejected": {"verify": 10}}, "server_verifies", {"status": [400, 421]},
      {"alert": [45]}, {"certificate_requested": false}, {"issuers_name": "root"}, {"resumed": true},
      {"upstream_reached": false}, "upstream_refused", {"upstream_saw_client": "gateway"}, {"upstream_saw_client": ""},
      {"upstream_sni": "upstream.test"}, {"upstream_sni": null}, {"upstream_header": {"name": "X", "is": "y"}},
      {"upstream_header": {"name": "X", "present": false}}, {"log_says": "client.*expired"},
      {"timeline_shows": ["ClientHello", "CertificateRequest"]}, {"curl_exit": [35, 56]}, {"named": "healthy"}]}])");
  const auto& claims = scenario.steps[0].claims;
  ASSERT_EQ(claims.size(), 22u);
  EXPECT_FALSE(std::get<ServerRejected>(claims[2].statement).verify);
  EXPECT_EQ(std::get<ServerRejected>(claims[3].statement).verify, 10);
  EXPECT_THAT(std::get<StatusIs>(claims[5].statement).any_of, ElementsAre(400, 421));
  EXPECT_THAT(std::get<AlertIs>(claims[6].statement).any_of, ElementsAre(45));
  EXPECT_FALSE(std::get<CertificateRequested>(claims[7].statement).requested);
  EXPECT_EQ(std::get<IssuersName>(claims[8].statement).authority, "root");
  EXPECT_TRUE(std::get<Resumed>(claims[9].statement).resumed);
  EXPECT_FALSE(std::get<UpstreamReached>(claims[10].statement).reached);
  EXPECT_TRUE(std::holds_alternative<UpstreamRefused>(claims[11].statement));
  EXPECT_EQ(std::get<UpstreamSawClient>(claims[12].statement).credential, "gateway");
  EXPECT_EQ(std::get<UpstreamSawClient>(claims[13].statement).credential, "");
  EXPECT_EQ(std::get<UpstreamSni>(claims[14].statement).name, "upstream.test");
  EXPECT_FALSE(std::get<UpstreamSni>(claims[15].statement).name);
  EXPECT_EQ(std::get<UpstreamHeader>(claims[16].statement).is, "y");
  EXPECT_EQ(std::get<UpstreamHeader>(claims[17].statement).present, false);
  EXPECT_EQ(std::get<LogSays>(claims[18].statement).pattern, "client.*expired");
  EXPECT_THAT(std::get<TimelineShows>(claims[19].statement).details, ElementsAre("ClientHello", "CertificateRequest"));
  EXPECT_THAT(std::get<CurlExit>(claims[20].statement).any_of, ElementsAre(35, 56));
  EXPECT_EQ(std::get<Named>(claims[21].statement).code, "healthy");
}

TEST(Variants, AreExpandedInEveryString) {
  const auto scenarios = all(R"({"title": "with ${key} and ${who}, ${key}", "references": ["r"],
      "variants": {"who": ["client", "gateway"], "key": ["rsa2048", "p256"]},
      "pki": {"credentials": {"c": {"like": "${who}", "key": "${key}"}}},
      "steps": [{"request": {"present": "c", "headers": [["X", "${who}"]]}, "claims": ["admitted"]}]})");
  ASSERT_EQ(scenarios.size(), 4u);
  EXPECT_THAT(scenarios[0].variant, ElementsAre(Pair("key", "rsa2048"), Pair("who", "client")));
  EXPECT_THAT(scenarios[1].variant, ElementsAre(Pair("key", "rsa2048"), Pair("who", "gateway")));
  EXPECT_THAT(scenarios[3].variant, ElementsAre(Pair("key", "p256"), Pair("who", "gateway")));
  EXPECT_EQ(scenarios[1].title, "with rsa2048 and gateway, rsa2048");
  EXPECT_EQ(scenarios[1].pki.credentials.at(0).certificate.key, KeyType::rsa2048);
  EXPECT_EQ(scenarios[3].pki.credentials.at(0).certificate.subject, "CN=gateway");
  EXPECT_EQ(std::get<Request>(scenarios[3].steps[0].stimulus).headers[0].second, "gateway");
  EXPECT_EQ(scenarios[3].id, "topic/name");
  EXPECT_EQ(scenarios[3].variants.at("key").size(), 2u);
}

}  // namespace
}  // namespace mtls::catalog
