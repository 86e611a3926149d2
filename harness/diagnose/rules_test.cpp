// What a rule book must be like to be compiled, and how conditions are held against facts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/diagnose/conditions.h"
#include "harness/diagnose/diagnose.h"
#include "harness/diagnose/example_conditions.h"

namespace mtls::diagnose {
namespace {

using ::testing::HasSubstr;

Cause page(const std::string& code) {
  Cause cause;
  cause.code = code;
  cause.cause = "what " + code + " means";
  cause.remedy = "what to do";
  return cause;
}

RuleBook book() {
  RuleBook book;
  book.causes = {page("client-cert-expired"), page("client-ca-expired"), page("healthy")};
  Rule rule;
  rule.id = "r/1";
  rule.code = "client-cert-expired";
  rule.confidence = 0.9;
  rule.when = {is("client.leaf.expired", true)};
  rule.evidence = "valid until {client.leaf.not_after}";
  book.rules = {rule};
  LinePattern line;
  line.id = "nginx/1";
  line.producer = "nginx";
  line.side = "gateway";
  line.pattern = R"(verify error: \((?P<verify>10):)";
  line.causes = {{"client-cert-expired", 0.7}, {"client-ca-expired", 0.5}};
  line.says = "expired";
  book.lines = {line};
  return book;
}

std::string refusal(const RuleBook& broken) {
  const auto rules = Rules::compile(broken);
  EXPECT_FALSE(rules);
  return rules ? "" : to_string(rules.error());
}

TEST(Rules, FindsPagesByCode) {
  const auto rules = Rules::compile(book());
  ASSERT_TRUE(rules) << to_string(rules.error());
  ASSERT_NE(rules->page("client-cert-expired"), nullptr);
  EXPECT_EQ(rules->page("client-cert-expired")->remedy, "what to do");
  EXPECT_EQ(rules->page("no-such-cause"), nullptr);
  EXPECT_EQ(rules->book().lines.size(), 1u);
}

TEST(Rules, EmptyHandleKnowsNothing) {
  const Rules none;
  EXPECT_EQ(none.page("healthy"), nullptr);
  EXPECT_TRUE(diagnose({{"outcome.admitted", true}}, none).empty());
  EXPECT_TRUE(explain("certificate has expired", "", none).empty());
}

TEST(Rules, RefusesCodeWithoutPage) {
  RuleBook broken = book();
  broken.rules[0].code = "client-cert-expird";
  EXPECT_THAT(refusal(broken), HasSubstr("did you mean \"client-cert-expired\""));
  broken = book();
  broken.lines[0].causes.push_back({"no-such-cause", 0.2});
  EXPECT_THAT(refusal(broken), HasSubstr("no-such-cause"));
}

TEST(Rules, RefusesUnknownFact) {
  RuleBook broken = book();
  broken.rules[0].when[0].fact = "client.leaf.expird";
  EXPECT_THAT(refusal(broken), HasSubstr("did you mean \"client.leaf.expired\""));
  broken = book();
  broken.rules[0].evidence = "valid until {client.leaf.until}";
  EXPECT_THAT(refusal(broken), HasSubstr("client.leaf.until"));
}

TEST(Rules, RefusesBadPatternsAndNumbers) {
  RuleBook broken = book();
  broken.lines[0].pattern = "(";
  EXPECT_THAT(refusal(broken), HasSubstr("nginx/1"));
  broken = book();
  broken.rules[0].when[0].is.reset();
  broken.rules[0].when[0].matches = "[";
  EXPECT_THAT(refusal(broken), HasSubstr("r/1"));
  broken = book();
  broken.rules[0].confidence = 1.5;
  EXPECT_THAT(refusal(broken), HasSubstr("at most 1"));
  broken = book();
  broken.rules[0].when.clear();
  EXPECT_THAT(refusal(broken), HasSubstr("always hold"));
  broken = book();
  broken.lines[0].side = "behind";
  EXPECT_THAT(refusal(broken), HasSubstr("behind"));
}

bool condition_holds(const Condition& condition, const Facts& facts) {
  const auto made = ready(condition);
  EXPECT_TRUE(made);
  return made && holds(*made, facts);
}

TEST(Conditions, HoldOfValuesAndOfListElements) {
  const Facts facts{{"flag", true},
                    {"number", std::int64_t{48}},
                    {"text", std::string("abc")},
                    {"list", std::vector<std::string>{"3", "20"}}};
  EXPECT_TRUE(condition_holds(is("flag", true), facts));
  EXPECT_FALSE(condition_holds(is("flag", false), facts));
  EXPECT_FALSE(condition_holds(is("absent", false), facts));
  EXPECT_TRUE(condition_holds(is("list", std::int64_t{20}), facts));
  EXPECT_FALSE(condition_holds(is("list", std::int64_t{2}), facts));
  Condition any;
  any.fact = "number";
  any.any_of = {std::int64_t{45}, std::int64_t{48}};
  EXPECT_TRUE(condition_holds(any, facts));
  any.fact = "list";
  EXPECT_FALSE(condition_holds(any, facts));
  Condition matches;
  matches.fact = "text";
  matches.matches = "^ab";
  EXPECT_TRUE(condition_holds(matches, facts));
}

TEST(Conditions, BoundsAreForNumbersAndPresenceForAll) {
  const Facts facts{{"number", std::int64_t{3}}, {"text", std::string("3")}};
  Condition bounds;
  bounds.fact = "number";
  bounds.at_least = 3;
  bounds.at_most = 3;
  EXPECT_TRUE(condition_holds(bounds, facts));
  bounds.at_least = 4;
  EXPECT_FALSE(condition_holds(bounds, facts));
  bounds.fact = "text";
  EXPECT_FALSE(condition_holds(bounds, facts));
  Condition presence;
  presence.fact = "text";
  presence.present = true;
  EXPECT_TRUE(condition_holds(presence, facts));
  presence.present = false;
  EXPECT_FALSE(condition_holds(presence, facts));
  presence.fact = "absent";
  EXPECT_TRUE(condition_holds(presence, facts));
}

}  // namespace
}  // namespace mtls::diagnose
