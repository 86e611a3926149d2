// Nothing survives the program: not its gateways, not its folders, whatever ends it.
#include <poll.h>
#include <signal.h>

#include <optional>

#include <gtest/gtest.h>

#include "harness/base/files.h"
#include "harness/base/process.h"
#include "harness/base/time.h"
#include "tools/program_under_test.h"

namespace mtls::tools {
namespace {

// A run whose slowest cases last long enough to be ended in the middle, with its private folders below `temporary`.
Result<Child> begin_run(const std::filesystem::path& temporary, const std::vector<std::string>& more = {}) {
  ProcessSpec spec;
  spec.program = MTLSCHECK_PROGRAM;
  spec.arguments = {"run", "--gateway", "nginx", "--jobs", "1"};
  spec.arguments.insert(spec.arguments.end(), more.begin(), more.end());
  spec.environment = {{"TMPDIR", temporary.string()}};
  spec.folder = temporary;
  return spawn(spec);
}

template <class Condition>
bool within(std::chrono::milliseconds patience, Condition condition) {
  const Deadline deadline(patience);
  while (!condition()) {
    if (deadline.passed()) return false;
    poll(nullptr, 0, 5);
  }
  return true;
}

bool any_folder(const std::filesystem::path& temporary) {
  for (const auto& entry : std::filesystem::directory_iterator(temporary))
    if (entry.path().filename().string().starts_with("mtlscheck.")) return true;
  return false;
}

class Leftovers : public testing::Test {
 protected:
  void SetUp() override {
    if (!nginx_is_installed()) GTEST_SKIP() << "skipped, because nginx is not installed";
    auto made = TempDir::make();
    ASSERT_TRUE(made);
    folder_.emplace(std::move(*made));
  }
  std::optional<TempDir> folder_;
};

TEST_F(Leftovers, KilledInTheMiddleNoGatewayIsLeftWithinASecondAndTheNextRunRemovesTheFolder) {
  auto run = begin_run(folder_->path());
  ASSERT_TRUE(run);
  ASSERT_TRUE(
      within(std::chrono::seconds(60), [&] { return processes_with(folder_->path().string() + "/mtlscheck.") > 0; }));
  kill(run->pid(), SIGKILL);
  EXPECT_TRUE(
      within(std::chrono::seconds(1), [&] { return processes_with(folder_->path().string() + "/mtlscheck.") == 0; }));
  ASSERT_TRUE(run->wait_for(std::chrono::seconds(5)));
  EXPECT_TRUE(any_folder(folder_->path()));
  const Ran next = mtlscheck({"run", "--gateway", "nginx", "--scenario", "client-auth/second-client"}, {},
                             {{"TMPDIR", folder_->path().string()}});
  EXPECT_EQ(next.code, 0) << next.text;
  EXPECT_FALSE(any_folder(folder_->path()));
}

TEST_F(Leftovers, InterruptedItWritesAPartialReportAndCleansUp) {
  for (const auto& [number, code] : {std::pair{SIGINT, 130}, std::pair{SIGTERM, 143}}) {
    const auto report = folder_->path() / "report.json";
    auto run = begin_run(folder_->path(), {"--report", "json=" + report.string()});
    ASSERT_TRUE(run);
    ASSERT_TRUE(
        within(std::chrono::seconds(60), [&] { return processes_with(folder_->path().string() + "/mtlscheck.") > 0; }));
    run->signal(number);
    const auto exit = run->wait_for(std::chrono::seconds(60));
    ASSERT_TRUE(exit);
    EXPECT_EQ(exit->code, code);
    const auto text = read_file(report);
    ASSERT_TRUE(text);
    EXPECT_NE(text->find("\"complete\": false"), std::string::npos);
    EXPECT_FALSE(any_folder(folder_->path()));
    EXPECT_EQ(processes_with(folder_->path().string() + "/mtlscheck."), 0);
  }
}

TEST_F(Leftovers, ARunThatEndsLeavesNothing) {
  const Ran ran =
      mtlscheck({"run", "--gateway", "nginx", "--scenario", "seed-004/*"}, {}, {{"TMPDIR", folder_->path().string()}});
  EXPECT_EQ(ran.code, 0) << ran.text;
  EXPECT_FALSE(any_folder(folder_->path()));
}

TEST_F(Leftovers, AFolderThatCannotBeWrittenIsNamed) {
  const Ran ran = mtlscheck({"run", "--gateway", "nginx", "--scenario", "client-auth/second-client"}, {},
                            {{"TMPDIR", "/proc/no-such-folder"}});
  EXPECT_EQ(ran.code, 3) << ran.text;
  EXPECT_NE(ran.text.find("/proc/no-such-folder"), std::string::npos) << ran.text;
}

TEST_F(Leftovers, AReportThatCannotBeWrittenIsNamedAndTheOthersAreWritten) {
  const auto good = folder_->path() / "good.json";
  const Ran ran = mtlscheck({"run", "--gateway", "nginx", "--scenario", "client-auth/second-client", "--report",
                             "json=/proc/no-such-folder/report.json", "--report", "json=" + good.string()});
  EXPECT_EQ(ran.code, 2) << ran.text;
  EXPECT_NE(ran.text.find("/proc/no-such-folder/report.json"), std::string::npos) << ran.text;
  EXPECT_TRUE(read_file(good));
}

}  // namespace
}  // namespace mtls::tools
