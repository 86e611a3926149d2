// Starting, readiness and reload of the kinds apisix and apisix-file, against answers recorded from APISIX 3.18
// (recorded_apisix.py). No APISIX runs here: what its data plane does is not tested.
#include <cstdlib>
#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/base/text.h"
#include "harness/base/time.h"
#include "harness/gateway/gateway.h"
#include "harness/gateway/test_gateway.h"

namespace mtls::gateway {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

namespace fs = std::filesystem;

void write_program(const fs::path& file, const std::string& text) {
  fs::create_directories(file.parent_path());
  ASSERT_TRUE(write_file(file, "#!/bin/sh\n" + text));
  fs::permissions(file, fs::perms::owner_all);
}

// An installation as a package leaves it, with the recorded answers for openresty.
class RecordedApisix : public ::testing::Test {
 protected:
  void SetUp() override {
    const fs::path python = find_program("python3");
    if (python.empty()) GTEST_SKIP() << "skipped, because python3 is not installed";
    Result<TempDir> made = TempDir::make();
    ASSERT_TRUE(made);
    folder_.emplace(std::move(*made));
    fs::create_directories(run());
    fs::create_directories(home() / "apisix/core");
    fs::create_directories(home() / "conf/cert");
    ASSERT_TRUE(write_file(home() / "conf/cert/ssl_PLACE_HOLDER.crt", "its certificate\n"));
    ASSERT_TRUE(write_file(home() / "apisix/core/version.lua", "return {\n    VERSION = \"3.18.0\"\n}\n"));
    ASSERT_TRUE(write_file(home() / "conf/config.yaml", "the user's own\n"));
    write_program(
        home() / "bin/apisix",
        "[ \"$1\" = init ] || exit 2\n"
        "[ -s ./apisix/core/version.lua ] && [ -s ./conf/cert/ssl_PLACE_HOLDER.crt ] || { echo 'no home here'; "
        "exit 1; }\n"
        "command -v openresty >/dev/null || { echo 'no openresty in PATH'; exit 1; }\n"
        "[ \"$APISIX_WORKER_PROCESSES\" = 1 ] || { echo 'as many workers as the user has set'; exit 1; }\n"
        "echo made > ./conf/cert/.ssl_trusted_combined.pem\n"  // API7's does, some of APISIX's too
        "echo made > ./conf/nginx.conf\n");
    write_program(openresty(),
                  "[ \"$1\" != -V ] || { echo 'nginx version: openresty/1.29.2.1'; echo 'configure arguments: "
                  "--with-http_ssl_module --add-module=../apisix-nginx-module-1.19.8'; exit 0; }\n"
                  "exec " +
                      python.string() + " " MTLSCHECK_SOURCE_DIR "/harness/gateway/recorded_apisix.py \"$@\"\n");
    ::setenv("MTLSCHECK_APISIX_HOME", home().c_str(), 1);
    ::setenv("MTLSCHECK_OPENRESTY", openresty().c_str(), 1);
  }
  void TearDown() override {
    ::unsetenv("MTLSCHECK_APISIX_HOME");
    ::unsetenv("MTLSCHECK_OPENRESTY");
  }
  fs::path home() const { return folder_->path() / "home"; }
  fs::path run() const { return folder_->path() / "run"; }
  fs::path openresty() const { return folder_->path() / "runtime/openresty"; }
  std::string seen() const { return testing::content_of(run() / "logs/access.log"); }

  Plan plan() {
    if (!tls_at_) tls_at_ = testing::free_endpoint("127.66.3.1");
    return {{{*tls_at_, {testing::mutual_site()}}}, run()};
  }
  Result<Gateway> start(const GatewayKind& kind) {
    const Result<Installed> installed = find(kind);
    if (!installed) return installed.error();
    return Gateway::start(kind, *installed, plan());
  }

