// The rule book, as read from its folder and held against the scenarios.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/catalog/catalog.h"
#include "harness/catalog/small_standard.h"

namespace mtls::catalog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

Result<RuleBook> rules_with(const std::string& from, const std::string& to) {
  std::vector<std::pair<std::string, std::string>> files{{"causes.json", R"({"causes": {
  "client-cert-expired": {"party": "client", "cause": "It expired.", "remedy": "Renew it.",
    "remedy_for": {"nginx": "Renew."}, "references": ["RFC 5280 4.1.2.5"]},
  "healthy": {"party": "user", "cause": "Nothing.", "remedy": ""}}})"},
                                                         {"dates.json", R"({"rules": [
  {"code": "client-cert-expired", "confidence": 0.9, "when": {"alert": 45, "words": {"matches": "expired"},
    "n": {"at_least": 1, "at_most": 3}, "kind": {"any_of": ["nginx", "envoy"]}, "up": true},
   "unless": {"x": {"present": false}}, "evidence": "alert {alert}", "proof": ["dates/expired"]},
  {"id": "mine", "code": "healthy", "confidence": 1, "when": {"status": 200}, "evidence": "fine"}]})"},
                                                         {"lines/nginx.json", R"({"producer": "nginx", "lines": [
  {"side": "gateway", "pattern": "certificate has expired", "examples": ["the certificate has expired"],
   "causes": [["client-cert-expired", 0.9]], "says": "client-expired", "source": "ngx"}]})"}};
  const Folder folder;
  bool replaced = from.empty();
  for (auto& [name, text] : files) {
    const std::size_t at = from.empty() ? std::string::npos : text.find(from);
    if (at != std::string::npos && !replaced) {
      text.replace(at, from.size(), to);
      replaced = true;
    }
    folder.write(name, text);
  }
  EXPECT_TRUE(replaced) << from;
  return read_rules(folder.path());
}

TEST(ReadRules, ReadsEveryField) {
  const auto book = rules_with("", "");
  ASSERT_TRUE(book) << to_string(book.error());
  ASSERT_EQ(book->causes.size(), 2u);
  EXPECT_EQ(book->causes[0].party, Party::client);
  EXPECT_THAT(book->causes[0].remedy_for, ElementsAre(Pair("nginx", "Renew.")));
  ASSERT_EQ(book->rules.size(), 2u);
  const Rule& rule = book->rules[0];
  EXPECT_EQ(rule.id, "dates/1");
  EXPECT_DOUBLE_EQ(rule.confidence, 0.9);
  ASSERT_EQ(rule.when.size(), 5u);
  EXPECT_EQ(rule.when[0].is, FactValue(std::int64_t{45}));
  EXPECT_EQ(rule.when[1].matches, "expired");
  EXPECT_EQ(rule.when[2].at_least, 1);
  EXPECT_EQ(rule.when[2].at_most, 3);
  EXPECT_THAT(rule.when[3].any_of, ElementsAre(FactValue(std::string("nginx")), FactValue(std::string("envoy"))));
  EXPECT_EQ(rule.when[4].is, FactValue(true));
  EXPECT_EQ(rule.unless.at(0).present, false);
  EXPECT_THAT(rule.proof, ElementsAre("dates/expired"));
  EXPECT_EQ(book->rules[1].id, "mine");
  EXPECT_EQ(book->lines.at(0).id, "nginx/1");
  EXPECT_EQ(book->lines[0].producer, "nginx");
  EXPECT_THAT(book->lines[0].causes, ElementsAre(Pair("client-cert-expired", 0.9)));
  EXPECT_EQ(book->lines[0].says, "client-expired");
}

