// What goes wrong around a run, told in a clear sentence, with nothing left behind.
#include <unistd.h>

#include <optional>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/base/files.h"
#include "harness/base/process.h"
#include "harness/base/socket.h"
#include "tools/program_under_test.h"

namespace mtls::tools {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

constexpr int seed = 1234567;

// Ports that a run with `seed` would take first, at the addresses of its gateways and upstreams, held by somebody else.
// Which network the run gets depends on who else runs: all of the next few are held.
std::vector<Fd> hold_ports(int ports) {
  std::vector<Fd> held;
  for (int n = 0; n < 2; ++n)
    for (int address = 1; address <= 16; ++address)
      for (int port = 20000; port < 20000 + ports; ++port) {
        Result<Fd> one =
            listen_tcp({fmt::format("127.{}.0.{}", 64 + (seed + n) % 160, address), static_cast<std::uint16_t>(port)});
        if (one) held.push_back(std::move(*one));
      }
  return held;
}

Ran run_one_case() {
  return mtlscheck(
      {"run", "--gateway", "nginx", "--scenario", "client-auth/second-client", "--seed", std::to_string(seed)});
}

TEST(Trouble, APortThatIsTakenIsPassedOver) {
  if (!nginx_is_installed()) GTEST_SKIP() << "skipped, because nginx is not installed";
  const auto held = hold_ports(3);
  ASSERT_FALSE(held.empty());
  const Ran ran = run_one_case();
  EXPECT_EQ(ran.code, 0) << ran.text;
}

// The program in a mount namespace of its own, with a disk of `kilobytes` at `at`.
Ran on_a_small_disk(const std::filesystem::path& at, int kilobytes, const std::string& arguments) {
  ProcessSpec spec;
  spec.program = "/usr/bin/unshare";
  spec.arguments = {
      "--mount", "/bin/sh", "-c",
      fmt::format("mount -t tmpfs -o size={}k none {} && {} {}; code=$?; ls -A {} | sed 's/^/left: /'; exit $code",
                  kilobytes, at.string(), MTLSCHECK_PROGRAM, arguments, at.string())};
  spec.environment = {{"TMPDIR", at.string()}};
  const Result<Output> output = run_to_end(spec, std::chrono::seconds(120));
  return output ? Ran{output->exit.code, output->text} : Ran{-1, to_string(output.error())};
}

class SmallDisk : public testing::Test {
 protected:
  void SetUp() override {
    if (!nginx_is_installed()) GTEST_SKIP() << "skipped, because nginx is not installed";
    if (geteuid() != 0) GTEST_SKIP() << "skipped, because only root may mount a disk";
    auto made = TempDir::make();
    ASSERT_TRUE(made);
    folder_.emplace(std::move(*made));
    const Ran tried = on_a_small_disk(folder_->path(), 64, "--version");
    if (tried.code != 0) GTEST_SKIP() << "skipped, because no disk can be mounted here: " << tried.text;
  }
  std::optional<TempDir> folder_;
};

TEST_F(SmallDisk, FullBeforeTheGatewayStartsIsAnErrorThatSaysSo) {
  const Ran ran = on_a_small_disk(folder_->path(), 16, "run --gateway nginx --scenario 'client-auth/*'");
  EXPECT_EQ(ran.code, 3) << ran.text;
  EXPECT_THAT(ran.text, HasSubstr("No space left on device"));
  EXPECT_EQ(ran.text.find("left: "), std::string::npos) << ran.text;
}

TEST_F(SmallDisk, AReportThatDoesNotFitIsNamedAndNotLeftHalfWritten) {
  const auto report = folder_->path() / "report.json";
  const Ran ran = on_a_small_disk(folder_->path(), 300,
                                  "run --gateway nginx --scenario 'client-auth/*' --report json=" + report.string());
  EXPECT_EQ(ran.code, 2) << ran.text;
  EXPECT_THAT(ran.text, HasSubstr(report.string()));
  EXPECT_THAT(ran.text, HasSubstr("No space left on device"));
  EXPECT_EQ(ran.text.find("left: "), std::string::npos) << ran.text;
}

}  // namespace
}  // namespace mtls::tools
