// How rules and log lines are united into causes, best first.
#include "harness/diagnose/diagnose.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/diagnose/example_conditions.h"

namespace mtls::diagnose {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Cause page(const std::string& code, Party party) {
  Cause cause;
  cause.code = code;
  cause.party = party;
  cause.cause = code + " it is";
  return cause;
}

Rule rule(const std::string& id, const std::string& code, double confidence, std::vector<Condition> when,
          const std::string& evidence) {
  Rule made;
  made.id = id;
  made.code = code;
  made.confidence = confidence;
  made.when = std::move(when);
  made.evidence = evidence;
  return made;
}

LinePattern line(const std::string& producer, const std::string& side, const std::string& pattern,
                 std::vector<std::pair<std::string, double>> causes, const std::string& says) {
  LinePattern made;
  made.producer = producer;
  made.side = side;
  made.pattern = pattern;
  made.causes = std::move(causes);
  made.says = says;
  if (producer == "openssl") made.voice = Voice::library;
  return made;
}

Rules rules() {
  RuleBook book;
  book.causes = {page("client-cert-untrusted-issuer", Party::client),
                 page("client-cert-expired", Party::client),
                 page("client-ca-expired", Party::client),
                 page("gateway-crl-missing", Party::gateway),
                 page("upstream-cert-expired", Party::upstream),
                 page("healthy", Party::user)};
  book.rules = {
      rule("1", "client-cert-expired", 0.8, {is("client.leaf.expired", true)}, "valid until {client.leaf.not_after}"),
      rule("2", "client-cert-expired", 0.95, {is("client.leaf.expired", true), is("alert.number", std::int64_t{45})},
           "the alert fits"),
      rule("3", "client-ca-expired", 0.4, {is("alert.number", std::int64_t{45})}, ""),
      rule("4", "client-cert-untrusted-issuer", 0.4, {is("alert.number", std::int64_t{45})}, ""),
      rule("5", "gateway-crl-missing", 0.9, {is("gateway.verify.error", std::int64_t{3})}, "no list"),
      rule("6", "healthy", 0.9, {is("outcome.admitted", true)}, "it got through")};
  book.rules[4].unless = {is("client.chain.top_issuer_acceptable", false)};
  book.lines = {line("nginx", "gateway", R"(client SSL certificate verify error: \((?P<verify>3):)",
                     {{"gateway-crl-missing", 0.6}, {"client-cert-untrusted-issuer", 0.45}}, "crl-not-found"),
                line("nginx", "upstream", R"(upstream SSL certificate verify error: \((?P<verify>10):)",
                     {{"upstream-cert-expired", 0.95}}, "upstream-expired"),
                line("openssl", "gateway", "certificate has expired", {{"client-cert-expired", 0.7}}, "expired")};
  auto made = Rules::compile(book);
  EXPECT_TRUE(made) << to_string(made.error());
  return std::move(*made);
}

std::vector<std::string> codes(const std::vector<Diagnosis>& diagnoses) {
  std::vector<std::string> all;
  for (const Diagnosis& one : diagnoses) all.push_back(one.code);
  return all;
}

TEST(Diagnose, TheSurestStatementCountsAndEvidenceIsUnited) {
  const Facts facts{{"client.leaf.expired", true},
                    {"client.leaf.not_after", std::string("2026-11-20T00:00:00Z")},
                    {"alert.number", std::int64_t{45}}};
  const auto found = diagnose(facts, rules());
  ASSERT_THAT(codes(found), ElementsAre("client-cert-expired", "client-cert-untrusted-issuer", "client-ca-expired"));
  EXPECT_DOUBLE_EQ(found[0].confidence, 0.95);
  EXPECT_THAT(found[0].evidence, ElementsAre("the alert fits", "valid until 2026-11-20T00:00:00Z"));
  EXPECT_EQ(found[0].party, Party::client);
}

TEST(Diagnose, HealthyStandsAloneOrNotAtAll) {
  EXPECT_THAT(codes(diagnose({{"outcome.admitted", true}}, rules())), ElementsAre("healthy"));
  const Facts slight{{"outcome.admitted", true}, {"alert.number", std::int64_t{45}}};
  EXPECT_THAT(codes(diagnose(slight, rules())), ElementsAre("healthy"));
  const Facts trouble{{"outcome.admitted", true}, {"client.leaf.expired", true}};
  EXPECT_THAT(codes(diagnose(trouble, rules())), ElementsAre("client-cert-expired"));
}

TEST(Diagnose, NothingFitsGivesNothing) {
  EXPECT_THAT(diagnose({{"outcome.admitted", false}}, rules()), IsEmpty());
}

Observation with_log(const std::string& text) {
  Observation observation;
  observation.gateway.kind = "nginx";
  observation.gateway.log = {text};
  return observation;
}

TEST(Diagnose, LogLinesSupportTheirCausesAndRulesDecide) {
  const Rules book = rules();
  Facts facts =
      diagnose::facts(with_log("client SSL certificate verify error: (3:unable to get certificate CRL)"), book);
  auto found = diagnose(facts, book);
  ASSERT_THAT(codes(found), ElementsAre("gateway-crl-missing", "client-cert-untrusted-issuer"));
  EXPECT_DOUBLE_EQ(found[0].confidence, 0.9);
  EXPECT_THAT(found[1].evidence, Contains(HasSubstr("unable to get certificate CRL")));
  facts["client.chain.top_issuer_acceptable"] = false;
  EXPECT_DOUBLE_EQ(diagnose(facts, book)[0].confidence, 0.6);
}

TEST(Diagnose, UpstreamLinesAreKeptApart) {
  const Rules book = rules();
  const Facts facts = diagnose::facts(
      with_log("upstream SSL certificate verify error: (10:certificate has expired) while SSL handshaking to upstream"),
      book);
  EXPECT_EQ(facts.count("gateway.verify.error"), 0u);
  EXPECT_EQ(facts.at("gateway.upstream_verify.error"), FactValue(std::vector<std::string>{"10"}));
  EXPECT_THAT(codes(diagnose(facts, book)), ElementsAre("upstream-cert-expired"));
}

TEST(Diagnose, TheLibrarysWordsInALogDoNotSayWhichLegTheyAreAbout) {
  RuleBook book = rules().book();
  book.lines.push_back(
      line("openssl", "upstream", "certificate has expired", {{"upstream-cert-expired", 0.9}}, "expired"));
  const auto made = Rules::compile(book);
  ASSERT_TRUE(made) << to_string(made.error());
  const Facts facts = diagnose::facts(with_log("400 verify=\"FAILED:certificate has expired\" upstream=-"), *made);
  EXPECT_EQ(facts.count("gateway.log.upstream_says"), 0u);
  EXPECT_THAT(codes(explain("certificate has expired", "upstream", *made)), ElementsAre("upstream-cert-expired"));
}

TEST(Explain, AProgramsOwnWordsGoBeforeTheLibrarys) {
  const std::string text = "upstream SSL certificate verify error: (10:certificate has expired)";
  EXPECT_THAT(codes(explain(text, "", rules())), ElementsAre("upstream-cert-expired"));
  EXPECT_THAT(codes(explain("verify error: certificate has expired", "", rules())), ElementsAre("client-cert-expired"));
}

std::vector<std::string> codes_of_expired(const std::string& text) {
  RuleBook book = rules().book();
  book.lines.push_back(
      line("openssl", "upstream", "certificate has expired", {{"upstream-cert-expired", 0.99}}, "upstream-expired"));
  book.lines.push_back(line("curl", "client", "certificate", {{"client-ca-expired", 0.99}}, "some trouble"));
  book.lines.back().voice = Voice::fallback;
  book.frames = {{"openssl", "gateway", "process_client_certificate", Voice::library},
                 {"proxy", "upstream", "to upstream", Voice::program},
                 {"proxy", "gateway", "client: ", Voice::program}};
  const auto made = Rules::compile(book);
  EXPECT_TRUE(made) << to_string(made.error());
  return codes(explain(text, "", *made));
}

TEST(Explain, AFrameSaysWhichSideTheLibrarysWordsAreAbout) {
  EXPECT_THAT(codes_of_expired("process_client_certificate: certificate has expired"),
              ElementsAre("client-cert-expired"));
  EXPECT_THAT(codes_of_expired("certificate has expired while handshaking to upstream, client: 192.0.2.1"),
              ElementsAre("upstream-cert-expired"));
  EXPECT_THAT(codes_of_expired("process_client_certificate: certificate has expired to upstream"),
              ElementsAre("upstream-cert-expired"));
}

TEST(Explain, WithoutAFrameTheSideInFrontIsLikeliest) {
  EXPECT_THAT(codes_of_expired("certificate has expired"), ElementsAre("client-cert-expired"));
}

TEST(Explain, AFallbackCountsOnlyWhereNothingElseDoes) {
  EXPECT_THAT(codes_of_expired("some certificate"), ElementsAre("client-ca-expired"));
  EXPECT_THAT(codes_of_expired("a certificate has expired"), ElementsAre("client-cert-expired"));
}

TEST(Explain, SideDecidesAndNoMatchIsNoGuess) {
  EXPECT_THAT(explain("certificate has expired", "client", rules()), IsEmpty());
  EXPECT_THAT(explain("a cup of tea", "", rules()), IsEmpty());
}

}  // namespace
}  // namespace mtls::diagnose
