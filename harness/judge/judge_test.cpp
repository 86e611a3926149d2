// Admission, refusal, what silence leaves open, and the other claims about what the client saw.
#include "harness/judge/judge.h"

#include <gmock/gmock.h>

#include "harness/judge/sightings.h"

namespace mtls::judge {
namespace {

using testing::HasSubstr;

TEST(Admitted, is_a_2xx_whose_nonce_arrived) {
  EXPECT_TRUE(holds(Admitted{}, answered(204, 200)));
  EXPECT_FALSE(holds(Admitted{}, answered(200)));
  EXPECT_FALSE(holds(Admitted{}, answered(502, 200)));
  EXPECT_FALSE(holds(Admitted{}, alerted(45)));
  auto unwatched = answered(200);
  unwatched.upstream.watched = false;
  EXPECT_TRUE(holds(Admitted{}, unwatched));
}

TEST(Refused, is_an_answer_and_nothing_at_the_upstream) {
  const auto by_status = ask(Refused{}, answered(400));
  EXPECT_TRUE(by_status.finding.held);
  EXPECT_EQ(by_status.finding.observed, "HTTP 400; the upstream saw 0 requests with this nonce");
  const auto by_alert = ask(Refused{}, alerted(45));
  EXPECT_TRUE(by_alert.finding.held);
  EXPECT_THAT(by_alert.finding.observed, HasSubstr("alert certificate_expired(45) after the handshake"));
  auto closed = silent();
  closed.client.timed_out = false;
  closed.client.closed = Closed::abrupt;
  EXPECT_TRUE(holds(Refused{}, closed));
}

TEST(Refused, does_not_hold_where_the_request_was_taken_up) {
  EXPECT_FALSE(holds(Refused{}, answered(200, 200)));
  EXPECT_FALSE(holds(Refused{}, answered(200)));
  EXPECT_FALSE(holds(Refused{}, answered(403, 200)));
  auto alert = alerted(45);
  alert.upstream = answered(200, 200).upstream;
  EXPECT_FALSE(holds(Refused{}, alert));
  auto hidden = answered(400);
  hidden.upstream.reached = true;
  EXPECT_FALSE(holds(Refused{}, hidden));
}

TEST(Refused, holds_where_the_upstream_itself_refused) {
  EXPECT_TRUE(holds(Refused{}, answered(400, 400)));
}

TEST(Refused, another_trial_at_the_upstream_does_not_count) {
  auto seen = answered(400, 200);
  seen.upstream.reached = false;
  seen.upstream.requests[0].nonce = "n-2";
  EXPECT_TRUE(holds(Refused{}, seen));
}

TEST(Refused, is_not_met_by_a_client_that_broke_off) {
  const auto judged = ask(Refused{}, broken_off(10));
  EXPECT_FALSE(judged.finding.held);
  EXPECT_EQ(judged.undecided, "");
  EXPECT_THAT(judged.finding.observed, HasSubstr("the client broke off: server certificate does not verify, 10"));
  EXPECT_FALSE(holds(Admitted{}, broken_off(10)));
}

TEST(Silence, decides_neither_admission_nor_refusal) {
  for (const Statement& statement :
       std::vector<Statement>{Admitted{}, Refused{}, StatusIs{{400}}, AlertIs{{45}}, UpstreamReached{false},
                              Resumed{false}, ServerVerifies{}, CertificateRequested{false}}) {
    auto seen = silent();
    seen.client.handshake = HandshakeView{};
    const auto judged = ask(statement, seen);
    EXPECT_FALSE(judged.finding.held) << judged.finding.claim;
    EXPECT_THAT(judged.undecided, HasSubstr("no answer came before the deadline")) << judged.finding.claim;
  }
}

TEST(Silence, no_connection_and_a_dead_gateway_decide_nothing) {
  Observation refused;
  refused.client.connect_error = "refused";
  EXPECT_EQ(ask(Refused{}, refused).undecided, "no connection was made: refused");
  auto dead = answered(400);
  dead.gateway.alive = false;
  EXPECT_THAT(ask(Refused{}, dead).undecided, HasSubstr("no longer lived"));
}

TEST(Silence, what_arrived_upstream_was_not_refused) {
  auto seen = silent();
  seen.upstream = answered(200, 200).upstream;
  const auto judged = ask(Refused{}, seen);
  EXPECT_FALSE(judged.finding.held);
  EXPECT_EQ(judged.undecided, "");
}

TEST(Silence, does_not_keep_the_diagnosis_and_the_log_from_being_judged) {
  Observation down;
  down.client.connect_error = "refused";
  down.gateway.alive = false;
  down.gateway.log_available = true;
  down.gateway.log = {"[emerg] cannot load certificate"};
  EXPECT_TRUE(holds(LogSays{"emerg.*load"}, down));
  Diagnosis named;
  named.code = "gateway-misconfigured";
  const auto judged = ask(Named{"gateway-misconfigured"}, down, {named});
  EXPECT_TRUE(judged.finding.held);
  EXPECT_EQ(judged.undecided, "");
}

TEST(Silence, a_may_claim_leaves_nothing_open) {
  const auto verdict = judge({Claim{Level::may, AlertIs{{45}}}}, silent(), {}, {});
  EXPECT_EQ(verdict.undecided, "");
  EXPECT_FALSE(verdict.findings.at(0).held);
}

TEST(ServerRejected, needs_an_alert_of_the_client_and_a_verify_error) {
  EXPECT_TRUE(holds(ServerRejected{}, broken_off(10)));
  EXPECT_TRUE(holds(ServerRejected{10}, broken_off(10)));
  EXPECT_FALSE(holds(ServerRejected{20}, broken_off(10)));
  EXPECT_FALSE(holds(ServerRejected{}, answered(200, 200)));
  EXPECT_FALSE(holds(ServerRejected{}, alerted(45)));
  EXPECT_TRUE(holds(ServerVerifies{}, answered(200, 200)));
  EXPECT_FALSE(holds(ServerVerifies{}, broken_off(10)));
}

TEST(Client, status_and_alert) {
  EXPECT_TRUE(holds(StatusIs{{400, 421}}, answered(421)));
  EXPECT_FALSE(holds(StatusIs{{400, 421}}, answered(200, 200)));
  EXPECT_TRUE(holds(AlertIs{{42, 45}}, alerted(45)));
  const auto other = ask(AlertIs{{42, 45}}, answered(400));
  EXPECT_FALSE(other.finding.held);
  EXPECT_EQ(other.finding.expected, "alert bad_certificate(42) or certificate_expired(45)");
  EXPECT_EQ(other.finding.observed, "no alert: HTTP 400");
}

TEST(Client, certificate_request_and_issuers) {
  auto seen = answered(200, 200);
  EXPECT_TRUE(holds(CertificateRequested{false}, seen));
  EXPECT_FALSE(holds(CertificateRequested{true}, seen));
  seen.client.handshake.client_certificate_requested = true;
  seen.client.handshake.acceptable_issuers = {"CN=other", "CN=root"};
  EXPECT_TRUE(holds(CertificateRequested{true}, seen));
  EXPECT_FALSE(holds(CertificateRequested{false}, seen));
  EXPECT_TRUE(holds(IssuersName{"root"}, seen));
  EXPECT_FALSE(holds(IssuersName{"gateway"}, seen));
  EXPECT_THAT(ask(IssuersName{"nobody"}, seen).undecided, HasSubstr("no authority nobody"));
}

TEST(Client, a_broken_handshake_does_not_show_that_nothing_was_requested) {
  EXPECT_FALSE(holds(CertificateRequested{false}, alerted(70, AlertPhase::handshake)));
}

TEST(Client, resumption) {
  auto seen = answered(200, 200);
  EXPECT_TRUE(holds(Resumed{false}, seen));
  EXPECT_FALSE(holds(Resumed{true}, seen));
  seen.client.handshake.resumed = true;
  EXPECT_TRUE(holds(Resumed{true}, seen));
  EXPECT_FALSE(holds(Resumed{false}, seen));
}

TEST(Client, timeline_is_a_subsequence_of_whole_words) {
  auto seen = answered(200, 200);
  seen.client.timeline = {{1, "client", "handshake", "ClientHello"},
                          {2, "gateway", "handshake", "CertificateRequest"},
                          {3, "gateway", "alert", "fatal certificate_expired(45)"}};
  EXPECT_TRUE(holds(TimelineShows{{"ClientHello", "CertificateRequest"}}, seen));
  EXPECT_TRUE(holds(TimelineShows{{"ClientHello", "certificate_expired"}}, seen));
  EXPECT_FALSE(holds(TimelineShows{{"CertificateRequest", "ClientHello"}}, seen));
  EXPECT_FALSE(holds(TimelineShows{{"ClientHello", "Certificate"}}, seen));
}

TEST(Client, curl) {
  auto seen = answered(200, 200);
  EXPECT_THAT(ask(CurlExit{{35}}, seen).undecided, HasSubstr("curl was not asked"));
  seen.client.curl = CurlView{56, "recv failure", 0};
  EXPECT_TRUE(holds(CurlExit{{35, 56}}, seen));
  EXPECT_FALSE(holds(CurlExit{{0}}, seen));
}

TEST(Word, is_the_one_of_scenario_files) {
  EXPECT_EQ(word(Admitted{}), "admitted");
  EXPECT_EQ(word(StatusIs{}), "status");
  EXPECT_EQ(word(MaterialCrlComplete{}), "material_crl_complete");
}

}  // namespace
}  // namespace mtls::judge
