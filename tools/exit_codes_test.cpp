// Every exit code of the contract is reached by running the program.
#include <gtest/gtest.h>

#include "harness/base/files.h"
#include "tools/program_under_test.h"

namespace mtls::tools {
namespace {

const std::string one_case = "client-auth/second-client";

TEST(ExitCode, ZeroWhereEverythingPassed) {
  if (!nginx_is_installed()) GTEST_SKIP() << "skipped, because nginx is not installed";
  const Ran ran = mtlscheck({"run", "--gateway", "nginx", "--scenario", one_case});
  EXPECT_EQ(ran.code, 0) << ran.text;
}

TEST(ExitCode, OneWhereACaseFailed) {
  if (!nginx_is_installed()) GTEST_SKIP() << "skipped, because nginx is not installed";
  auto folder = TempDir::make();
  ASSERT_TRUE(folder);
  std::filesystem::create_directories(folder->path() / "own");
  ASSERT_TRUE(write_file(folder->path() / "own" / "wrong.json", R"({"title": "A good client is refused, which is wrong",
    "references": ["none"], "steps": [{"request": {"present": "client"}, "claims": ["refused"]}]})"));
  const Ran ran =
      mtlscheck({"run", "--gateway", "nginx", "--scenarios", folder->path().string(), "--scenario", "own/wrong"});
  EXPECT_EQ(ran.code, 1) << ran.text;
  EXPECT_NE(ran.text.find("own/wrong"), std::string::npos) << ran.text;
}

TEST(ExitCode, OneWhereAWaiverHasExpiredAndZeroWhileItHolds) {
  if (!nginx_is_installed()) GTEST_SKIP() << "skipped, because nginx is not installed";
  auto folder = TempDir::make();
  ASSERT_TRUE(folder);
  std::filesystem::create_directories(folder->path() / "own");
  ASSERT_TRUE(write_file(folder->path() / "own" / "wrong.json", R"({"title": "A good client is refused, which is wrong",
    "references": ["none"], "steps": [{"request": {"present": "client"}, "claims": ["refused"]}]})"));
  auto waivers = TempDir::make();
  ASSERT_TRUE(waivers);
  const auto file = waivers->path() / "waivers.json";
  for (const auto& [until, code] : {std::pair{"2999-01-01", 0}, std::pair{"2001-01-01", 1}}) {
    ASSERT_TRUE(write_file(
        file, std::string(R"({"waivers": [{"scenario": "own/*", "owner": "ops", "reason": "a test", "until": ")") +
                  until + "\"}]}"));
    const Ran ran = mtlscheck({"run", "--gateway", "nginx", "--scenarios", folder->path().string(), "--scenario",
                               "own/wrong", "--waivers", file.string()});
    EXPECT_EQ(ran.code, code) << ran.text;
  }
}

TEST(ExitCode, TwoForWrongUsage) {
  EXPECT_EQ(mtlscheck({}).code, 2);
  EXPECT_EQ(mtlscheck({"run", "--no-such-flag"}).code, 2);
  EXPECT_EQ(mtlscheck({"run", "--tls", "1.1"}).code, 2);
  EXPECT_EQ(mtlscheck({"run", "--shard", "3/2"}).code, 2);
  EXPECT_EQ(mtlscheck({"run", "--report", "nonsense=x"}).code, 2);
  EXPECT_EQ(mtlscheck({"run", "--gateway", "ngnix"}).code, 2);
  EXPECT_EQ(mtlscheck({"run", "--scenarios", "/no/such/folder"}).code, 2);
  EXPECT_EQ(mtlscheck({"list", "nonsense"}).code, 2);
  EXPECT_EQ(mtlscheck({"gateway-config", "apisix", "--scenario", one_case, "--format", "nonsense"}).code, 2);
}

TEST(Selection, ATlsVersionLeavesOutOnlyCasesOfTheOther) {
  const auto listed = [](const std::string& version) {
    return mtlscheck({"run", "--list", "--gateway", "reference", "--tls", version, "--scenario",
                      "client-auth/expired,plaintext/http-to-tls-port,seed-004/04-pkcs12-opens"})
        .text;
  };
  const std::string no_version = "reference plaintext/http-to-tls-port\nreference seed-004/04-pkcs12-opens\n";
  EXPECT_EQ(listed("1.2"), "reference client-auth/expired tls=1.2\n" + no_version);
  EXPECT_EQ(listed("1.3"), "reference client-auth/expired tls=1.3\n" + no_version);
}

TEST(ExitCode, TwoNamesFileAndPlaceOfBadJson) {
  auto folder = TempDir::make();
  ASSERT_TRUE(folder);
  std::filesystem::create_directories(folder->path() / "own");
  ASSERT_TRUE(write_file(folder->path() / "own" / "bad.json", "{\"title\": \"x\",\n \"refrences\": []}"));
  const Ran ran = mtlscheck({"run", "--scenarios", folder->path().string()});
  EXPECT_EQ(ran.code, 2) << ran.text;
  EXPECT_NE(ran.text.find("own/bad.json"), std::string::npos) << ran.text;
  EXPECT_NE(ran.text.find("line 2"), std::string::npos) << ran.text;
  EXPECT_NE(ran.text.find("references"), std::string::npos) << ran.text;
}

TEST(ExitCode, ThreeWhereTheGatewayDoesNotStart) {
  auto folder = TempDir::make();
  ASSERT_TRUE(folder);
  const auto kind = folder->path() / "broken";
  std::filesystem::create_directories(kind);
  ASSERT_TRUE(write_file(kind / "broken.conf.mustache", "{{#listeners}}{{port}}\n{{/listeners}}"));
  ASSERT_TRUE(write_file(kind / "gateway.json", R"json({"kind": "broken", "title": "A gateway that ends at once",
    "programs": ["/bin/sh"], "program_variable": "NO_SUCH_VARIABLE", "package": "dash",
    "version_arguments": ["-c", "echo 1.0"], "version_pattern": "([0-9.]+)", "capabilities": ["client-auth", "tls1.2", "tls1.3"],
    "lacks": {}, "files": [{"template": "broken.conf.mustache", "path": "broken.conf"}],
    "arguments": ["-c", "echo this is why it ends; exit 7"], "environment": {}, "reload_signal": "", "stop_signal": "TERM",
    "ready_within": "2s", "logs": ["output.log"], "error_log": "output.log", "client_pattern": "(127[0-9.]+)", "alarms": [],
    "known": []})json"));
  const auto begun = std::chrono::steady_clock::now();
  const Ran ran =
      mtlscheck({"run", "--gateways", folder->path().string(), "--gateway", "broken", "--scenario", one_case});
  EXPECT_EQ(ran.code, 3) << ran.text;
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(10));
  EXPECT_NE(ran.text.find("this is why it ends"), std::string::npos) << ran.text;
}

TEST(ExitCode, FourWhereNothingIsSelectedOrInstalled) {
  EXPECT_EQ(mtlscheck({"run", "--scenario", "no/such"}).code, 4);
  const Ran ran = mtlscheck({"run", "--gateway", "nginx"}, {}, {{"MTLSCHECK_NGINX", "/no/such/nginx"}});
  EXPECT_EQ(ran.code, 4) << ran.text;
}

TEST(ExitCode, ZeroForHelpAndVersion) {
  EXPECT_EQ(mtlscheck({"--help"}).code, 0);
  EXPECT_EQ(mtlscheck({"run", "--help"}).code, 0);
  const Ran version = mtlscheck({"--version"});
  EXPECT_EQ(version.code, 0);
  EXPECT_NE(version.text.find(MTLSCHECK_VERSION), std::string::npos);
}

}  // namespace
}  // namespace mtls::tools
