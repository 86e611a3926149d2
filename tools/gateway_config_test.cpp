// What gateway-config prints of scenarios, and how it ends.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/base/files.h"
#include "tools/program_under_test.h"

namespace mtls::tools {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

Ran config(std::vector<std::string> more) {
  std::vector<std::string> arguments{"gateway-config", "apisix", "--scenario"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return mtlscheck(arguments);
}

TEST(GatewayConfig, PrintsTheSiteInTheFormatThatIsAskedFor) {
  const Ran ran = config({"client-auth/second-client", "--format", "a6", "--upstream", "127.0.0.9:8123"});
  EXPECT_EQ(ran.code, 0) << ran.text;
  EXPECT_THAT(ran.text,
              AllOf(HasSubstr("a6 ssl create"), HasSubstr("a6 route create"), HasSubstr("\"snis\": [\"gateway.test\"]"),
                    HasSubstr("\"127.0.0.9:8123\": 1"), HasSubstr("\"client\": {\"ca\": \"-----BEGIN CERTIFICATE")));
}

TEST(GatewayConfig, GatewayGroupGoesIntoEachRequest) {
  const Ran ran = config({"client-auth/second-client", "--format", "adminapi", "--gateway-group-id", "default"});
  EXPECT_EQ(ran.code, 0) << ran.text;
  EXPECT_THAT(ran.text, AllOf(HasSubstr("/apisix/admin/ssls/mtlscheck-0?gateway_group_id=default\" -X PUT"),
                              HasSubstr("/apisix/admin/services/mtlscheck-0?gateway_group_id=default\" -X PUT")));
}

TEST(GatewayConfig, SitesOfOnePortStandTogetherAndTheCredentialsAreKept) {
  auto folder = TempDir::make();
  ASSERT_TRUE(folder);
  const auto out = folder->path() / "pki";
  const Ran ran = config({"domains/host-of-the-other-domain", "--format", "standalone", "--out", out.string()});
  EXPECT_EQ(ran.code, 0) << ran.text;
  EXPECT_THAT(ran.text, AllOf(HasSubstr("\"a.test\""), HasSubstr("\"b.test\""), HasSubstr("\n#END\n")));
  EXPECT_TRUE(std::filesystem::exists(out / "credentials/client/key.pem"));
  EXPECT_TRUE(std::filesystem::exists(out / "manifest.json"));
  const Ran again = config({"domains/host-of-the-other-domain", "--format", "standalone", "--out", out.string()});
  EXPECT_EQ(again.code, 2) << "nothing is written over";
  EXPECT_THAT(again.text, AllOf(HasSubstr("is not empty"), Not(HasSubstr("PRIVATE KEY"))));
}

TEST(GatewayConfig, WhatTheKindLacksIsTold) {
  const Ran ran = config({"client-auth-crl/expired", "--format", "standalone"});
  EXPECT_EQ(ran.code, 0) << ran.text;
  EXPECT_THAT(ran.text, HasSubstr("needs crl, which apisix lacks"));
}

TEST(GatewayConfig, TwoForWrongUsage) {
  EXPECT_EQ(mtlscheck({"gateway-config"}).code, 2);
  EXPECT_EQ(mtlscheck({"gateway-config", "apisix", "--format", "a6"}).code, 2);
  const std::string one = "client-auth/second-client";
  EXPECT_THAT(mtlscheck({"gateway-config", "apisx", "--scenario", one, "--format", "a6"}).text,
              HasSubstr("did you mean \"apisix\"?"));
  EXPECT_THAT(mtlscheck({"gateway-config", "nginx", "--scenario", one, "--format", "a6"}).text,
              HasSubstr("no kind with a configuration to print \"nginx\""));
  EXPECT_THAT(config({one, "--format", "a7"}).text, HasSubstr("did you mean \"a6\"?"));
  EXPECT_THAT(config({"client-auth/second-clien", "--format", "a6"}).text, HasSubstr("did you mean \"" + one + "\"?"));
  for (const Ran& ran :
       {config({one, "--format", "a7"}), config({"no/such", "--format", "a6"}),
        config({one, "--format", "a6", "--site", "none"}), config({one, "--format", "a6", "--upstream", "here:there"}),
        config({one, "--format", "a6", "--gateway-group-id", "x&y"})})
    EXPECT_EQ(ran.code, 2) << ran.text;
}

}  // namespace
}  // namespace mtls::tools
