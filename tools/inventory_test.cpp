// Gateways that already run: an nginx with several policies, and the program run on an inventory of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tools/nginx_under_test.h"

namespace mtls::tools {
namespace {

using testing::HasSubstr;
using testing::Not;

class Inventory : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (nginx_is_installed()) nginx = Nginx::start();
  }
  static void TearDownTestSuite() { nginx.reset(); }
  void SetUp() override {
    if (!nginx_is_installed()) GTEST_SKIP() << "skipped, because nginx is not installed";
    ASSERT_TRUE(nginx);
  }

  // The entry's keys beside its name, its server name and its trust.
  static Ran run(const std::string& address, const std::string& more, std::vector<std::string> arguments) {
    const auto file = nginx->folder() / "inventory.json";
    const std::string text =
        fmt::format(R"({{"gateways": [{{"name": "edge", "address": "{}", "sni": "gateway.test", "kind": "nginx",
                        "trust": "pki/authorities/root.crt"{}}}]}})",
                    address, more);
    EXPECT_TRUE(write_file(file, text));
    arguments.insert(arguments.begin(), {"run", "--inventory", file.string()});
    return mtlscheck(arguments);
  }

  static std::string held(const std::string& name) {
    return fmt::format(R"({{"certificate": "pki/credentials/{0}/chain.crt", "key": "pki/credentials/{0}/key.pem"}})",
                       name);
  }

  // As a finished case is printed.
  static std::string line(const std::string& outcome, const std::string& id) {
    return fmt::format("{:<11}  edge  {}", outcome, id);
  }

  static inline const std::string test_ca =
      R"(, "issue_with": {"certificate": "pki/authorities/root.crt", "key": "pki/authorities/root.key"})";
  static inline const std::vector<std::string> client_rows{"--scenario", "client-auth/*"};
  static std::unique_ptr<Nginx> nginx;
};
std::unique_ptr<Nginx> Inventory::nginx;

TEST_F(Inventory, ATestAuthorityIsEnoughForEveryFaultOfAClient) {
  const auto report = nginx->folder() / "report.json";
  const Ran ran = run(nginx->at("mutual"), test_ca + R"(, "upstream_echo": true, "log": "error.log")",
                      {"--report", "json=" + report.string()});
  EXPECT_EQ(ran.code, 0) << ran.text;
  for (const char* row : {"missing", "expired", "not-yet-valid", "wrong-ca", "look-alike-ca", "self-signed",
                          "wrong-eku", "incomplete-chain", "expired-intermediate", "forged-proof", "weak-key"}) {
    EXPECT_THAT(ran.text, HasSubstr(line("pass", fmt::format("client-auth/{} [tls=1.2]", row))));
    EXPECT_THAT(ran.text, HasSubstr(line("pass", fmt::format("client-auth/{} [tls=1.3]", row))));
  }
  EXPECT_THAT(ran.text, HasSubstr(line("pass", "server-cert/right")));
  EXPECT_THAT(ran.text, HasSubstr(line("skip", "client-auth/revoked")));
  EXPECT_THAT(read_file(report).value(),
              HasSubstr("client SSL certificate verify error: (10:certificate has expired)"));
}

TEST_F(Inventory, CredentialsAreUsedAndWhatTheyLackIsSkipped) {
  const Ran ran = run(nginx->at("lists"),
                      fmt::format(R"(, "credentials": {{"valid": {}, "expired": {}, "revoked": {}}})", held("client"),
                                  held("client-expired"), held("client-revoked")),
                      client_rows);
  EXPECT_EQ(ran.code, 0) << ran.text;
  for (const char* row : {"missing", "expired", "revoked", "self-signed", "wrong-ca", "valid-as-curl-sees-it"})
    EXPECT_THAT(ran.text, HasSubstr(line("pass", fmt::format("client-auth/{}", row))));
  EXPECT_THAT(ran.text, HasSubstr(line("skip", "client-auth/wrong-eku")));
  EXPECT_THAT(ran.text, HasSubstr(R"(needs the credential "wrong-eku" or "issue_with")"));
}

TEST_F(Inventory, AGatewayThatChecksListsTakesClientsThatTheAuthorityIssuesItself) {
  const std::string by_intermediate =
      R"(, "issue_with": {"certificate": "pki/authorities/intermediate.crt", "key": "pki/authorities/intermediate.key",
                          "direct": true})";
  const Ran ran = run(nginx->at("lists"), by_intermediate, {"--scenario", "client-auth/expired"});
  // The gateway knows the root alone, and the file does not hold the intermediate's issuer; the intermediate is sent.
  EXPECT_EQ(ran.code, 0) << ran.text;
  const Ran below = run(nginx->at("lists"), test_ca, {"--scenario", "client-auth/expired"});
  EXPECT_EQ(below.code, 1) << below.text;
  EXPECT_THAT(below.text, HasSubstr("the right client is not admitted"));
}

TEST_F(Inventory, AGatewayThatEnforcesNothingFails) {
  const Ran ran = run(nginx->at("off"), test_ca, client_rows);
  EXPECT_EQ(ran.code, 1) << ran.text;
  EXPECT_THAT(ran.text, HasSubstr(line("fail", "client-auth/missing")));
  EXPECT_THAT(ran.text, HasSubstr("client-auth-not-enforced"));
}

