// Outcomes: who fails, who warns, what decides nothing, and which of them wins.
#include <gmock/gmock.h>

#include "harness/judge/judge.h"

namespace mtls::judge {
namespace {

using testing::HasSubstr;

Observation answer(int status, bool reached) {
  Observation seen;
  seen.client.connected = true;
  seen.client.http = HttpView{};
  seen.client.http->status = status;
  seen.upstream.watched = true;
  seen.upstream.reached = reached;
  return seen;
}

Observation silent() {
  Observation seen;
  seen.client.connected = true;
  seen.client.timed_out = true;
  seen.upstream.watched = true;
  return seen;
}

StepRecord step(const Observation& seen, const std::vector<Claim>& claims) {
  StepRecord record;
  record.title = "a step";
  record.observation = seen;
  record.verdict = judge(claims, seen, {}, {});
  return record;
}

CaseRecord with(std::vector<StepRecord> steps, bool control = true) {
  CaseRecord record;
  record.sort = "conformance";
  record.control = {ControlRecord{"main", "client", control, control ? "HTTP 200" : "HTTP 400"}};
  record.steps = std::move(steps);
  conclude(record);
  return record;
}

const Claim must_refuse{Level::must, Refused{}};
const Claim must_admit{Level::must, Admitted{}};
const Claim should_be_400{Level::should, StatusIs{{400}}};

TEST(Conclude, pass) {
  const auto record = with({step(answer(400, false), {must_refuse, should_be_400})});
  EXPECT_EQ(record.outcome, Outcome::pass) << record.reason;
  EXPECT_EQ(record.reason_code, "");
}

TEST(Conclude, an_unmet_must_fails_with_its_code) {
  const auto let_in = with({step(answer(200, true), {must_refuse})});
  EXPECT_EQ(let_in.outcome, Outcome::fail);
  EXPECT_EQ(let_in.reason_code, "unexpected-accept");
  EXPECT_THAT(let_in.reason, HasSubstr("expected: the request is refused"));
  EXPECT_THAT(let_in.reason, HasSubstr("observed: HTTP 200"));
  EXPECT_EQ(with({step(answer(400, false), {must_admit})}).reason_code, "unexpected-refusal");
  EXPECT_EQ(with({step(answer(200, false), {must_admit})}).reason_code, "wrong-upstream");
  EXPECT_EQ(with({step(answer(200, true), {{Level::must, Named{"x"}}})}).reason_code, "wrong-cause");
  EXPECT_EQ(with({step(answer(200, true), {{Level::must, ServerRejected{}}})}).reason_code, "server-not-rejected");
}

TEST(Conclude, an_unmet_should_warns_and_a_may_is_only_shown) {
  const auto warned = with({step(answer(403, false), {must_refuse, should_be_400})});
  EXPECT_EQ(warned.outcome, Outcome::warn);
  EXPECT_EQ(warned.reason_code, "wrong-status");
  const auto shown = with({step(answer(403, false), {must_refuse, {Level::may, StatusIs{{400}}}})});
  EXPECT_EQ(shown.outcome, Outcome::pass);
  EXPECT_FALSE(shown.steps[0].verdict.findings[1].held);
}

TEST(Conclude, the_scenarios_level_caps_its_claims) {
  auto record = with({step(answer(200, true), {must_refuse})});
  record.level = Level::should;
  conclude(record);
  EXPECT_EQ(record.outcome, Outcome::warn);
  record.level = Level::may;
  conclude(record);
  EXPECT_EQ(record.outcome, Outcome::pass);
}

TEST(Conclude, silence_is_an_error) {
  const auto record = with({step(silent(), {must_refuse})});
  EXPECT_EQ(record.outcome, Outcome::error);
  EXPECT_EQ(record.reason_code, "undecided");
  EXPECT_THAT(record.reason, HasSubstr("no answer came"));
}

TEST(Conclude, silence_outranks_failure_but_not_a_wrong_admission) {
  const auto other = with({step(answer(400, false), {must_admit}), step(silent(), {must_refuse})});
  EXPECT_EQ(other.outcome, Outcome::error);
  EXPECT_THAT(other.reason, HasSubstr("step 2 (a step): "));
  const auto let_in = with({step(silent(), {must_admit}), step(answer(200, true), {must_refuse})});
  EXPECT_EQ(let_in.outcome, Outcome::fail);
  EXPECT_EQ(let_in.reason_code, "unexpected-accept");
}

TEST(Conclude, a_refusal_without_its_control_proves_nothing) {
  const auto record = with({step(answer(400, false), {must_refuse})}, false);
  EXPECT_EQ(record.outcome, Outcome::error);
  EXPECT_EQ(record.reason_code, "control-failed");
  EXPECT_THAT(record.reason, HasSubstr("HTTP 400"));
  auto none = with({step(answer(400, false), {must_refuse})});
  none.control.clear();
  conclude(none);
  EXPECT_EQ(none.outcome, Outcome::error);
  none.sort = "detection";
  conclude(none);
  EXPECT_EQ(none.outcome, Outcome::pass);
}

TEST(Conclude, what_may_be_refused_proves_nothing_either_without_its_control) {
  const Claim may_admit{Level::may, Admitted{}};
  EXPECT_EQ(with({step(answer(400, false), {may_admit})}).outcome, Outcome::pass);
  const auto record = with({step(answer(400, false), {may_admit})}, false);
  EXPECT_EQ(record.outcome, Outcome::error);
  EXPECT_EQ(record.reason_code, "control-failed");
}

TEST(Conclude, an_admission_in_the_same_case_is_a_control) {
  auto record = with({step(answer(200, true), {must_admit}), step(answer(400, false), {must_refuse})});
  record.control.clear();
  conclude(record);
  EXPECT_EQ(record.outcome, Outcome::pass);
}

TEST(Conclude, a_failed_control_does_not_excuse_a_wrong_admission) {
  EXPECT_EQ(with({step(answer(200, true), {must_refuse})}, false).outcome, Outcome::fail);
}

TEST(Conclude, nothing_judged_is_an_error) {
  EXPECT_EQ(with({}).reason_code, "nothing-judged");
  EXPECT_EQ(with({step(answer(200, true), {})}).outcome, Outcome::error);
}

TEST(Conclude, leaves_what_the_engine_settled) {
  for (const auto outcome : {Outcome::skip, Outcome::unsupported, Outcome::known}) {
    CaseRecord record;
    record.outcome = outcome;
    record.reason = "as given";
    conclude(record);
    EXPECT_EQ(record.outcome, outcome);
    EXPECT_EQ(record.reason, "as given");
  }
}

}  // namespace
}  // namespace mtls::judge