TEST(ReadRules, ReadsALibrarysWordsBySide) {
  const auto book = rules_with("\"producer\": \"nginx\", \"lines\": [", R"("producer": "openssl", "library": true,
  "frames": [{"side": "upstream", "pattern": "to upstream"}], "lines": [
  {"pattern": "expired", "fallback": true, "examples": ["expired"], "sides": {
    "client": {"says": "server-expired", "causes": [["healthy", 0.8]]},
    "gateway": {"says": "client-expired", "causes": [["client-cert-expired", 0.7]]}}},)");
  ASSERT_TRUE(book) << to_string(book.error());
  ASSERT_EQ(book->lines.size(), 3u);
  EXPECT_EQ(book->lines[0].id, "openssl/1/client");
  EXPECT_EQ(book->lines[1].side, "gateway");
  EXPECT_EQ(book->lines[1].says, "client-expired");
  EXPECT_EQ(book->lines[1].pattern, "expired");
  EXPECT_EQ(book->lines[1].voice, Voice::fallback);
  EXPECT_EQ(book->lines[2].voice, Voice::library);
  ASSERT_EQ(book->frames.size(), 1u);
  EXPECT_EQ(book->frames[0].side, "upstream");
  EXPECT_EQ(book->frames[0].voice, Voice::library);
}

TEST(ReadRules, RefusesMistakes) {
  const std::vector<BadGateway> rows{
      {"\"party\": \"client\"", "\"party\": \"clients\"", "causes.json: /causes/client-cert-expired/party (line 2)",
       "did you mean \"client\""},
      {"\"remedy\": \"Renew it.\",", "", "causes.json: /causes/client-cert-expired (line 2)", "\"remedy\" is missing"},
      {"\"code\": \"client-cert-expired\"", "\"code\": \"client-cert-expird\"", "dates.json: /rules/0/code (line 2)",
       "did you mean \"client-cert-expired\""},
      {"\"confidence\": 0.9", "\"confidence\": 90", "dates.json: /rules/0/confidence (line 2)", "at most 1"},
      {"\"status\": 200", "", "dates.json: /rules/1/when (line 5)", "always hold"},
      {"\"alert\": 45", "\"alert\": [45]", "dates.json: /rules/0/when/alert (line 2)", "found a list"},
      {"\"at_least\"", "\"atleast\"", "dates.json: /rules/0/when/n/atleast (line 3)", "did you mean \"at_least\""},
      {"\"matches\": \"expired\"", "\"matches\": \"(\"", "dates.json: /rules/0/when/words/matches (line 2)", "RE2"},
      {"\"dates/expired\"", "\"expired\"", "dates.json: /rules/0/proof/0 (line 4)", "topic/name"},
      {"\"id\": \"mine\"", "\"id\": \"dates/1\"", "dates.json: /rules/1 (line 5)", "here and before"},
      {"\"side\": \"gateway\"", "\"side\": \"gate\"", "lines/nginx.json: /lines/0/side (line 2)", "\"gateway\""},
      {"[\"client-cert-expired\", 0.9]", "[\"client-cert\", 0.9]", "lines/nginx.json: /lines/0/causes/0/0 (line 3)",
       "no cause \"client-cert\""},
      {"[[\"client-cert-expired\", 0.9]]", "[\"client-cert-expired\", 0.9]", "/lines/0/causes/0 (line 3)", "a pair"}};
  for (const BadGateway& row : rows) {
    const auto book = rules_with(row.from, row.to);
    ASSERT_FALSE(book) << row.to;
    EXPECT_THAT(book.error().where, HasSubstr(row.where)) << book.error().what;
    EXPECT_THAT(book.error().what, HasSubstr(row.what));
  }
}

TEST(CheckCodes, NamesFileAndLineOfAnUnknownWord) {
  const auto book = rules_with("", "");
  ASSERT_TRUE(book);
  const Standard standard = read_small_standard();
  const Folder folder;
  const auto file = folder.write("a/one.json", R"({"title": "t", "references": ["r"], "steps": [
  {"request": {}, "claims": ["refused"], "planted": "client-cert-expired"},
  {"request": {}, "claims": ["refused", {"named": "healthy"}],
   "planted": "client-cert-expried"}]})");
  auto scenarios = read_scenarios(folder.path(), standard);
  ASSERT_TRUE(scenarios);
  const auto checked = check_codes(*scenarios, *book);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().where, file.string() + ": /steps/1/planted (line 4)");
  EXPECT_THAT(checked.error().what, HasSubstr("did you mean \"client-cert-expired\""));
  scenarios->front().steps[1].planted = "healthy";
  EXPECT_TRUE(check_codes(*scenarios, *book));
  scenarios->front().steps[0].claims.push_back({Level::must, Named{"helthy"}});
  EXPECT_FALSE(check_codes(*scenarios, *book));
}

TEST(CheckProofs, WantsTheScenario) {
  const auto book = rules_with("", "");
  ASSERT_TRUE(book);
  Scenario proof;
  proof.id = "dates/expired";
  EXPECT_TRUE(check_proofs(*book, {proof}));
  const auto checked = check_proofs(*book, {});
  ASSERT_FALSE(checked);
  EXPECT_THAT(checked.error().what, HasSubstr("dates/expired"));
  EXPECT_EQ(checked.error().where, "rule dates/1");
}

// The project's own data: what is there must be read, all of it.

}  // namespace
}  // namespace mtls::catalog