TEST_F(Inventory, AnAnswerThatLacksTheEchoIsNoAdmission) {
  const std::string mute = test_ca + R"(, "path": "/mute")";
  EXPECT_EQ(run(nginx->at("forbidden"), mute, {"--scenario", "client-auth/second-client"}).code, 0);
  const Ran ran =
      run(nginx->at("forbidden"), mute + R"(, "upstream_echo": true)", {"--scenario", "client-auth/second-client"});
  EXPECT_EQ(ran.code, 1) << ran.text;
}

TEST_F(Inventory, WithoutARightClientThatIsAdmittedRefusalsProveNothing) {
  const Ran ran =
      run(nginx->at("forbidden"), test_ca + R"(, "path": "/secret")", {"--scenario", "client-auth/expired"});
  EXPECT_EQ(ran.code, 1) << ran.text;
  EXPECT_THAT(ran.text, HasSubstr(line("error", "client-auth/expired")));
  EXPECT_THAT(ran.text, HasSubstr("proves nothing: the right client is not admitted; see gateway/right-client"));
}

// One line says it, with its cause; the others only refer to it.
TEST_F(Inventory, WhereNobodyGetsInOneCaseFailsAndNamesTheCause) {
  ASSERT_EQ(mtlscheck({"pki", "--out", (nginx->folder() / "other").string()}).code, 0);
  const Ran ran = run(nginx->at("mutual"),
                      R"(, "log": "error.log", "issue_with": {"certificate": "other/authorities/root.crt",
                         "key": "other/authorities/root.key"})",
                      client_rows);
  EXPECT_EQ(ran.code, 1) << ran.text;
  const std::string root = line("fail", "gateway/right-client");
  EXPECT_THAT(ran.text, HasSubstr(root));
  EXPECT_THAT(ran.text, HasSubstr("the right client is not admitted: client-c"));
  EXPECT_THAT(ran.text, HasSubstr(line("error", "client-auth/expired [tls=1.2]")));
  EXPECT_THAT(ran.text, HasSubstr(line("error", "client-auth/valid [key=p256, tls=1.3]")));
  EXPECT_THAT(ran.text, Not(HasSubstr(line("pass", ""))));
  EXPECT_THAT(ran.text, Not(HasSubstr(line("fail", "client-auth/"))));
  EXPECT_THAT(ran.text, Not(HasSubstr("\nerror  edge")));
}

TEST_F(Inventory, WhoAdmitsTheRightClientHasThatInTheReport) {
  const Ran ran = run(nginx->at("mutual"), test_ca, {"--scenario", "client-auth/expired"});
  EXPECT_EQ(ran.code, 0) << ran.text;
  EXPECT_THAT(ran.text, HasSubstr(line("pass", "gateway/right-client")));
}

TEST_F(Inventory, ADeadAddressIsUndecided) {
  const Ran ran = run(Nginx::nobody(), test_ca, client_rows);
  EXPECT_EQ(ran.code, 3) << ran.text;
  EXPECT_THAT(ran.text, HasSubstr("refused"));
  EXPECT_THAT(ran.text, HasSubstr("asked no more"));
}

TEST_F(Inventory, AWaiverNamesTheEntry) {
  const auto waivers = nginx->folder() / "waivers.json";
  ASSERT_TRUE(write_file(waivers, R"({"waivers": [{"scenario": "client-auth/*", "gateway": "edge", "owner": "ops",
    "until": "2999-01-01", "reason": "a test"}]})"));
  const Ran ran = run(nginx->at("off"), test_ca, {"--scenario", "client-auth/missing", "--waivers", waivers.string()});
  EXPECT_EQ(ran.code, 0) << ran.text;
  EXPECT_THAT(ran.text, HasSubstr(line("known", "client-auth/missing")));
}

TEST_F(Inventory, WhatCannotBeUsedIsAUsageError) {
  const auto expect_usage = [](const Ran& ran, const std::string& word) {
    EXPECT_EQ(ran.code, 2) << ran.text;
    EXPECT_THAT(ran.text, HasSubstr(word));
  };
  expect_usage(run(nginx->at("mutual"), "", {}), "neither");
  expect_usage(run(nginx->at("mutual"), test_ca + R"(, "path": "health")", {}), "/gateways/0/path (line 2)");
  expect_usage(run(nginx->at("mutual"), test_ca, {"--gateway", "egde"}), "did you mean edge");
  expect_usage(run(nginx->at("mutual"), R"(, "issue_with": {"certificate": "pki/credentials/client/leaf.crt",
                                           "key": "pki/credentials/client/key.pem"})",
                   {}),
               "is no CA");
  expect_usage(run(nginx->at("mutual"), fmt::format(R"(, "credentials": {{"valid": {}}})", held("client-expired")), {}),
               "has expired");
  expect_usage(
      run(nginx->at("mutual"), fmt::format(R"(, "credentials": {{"valid": {0}, "expired": {0}}})", held("client")), {}),
      "is called expired and has not");
}

}  // namespace
}  // namespace mtls::tools
