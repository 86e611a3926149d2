// Claims about upstream, log, diagnosis and material, held and not held.
#include <gmock/gmock.h>

#include "harness/judge/sightings.h"

namespace mtls::judge {
namespace {

using testing::HasSubstr;

TEST(Upstream, reached) {
  EXPECT_TRUE(holds(UpstreamReached{true}, answered(200, 200)));
  EXPECT_FALSE(holds(UpstreamReached{false}, answered(200, 200)));
  EXPECT_TRUE(holds(UpstreamReached{false}, answered(400)));
  auto unwatched = answered(400);
  unwatched.upstream.watched = false;
  EXPECT_EQ(ask(UpstreamReached{false}, unwatched).undecided, "no upstream was watched");
}

Observation with_handshake(const UpstreamHandshake& handshake) {
  auto seen = answered(502);
  seen.upstream.tls = true;
  seen.upstream.handshakes = {handshake};
  return seen;
}

TEST(Upstream, refused) {
  UpstreamHandshake handshake;
  handshake.alert_sent = Alert{48, "unknown_ca", true, AlertPhase::handshake};
  const auto judged = ask(UpstreamRefused{}, with_handshake(handshake));
  EXPECT_TRUE(judged.finding.held);
  EXPECT_EQ(judged.finding.observed, "the upstream sent unknown_ca(48)");
  handshake.completed = true;
  EXPECT_FALSE(holds(UpstreamRefused{}, with_handshake(handshake)));
  EXPECT_TRUE(holds(UpstreamRefused{}, answered(400, 400)));
  EXPECT_FALSE(holds(UpstreamRefused{}, answered(200, 200)));
}

TEST(Upstream, saw_client) {
  UpstreamHandshake handshake;
  handshake.completed = true;
  EXPECT_TRUE(holds(UpstreamSawClient{""}, with_handshake(handshake)));
  EXPECT_FALSE(holds(UpstreamSawClient{"gateway"}, with_handshake(handshake)));
  handshake.client_sha256 = "aa11";
  handshake.client_subject = "CN=gateway";
  EXPECT_TRUE(holds(UpstreamSawClient{"gateway"}, with_handshake(handshake)));
  EXPECT_FALSE(holds(UpstreamSawClient{""}, with_handshake(handshake)));
  handshake.client_sha256 = "bb22";
  EXPECT_FALSE(holds(UpstreamSawClient{"gateway"}, with_handshake(handshake)));
  EXPECT_FALSE(holds(UpstreamSawClient{""}, answered(502)));
  auto nginx = answered(200, 200);
  nginx.upstream.requests[0].client_subject = "CN=gateway";
  EXPECT_TRUE(holds(UpstreamSawClient{"gateway"}, nginx));
}

TEST(Upstream, sni) {
  UpstreamHandshake handshake;
  EXPECT_TRUE(holds(UpstreamSni{std::nullopt}, with_handshake(handshake)));
  EXPECT_FALSE(holds(UpstreamSni{"upstream.test"}, with_handshake(handshake)));
  handshake.sni = "upstream.test";
  EXPECT_TRUE(holds(UpstreamSni{"upstream.test"}, with_handshake(handshake)));
  EXPECT_FALSE(holds(UpstreamSni{std::nullopt}, with_handshake(handshake)));
  EXPECT_FALSE(holds(UpstreamSni{std::nullopt}, answered(502)));
}

TEST(Upstream, header) {
  auto seen = answered(200, 200);
  const auto claim = [](std::optional<std::string> is, std::optional<std::string> contains,
                        std::optional<bool> present) {
    return UpstreamHeader{"X-Client-DN", std::move(is), std::move(contains), present};
  };
  EXPECT_TRUE(holds(claim({}, {}, false), seen));
  EXPECT_FALSE(holds(claim("CN=client", {}, {}), seen));
  seen.upstream.requests[0].headers = {{"x-client-dn", "CN=client"}};
  EXPECT_TRUE(holds(claim("CN=client", {}, {}), seen));
  EXPECT_TRUE(holds(claim({}, "client", {}), seen));
  EXPECT_TRUE(holds(claim({}, {}, true), seen));
  EXPECT_FALSE(holds(claim({}, {}, false), seen));
  seen.upstream.requests[0].headers.emplace_back("X-Client-DN", "CN=admin");
  EXPECT_FALSE(holds(claim("CN=client", {}, {}), seen)) << "a forged value beside the right one";
  EXPECT_FALSE(holds(claim({}, "client", {}), seen)) << "the same, where a part of it is asked for";
  EXPECT_FALSE(holds(claim({}, {}, false), answered(400))) << "no request, no header: proves nothing";
}

TEST(Records, log_and_diagnosis) {
  auto seen = answered(400);
  EXPECT_THAT(ask(LogSays{"x"}, seen).undecided, HasSubstr("log is not available"));
  seen.gateway.log_available = true;
  seen.gateway.log = {"a", "client SSL certificate verify error: (10:certificate has expired)"};
  EXPECT_TRUE(holds(LogSays{"\\(10:"}, seen));
  EXPECT_FALSE(holds(LogSays{"\\(20:"}, seen));
  EXPECT_THAT(ask(LogSays{"("}, seen).undecided, HasSubstr("not a pattern"));
  Diagnosis first, second;
  first.code = "client-cert-expired";
  second.code = "client-ca-expired";
  EXPECT_TRUE(ask(Named{"client-cert-expired"}, seen, {first, second}).finding.held);
  const auto wrong = ask(Named{"client-ca-expired"}, seen, {first, second});
  EXPECT_FALSE(wrong.finding.held);
  EXPECT_THAT(wrong.finding.observed, HasSubstr("client-cert-expired (0.00), client-ca-expired"));
  EXPECT_FALSE(ask(Named{"client-ca-expired"}, seen).finding.held);
}

TEST(Material, every_claim) {
  EXPECT_THAT(ask(MaterialVerifies{}, answered(200)).undecided, HasSubstr("no material"));
  Observation seen;
  seen.material = MaterialView{};
  auto& material = *seen.material;
  EXPECT_FALSE(holds(MaterialVerifies{}, seen));
  material.credential.verify = VerifyResult{10, "certificate has expired", 0, {10}};
  EXPECT_TRUE(holds(MaterialVerifies{10}, seen));
  EXPECT_FALSE(holds(MaterialVerifies{0}, seen));
  material.credential.leaf.has_extended_key_usage = true;
  material.credential.leaf.extended_key_usage = {"clientAuth"};
  EXPECT_TRUE(holds(MaterialUsage{{"clientAuth"}, {"serverAuth"}}, seen));
  EXPECT_FALSE(holds(MaterialUsage{{"serverAuth"}, {}}, seen));
  EXPECT_FALSE(holds(MaterialUsage{{}, {"clientAuth"}}, seen));
  EXPECT_FALSE(holds(MaterialPkcs12Opens{}, seen));
  material.pkcs12_opens = true;
  EXPECT_TRUE(holds(MaterialPkcs12Opens{}, seen));
  EXPECT_FALSE(holds(MaterialListed{false}, seen)) << "no list, nothing said";
  material.crls = {CrlView{"CN=root", 0, 0, {}}};
  EXPECT_TRUE(holds(MaterialListed{false}, seen));
  EXPECT_FALSE(holds(MaterialListed{true}, seen));
  EXPECT_TRUE(holds(MaterialCrlComplete{false}, seen));
  material.crl_for_every_authority = true;
  EXPECT_TRUE(holds(MaterialCrlComplete{true}, seen));
}

}  // namespace
}  // namespace mtls::judge
