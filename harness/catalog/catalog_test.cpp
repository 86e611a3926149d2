// The door: files and folders, the project's own ones included.
#include "harness/catalog/catalog.h"

#include <algorithm>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/catalog/small_standard.h"

namespace mtls::catalog {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::StartsWith;

const std::filesystem::path source = MTLSCHECK_SOURCE_DIR;
const std::string scenario =
    R"({"title": "t", "references": ["r"], "steps": [{"request": {}, "claims": ["refused"]}]})";

TEST(ReadPki, StandsAlone) {
  const Folder folder;
  const auto pki = read_pki(folder.write("mine.json", small_pki));
  ASSERT_TRUE(pki) << to_string(pki.error());
  EXPECT_EQ(pki->authorities.size(), 3u);
  EXPECT_EQ(pki->credentials.size(), 5u);
  EXPECT_EQ(pki->authorities[1].issuer, "root");
  EXPECT_TRUE(pki->authorities[1].authority);
}

TEST(ReadPki, MissesTheDefaultIssuerWhereThereIsNone) {
  const Folder folder;
  const auto pki = read_pki(folder.write("mine.json", R"({"credentials": {"c": {"subject": "CN=c"}}})"));
  ASSERT_FALSE(pki);
  EXPECT_THAT(pki.error().where, HasSubstr("mine.json: /credentials/c (line 1)"));
  EXPECT_THAT(pki.error().what, HasSubstr("no authority \"intermediate\""));
}

TEST(ReadStandard, NamesTheFileThatIsMissing) {
  const Folder folder;
  auto standard = read_standard(folder.path());
  ASSERT_FALSE(standard);
  EXPECT_THAT(standard.error().where, HasSubstr("pki/standard.json"));
  folder.write("pki/standard.json", small_pki);
  standard = read_standard(folder.path());
  ASSERT_FALSE(standard);
  EXPECT_THAT(standard.error().where, HasSubstr("sites/standard.json"));
  EXPECT_THAT(standard.error().what, HasSubstr("no such file"));
}

TEST(ReadStandard, HoldsSitesAgainstThePki) {
  const Folder folder;
  folder.write("pki/standard.json", small_pki);
  folder.write("sites/standard.json",
               R"({"upstreams": {}, "sites": {"s": {"names": ["a"], "control": {"present": "clint"}}}})");
  const auto standard = read_standard(folder.path());
  ASSERT_FALSE(standard);
  EXPECT_THAT(standard.error().where, HasSubstr("/sites/s/control/present"));
  EXPECT_THAT(standard.error().what, HasSubstr("did you mean \"client\""));
}

TEST(ReadScenarios, FindsThemSortedById) {
  const Folder folder;
  folder.write("b/one.json", scenario);
  folder.write("a/two.json", scenario);
  folder.write("a/one.json", scenario);
  folder.write("a/README.md", "not a scenario");
  folder.write("a/.one.json", "hidden");
  folder.write("scenario.schema.json", "{}");
  const auto scenarios = read_scenarios(folder.path(), read_small_standard());
  ASSERT_TRUE(scenarios) << to_string(scenarios.error());
  ASSERT_EQ(scenarios->size(), 3u);
  EXPECT_EQ((*scenarios)[0].id, "a/one");
  EXPECT_EQ((*scenarios)[1].id, "a/two");
  EXPECT_EQ((*scenarios)[2].id, "b/one");
  EXPECT_EQ((*scenarios)[2].file, (folder.path() / "b/one.json").string());
}

TEST(ReadScenarios, RefusesWhatLiesWrong) {
  const Standard standard = read_small_standard();
  for (const char* name : {"one.json", "a/b/c.json", "a/One.json", "a_b/one.json"}) {
    const Folder folder;
    folder.write(name, scenario);
    const auto scenarios = read_scenarios(folder.path(), standard);
    ASSERT_FALSE(scenarios) << name;
    EXPECT_THAT(scenarios.error().where, HasSubstr(name));
    EXPECT_THAT(scenarios.error().what, HasSubstr("<topic>/<name>.json"));
  }
  const Folder empty;
  EXPECT_THAT(read_scenarios(empty.path(), standard).error().what, HasSubstr("no scenario below"));
  EXPECT_THAT(read_scenarios(empty.path() / "none", standard).error().what, HasSubstr("expected a folder"));
}

TEST(ReadScenarios, NamesTheFileOfAMistake) {
  const Folder folder;
  folder.write("a/one.json", scenario);
  folder.write("a/two.json", "{\n\"title\": 3");
  const auto scenarios = read_scenarios(folder.path(), read_small_standard());
  ASSERT_FALSE(scenarios);
  EXPECT_THAT(scenarios.error().where, HasSubstr("a/two.json: "));
}

TEST(Fixtures, AreRead) {
  const auto standard = read_standard(source / "fixtures");
  ASSERT_TRUE(standard) << to_string(standard.error());
  EXPECT_GE(standard->sites.size(), 5u);
  for (const auto& folder : std::filesystem::directory_iterator(source / "fixtures" / "gateways")) {
    if (!std::filesystem::exists(folder.path() / "gateway.json")) continue;
    const auto kind = read_gateway(folder.path());
    EXPECT_TRUE(kind) << to_string(kind.error());
  }
  if (std::filesystem::exists(source / "fixtures" / "upstreams" / "nginx" / "gateway.json")) {
    const auto kind = read_gateway(source / "fixtures" / "upstreams" / "nginx");
    EXPECT_TRUE(kind) << to_string(kind.error());
  }
}

// A sentence and where it comes from: so nobody hides a failure behind what a gateway cannot do, or behind what is
// known of it.
TEST(Fixtures, WhatAKindLacksOrIsKnownForHasAReasonAndASource) {
  const auto kinds = read_gateways(source / "fixtures" / "gateways");
  ASSERT_TRUE(kinds) << to_string(kinds.error());
  constexpr std::size_t shortest_reason = 25;
  std::size_t entries = 0;
  for (const GatewayKind& kind : *kinds) {
    for (const auto& [capability, why] : kind.lacks) {
      ++entries;
      EXPECT_THAT(why, ContainsRegex(R"(\(https://[^ ]+\)$)")) << kind.kind << " lacks " << capability;
      EXPECT_GE(why.find(" (https://"), shortest_reason) << kind.kind << " lacks " << capability;
    }
    for (const KnownDeviation& known : kind.known) {
      ++entries;
      EXPECT_THAT(known.link, StartsWith("https://")) << kind.kind << ": " << known.scenario;
      EXPECT_GE(known.reason.size(), shortest_reason) << kind.kind << ": " << known.scenario;
    }
    for (const auto& [pattern, why] : kind.harmless) EXPECT_GE(why.size(), shortest_reason) << kind.kind << pattern;
  }
  EXPECT_GT(entries, 50u);
}

// Else a scenario that asks for it would be unsupported for no reason that anybody stated.
TEST(Fixtures, EachCapabilityIsClaimedOrLackedByEachKind) {
  const auto kinds = read_gateways(source / "fixtures" / "gateways");
  ASSERT_TRUE(kinds) << to_string(kinds.error());
  for (const GatewayKind& kind : *kinds)
    for (const std::string& capability : capabilities()) {
      const bool claimed =
          std::find(kind.capabilities.begin(), kind.capabilities.end(), capability) != kind.capabilities.end();
      EXPECT_TRUE(claimed || kind.lacks.count(capability) != 0) << kind.kind << ": " << capability;
    }
}

TEST(Fixtures, RulesAndScenariosAgreeOnCodes) {
  const auto folder = source / "fixtures" / "diagnoses";
  if (!std::filesystem::exists(folder / "causes.json")) GTEST_SKIP() << "there is no rule book yet";
  const auto book = read_rules(folder);
  ASSERT_TRUE(book) << to_string(book.error());
  std::set<std::string> codes;
  for (const Cause& cause : book->causes) codes.insert(cause.code);
  const auto standard = read_standard(source / "fixtures");
  ASSERT_TRUE(standard);
  for (const CredentialSpec& spec : standard->pki.credentials) {
    EXPECT_TRUE(spec.fault.empty() || codes.count(spec.fault)) << spec.certificate.name << ": " << spec.fault;
  }
  bool any = false;
  for (const auto& entry : std::filesystem::directory_iterator(source / "scenarios")) any |= entry.is_directory();
  if (!any) return;
  const auto scenarios = read_scenarios(source / "scenarios", *standard);
  ASSERT_TRUE(scenarios) << to_string(scenarios.error());
  const auto checked = check_codes(*scenarios, *book);
  EXPECT_TRUE(checked) << to_string(checked.error());
}

}  // namespace
}  // namespace mtls::catalog