  std::optional<TempDir> folder_;
  std::optional<Endpoint> tls_at_;
};

TEST_F(RecordedApisix, IsFoundByItsHomeAndSaysItsVersion) {
  const Result<Installed> installed = find(testing::shipped_kind("apisix"));
  ASSERT_TRUE(installed) << to_string(installed.error());
  EXPECT_EQ(installed->version, "3.18.0");
  EXPECT_EQ(installed->home, home());
  EXPECT_EQ(installed->program, openresty());
}

TEST_F(RecordedApisix, HomeThatIsNoneIsNamed) {
  ::setenv("MTLSCHECK_APISIX_HOME", run().c_str(), 1);
  const Result<Installed> installed = find(testing::shipped_kind("apisix"));
  ASSERT_FALSE(installed);
  EXPECT_THAT(installed.error().what, AllOf(HasSubstr("MTLSCHECK_APISIX_HOME"), HasSubstr("apisix/core/version.lua")));
}

TEST_F(RecordedApisix, OneThatIsTooOldIsNotDriven) {
  ASSERT_TRUE(write_file(home() / "apisix/core/version.lua", "return { VERSION = \"3.9.1\" }\n"));
  const Result<Installed> installed = find(testing::shipped_kind("apisix"));
  ASSERT_FALSE(installed);
  EXPECT_THAT(installed.error().what, AllOf(HasSubstr(home().string()), HasSubstr("3.9.1"), HasSubstr("3.13")));
}

TEST_F(RecordedApisix, OpenrestyOfSomebodyElseIsRefused) {
  write_program(openresty(), "echo 'nginx version: openresty/1.27.1.1'\n");
  const Result<Installed> installed = find(testing::shipped_kind("apisix"));
  ASSERT_FALSE(installed);
  EXPECT_THAT(installed.error().what, HasSubstr("does not say apisix-nginx-module"));
}

TEST_F(RecordedApisix, IsPreparedConfiguredAndReady) {
  Result<Gateway> gateway = start(testing::shipped_kind("apisix"));
  ASSERT_TRUE(gateway) << to_string(gateway.error());
  EXPECT_TRUE(gateway->alive());
  EXPECT_THAT(seen(), AllOf(HasSubstr("admin PUT /apisix/admin/configs 202"), HasSubstr("status GET /status/ready 503"),
                            HasSubstr("status GET /status/ready 200"), HasSubstr("probe GET /revision/1 302")));
  EXPECT_EQ(testing::content_of(home() / "conf/config.yaml"), "the user's own\n") << "nothing of it is touched";
  EXPECT_FALSE(fs::exists(home() / "conf/nginx.conf"));
  EXPECT_FALSE(fs::exists(home() / "logs"));
  EXPECT_FALSE(fs::exists(home() / "conf/cert/.ssl_trusted_combined.pem"));
  EXPECT_TRUE(fs::is_symlink(run() / "apisix"));
  EXPECT_FALSE(fs::exists(run() / "deps")) << "what the installation has not is not linked";
}

TEST_F(RecordedApisix, ReloadWaitsUntilTheNewConfigurationIsInForce) {
  const GatewayKind kind = testing::shipped_kind("apisix");
  Result<Gateway> gateway = start(kind);
  ASSERT_TRUE(gateway) << to_string(gateway.error());
  ASSERT_TRUE(render(kind, plan()));
  const Result<void> reloaded = gateway->reload();
  ASSERT_TRUE(reloaded) << to_string(reloaded.error());
  const std::string lines = seen();
  EXPECT_THAT(lines, AllOf(HasSubstr("probe GET /revision/2 404"), HasSubstr("probe GET /revision/2 302")));
  EXPECT_LT(lines.find("/revision/2 404"), lines.find("/revision/2 302")) << "it looked again until it was there";
}

TEST_F(RecordedApisix, ConfigurationThatIsRefusedIsToldInItsWords) {
  const GatewayKind kind = testing::shipped_kind("apisix");
  Result<Gateway> gateway = start(kind);
  ASSERT_TRUE(gateway) << to_string(gateway.error());
  ASSERT_TRUE(render(kind, plan()));
  ASSERT_TRUE(write_file(run() / "conf/configs.json", "{\"ssls\": [1]}"));
  const Result<void> reloaded = gateway->reload();
  ASSERT_FALSE(reloaded);
  EXPECT_EQ(reloaded.error().stage, "reload");
  EXPECT_THAT(reloaded.error().what,
              AllOf(HasSubstr("HTTP 400"), HasSubstr("invalid ssls at index 0"), HasSubstr("expected object")));
  EXPECT_TRUE(gateway->alive()) << "it goes on as before";
}

TEST_F(RecordedApisix, WrongKeyEndsTheStartAtOnceAndShowsNoSecret) {
  GatewayKind kind = testing::shipped_kind("apisix");
  kind.push->headers["X-API-KEY"] = "wrong";
  const Result<Gateway> gateway = start(kind);
  ASSERT_FALSE(gateway);
  EXPECT_THAT(gateway.error().what, AllOf(HasSubstr("HTTP 401"), HasSubstr("failed to check token")));
}

// Its workers do not hear of each other at once. What it took down it does not take again: the digest is that of
// before.
TEST_F(RecordedApisix, FirstConfigurationThatIsTakenDownAndLostIsSentAgain) {
  ASSERT_TRUE(write_file(run() / "fault", "late"));
  const Result<Gateway> gateway = start(testing::shipped_kind("apisix"));
  ASSERT_TRUE(gateway) << to_string(gateway.error());
  EXPECT_THAT(seen(), AllOf(HasSubstr("configs 500"), HasSubstr("configs 202"), Not(HasSubstr("configs 204"))));
}

// The Admin API answers in other ways than it should: the push ends within its patience, and says where and how.
class WorseApisix : public RecordedApisix {
 protected:
  std::string why(const std::string& fault) {
    const GatewayKind kind = testing::shipped_kind("apisix");
    Result<Gateway> gateway = start(kind);
    if (!gateway) return to_string(gateway.error());
    EXPECT_TRUE(render(kind, plan()));
    EXPECT_TRUE(write_file(run() / "fault", fault));
    const Clock::time_point began = Clock::now();
    const Result<void> reloaded = gateway->reload();
    EXPECT_LT(Clock::now() - began, std::chrono::seconds(20));
    EXPECT_TRUE(gateway->alive());
    return reloaded ? "it did" : reloaded.error().what;
  }
};

TEST_F(WorseApisix, ErrorIsToldInItsWords) {
  EXPECT_THAT(why("broken"), AllOf(HasSubstr("/apisix/admin/configs"), HasSubstr("HTTP 500"),
                                   HasSubstr("failed to save config to shared dict")));
}

TEST_F(WorseApisix, AnswerThatIsNoHttpIsToldAsThat) {
  EXPECT_THAT(why("garbage"), AllOf(HasSubstr("/apisix/admin/configs"), HasSubstr("no answer in HTTP")));
}

TEST_F(WorseApisix, SilenceIsBounded) {
  EXPECT_THAT(why("silent"), AllOf(HasSubstr("/apisix/admin/configs"), HasSubstr("no answer in time")));
}

TEST_F(RecordedApisix, PreparationThatFailsEndsTheStartWithItsWords) {
  write_program(home() / "bin/apisix", "echo 'failed to read local yaml config of apisix'; exit 1\n");
  const Result<Gateway> gateway = start(testing::shipped_kind("apisix"));
  ASSERT_FALSE(gateway);
  EXPECT_THAT(gateway.error().what, AllOf(HasSubstr("exit code 1"), HasSubstr("failed to read local yaml config")));
}

TEST_F(RecordedApisix, ProgramThatEndsIsExplained) {
  write_program(home() / "bin/apisix", "exit 0\n");  // and has made no nginx.conf
  const Result<Gateway> gateway = start(testing::shipped_kind("apisix"));
  ASSERT_FALSE(gateway);
  EXPECT_THAT(gateway.error().what, AllOf(HasSubstr("exit code 1"), HasSubstr("[emerg]")));
}

TEST_F(RecordedApisix, NeverReadyIsToldWithTheLastAnswer) {
  GatewayKind kind = testing::shipped_kind("apisix");
  kind.ready.back().path = "/revision/none";
  kind.ready_within = std::chrono::milliseconds(6000);
  const Result<Gateway> gateway = start(kind);
  ASSERT_FALSE(gateway);
  EXPECT_THAT(gateway.error().what, AllOf(HasSubstr("/revision/none"), HasSubstr("HTTP 404")));
}

TEST_F(RecordedApisix, FileIsReadAtTheStartAndAgain) {
  const GatewayKind kind = testing::shipped_kind("apisix-file");
  Result<Gateway> gateway = start(kind);
  ASSERT_TRUE(gateway) << to_string(gateway.error());
  EXPECT_THAT(seen(), AllOf(Not(HasSubstr("PUT")), HasSubstr("probe GET /revision/1 302")));
  ASSERT_TRUE(render(kind, plan()));
  const Result<void> reloaded = gateway->reload();
  ASSERT_TRUE(reloaded) << to_string(reloaded.error());
  EXPECT_THAT(seen(), HasSubstr("probe GET /revision/2 302"));
}

TEST_F(RecordedApisix, FileWithoutItsEndIsNotTaken) {
  const GatewayKind kind = testing::shipped_kind("apisix-file");
  Result<Gateway> gateway = start(kind);
  ASSERT_TRUE(gateway) << to_string(gateway.error());
  ASSERT_TRUE(render(kind, plan()));
  const std::string text = testing::content_of(run() / "conf/apisix.yaml");
  ASSERT_TRUE(write_file(run() / "conf/apisix.yaml", text.substr(0, text.rfind("#END"))));
  const Result<void> reloaded = gateway->reload();
  ASSERT_FALSE(reloaded);
  EXPECT_THAT(reloaded.error().what, AllOf(HasSubstr("/revision/2"), HasSubstr("HTTP 404")));
}

}  // namespace
}  // namespace mtls::gateway
