// The parts of an examination: contrasts between probes, the upstream's leg, and the tail of a log.
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/base/files.h"
#include "harness/base/time.h"
#include "harness/catalog/catalog.h"
#include "harness/run/examine_conclude.h"
#include "harness/run/examine_log.h"
#include "harness/run/examine_resolve.h"
#include "harness/run/examine_upstream.h"
#include "harness/run/sample_observations.h"

namespace mtls::run {
namespace {

const diagnose::Rules& delivered() {
  static const diagnose::Rules compiled = [] {
    const auto book = catalog::read_rules(std::filesystem::path(MTLSCHECK_SOURCE_DIR) / "fixtures/diagnoses");
    return diagnose::Rules::compile(book.value()).value();
  }();
  return compiled;
}

// As somebody outside sees it: no upstream is watched.
Observation outside(Observation observation) {
  observation.upstream = {};
  observation.gateway = {};
  return observation;
}

Observation answered(int status) {
  Observation observation = outside(sample::healthy());
  observation.client.http->status = status;
  return observation;
}

Observation refused_bare() {
  Observation observation = answered(400);
  sample::without_certificate(observation);
  observation.client.http->body = "400 No required SSL certificate was sent";
  return observation;
}

Examination concluded(std::vector<Probed> probed, AtHand at_hand = {}) {
  Examination examination;
  conclude(probed, at_hand, delivered(), examination);
  return examination;
}

std::string first_of(const Examination& examination) {
  return examination.diagnoses.empty() ? "" : examination.diagnoses.front().code;
}

TEST(Conclude, HealthyNeedsAdmissionAndARefusalWithoutACertificate) {
  const auto good = concluded({{Aim::bare, refused_bare()}, {Aim::credential, answered(200)}});
  EXPECT_TRUE(good.healthy && good.conclusive);
  EXPECT_EQ(first_of(good), "healthy");
  Observation open = answered(200);
  sample::without_certificate(open);
  const auto optional = concluded({{Aim::bare, open}, {Aim::credential, answered(200)}});
  EXPECT_FALSE(optional.healthy);
  EXPECT_EQ(first_of(optional), "client-auth-optional");
}

TEST(Conclude, AStrangerWhoIsLetInMakesItAnyIssuer) {
  const auto any =
      concluded({{Aim::bare, refused_bare()}, {Aim::credential, answered(200)}, {Aim::stranger, answered(200)}});
  EXPECT_EQ(first_of(any), "client-auth-any-issuer");
}

TEST(Conclude, ARequestThatGetsThroughToAnUpstreamThatDoesNotVerify) {
  Observation upstream = answered(200);
  sample::server_rejected(upstream, 10);
  AtHand at_hand;
  at_hand.upstream = at_hand.upstream_trust = true;
  const std::vector<Probed> probed{
      {Aim::bare, refused_bare()}, {Aim::credential, answered(200)}, {Aim::upstream, upstream}};
  EXPECT_EQ(first_of(concluded(probed, at_hand)), "upstream-verification-off");
  EXPECT_TRUE(concluded(probed).healthy) << "nobody said what the gateway should trust";
}

TEST(Conclude, ABadGatewayIsExplainedByWhatItsUpstreamShows) {
  Observation upstream = answered(200);
  sample::server_rejected(upstream, 10);
  const std::vector<Probed> probed{
      {Aim::bare, refused_bare()}, {Aim::credential, answered(502)}, {Aim::upstream, upstream}};
  const auto found = concluded(probed);
  EXPECT_EQ(first_of(found), "upstream-cert-expired");
  EXPECT_EQ(found.diagnoses.front().party, Party::upstream);
}

TEST(Conclude, ABadGatewayAloneAsksForTheUpstream) {
  const auto found = concluded({{Aim::bare, refused_bare()}, {Aim::credential, answered(502)}});
  EXPECT_FALSE(found.conclusive);
  EXPECT_THAT(found.decide_by, testing::HasSubstr("--upstream"));
}

TEST(UpstreamLeg, EveryWordIsACause) {
  for (const Cause& cause : delivered().book().causes) {
    const std::string there = on_the_upstream_leg(cause.code);
    EXPECT_TRUE(there.empty() || delivered().page(there)) << cause.code << " becomes " << there;
  }
  EXPECT_EQ(on_the_upstream_leg("client-cert-expired"), "upstream-client-cert-expired");
  EXPECT_EQ(on_the_upstream_leg("healthy"), "");
}

class Tail : public testing::Test {
 protected:
  void SetUp() override {
    auto made = TempDir::make();
    ASSERT_TRUE(made);
    folder_.emplace(std::move(*made));
    append("before\n");
  }
  std::filesystem::path log() const { return folder_->path() / "error.log"; }
  void append(const std::string& text) const { std::ofstream(log(), std::ios::app) << text; }
  std::optional<TempDir> folder_;
};

TEST_F(Tail, OnlyWhatIsNewAndOurs) {
  auto tail = LogTail::follow(log());
  ASSERT_TRUE(tail);
  append("refused, client: 127.0.0.2\nrefused, client: 127.0.0.9\n");
  EXPECT_THAT(tail->lines("127.0.0.2", true), testing::ElementsAre("refused, client: 127.0.0.2"));
  append("refused, client: 127.0.0.9\n");
  EXPECT_THAT(tail->lines("127.0.0.2", false), testing::IsEmpty());
  EXPECT_TRUE(tail->ever_grew());
  EXPECT_THAT(tail->last_lines(), testing::Contains("before"));
}

TEST_F(Tail, WhereNobodyIsNamedTheLinesMayBeOurs) {
  auto tail = LogTail::follow(log());
  ASSERT_TRUE(tail);
  append("a certificate was refused\n");
  EXPECT_THAT(tail->lines("127.0.0.2", true), testing::ElementsAre("a certificate was refused"));
}

TEST_F(Tail, ATruncatedLogIsReadFromItsBeginningAndControlCharactersAreMadeVisible) {
  append(std::string(500, 'x') + "\n");
  auto tail = LogTail::follow(log());
  ASSERT_TRUE(tail);
  std::ofstream(log(), std::ios::trunc) << "127.0.0.2 \x1b[31m\n";
  const auto lines = tail->lines("127.0.0.2", true);
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_THAT(lines.front(), testing::Not(testing::HasSubstr("\x1b")));
}

TEST_F(Tail, ASilentLogCostsItsPatienceOnce) {
  auto tail = LogTail::follow(log());
  ASSERT_TRUE(tail);
  const auto begun = Clock::now();
  for (int n = 0; n < 5; ++n) EXPECT_THAT(tail->lines("127.0.0.2", true), testing::IsEmpty());
  EXPECT_LT(Clock::now() - begun, std::chrono::seconds(3));
  EXPECT_FALSE(tail->ever_grew());
  EXPECT_FALSE(LogTail::follow(folder_->path()));
  EXPECT_FALSE(LogTail::follow(folder_->path() / "absent"));
}

TEST(Resolve, ANumberIsItselfAndNothingIsAnErrorInTime) {
  const auto numeric = resolve("127.0.0.1", 443, 4, std::chrono::seconds(5));
  ASSERT_TRUE(numeric);
  EXPECT_EQ(to_string(numeric->front()), "127.0.0.1:443");
  EXPECT_FALSE(resolve("no-such-host.invalid", 443, 4, std::chrono::seconds(5)));
}

}  // namespace
}  // namespace mtls::run
