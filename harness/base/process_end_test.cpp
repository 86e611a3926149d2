// Children: how they end, and that nothing of them outlives this program.
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include <gmock/gmock.h>

#include "harness/base/process.h"
#include "harness/base/test_children.h"

namespace mtls {
namespace {

using namespace testing_children;
using ::testing::HasSubstr;

using ProcessEndTest = ChildTest;

TEST_F(ProcessEndTest, StopsAtTheFirstSignalThatWorks) {
  const auto said = folder_.path() / "said";
  ProcessSpec spec =
      shell("trap 'echo quit; exit 0' QUIT; trap 'echo term; exit 1' TERM; echo ready; while :; do sleep 0.01; done");
  spec.output = said;
  Result<Child> child = spawn(spec);
  ASSERT_TRUE(child);
  ASSERT_TRUE(eventually([&] { return *read_file(said) == "ready\n"; }));
  child->stop(SIGQUIT, long_enough);
  EXPECT_EQ(*read_file(said), "ready\nquit\n");
  EXPECT_EQ(child->wait_for(milliseconds(0))->code, 0);
}

TEST_F(ProcessEndTest, StopEndsAGroupThatIgnoresEverySignalItCan) {
  Result<Child> child = spawn(shell(stubborn_script(folder_.path() / "pids")));
  ASSERT_TRUE(child);
  const std::vector<pid_t> pids = pids_in(folder_.path() / "pids", 2);
  const Deadline begun{milliseconds(0)};
  child->stop(SIGQUIT, milliseconds(50));
  EXPECT_GE(Clock::now() - begun.at(), milliseconds(100));
  for (const pid_t pid : pids) EXPECT_EQ(::kill(pid, 0), -1) << pid;
  EXPECT_EQ(child->wait_for(milliseconds(0))->signal, SIGKILL);
  EXPECT_EQ(::kill(-child->pid(), 0), -1);
}

TEST_F(ProcessEndTest, StopEndsWhoIsLeftOfAGroupWithoutLeader) {
  Result<Child> child = spawn(shell("sleep 1000 & echo $! >" + shell_quote((folder_.path() / "pids").string())));
  ASSERT_TRUE(child);
  const pid_t orphan = pids_in(folder_.path() / "pids", 1).at(0);
  ASSERT_TRUE(child->wait_for(long_enough));
  EXPECT_TRUE(lives(orphan));
  child->stop(SIGQUIT, long_enough);
  EXPECT_EQ(::kill(orphan, 0), -1);
}

TEST_F(ProcessEndTest, StopLetsAStoppedProcessHandleItsSignal) {
  ProcessSpec spec = shell("trap 'exit 7' TERM; echo ready; while :; do sleep 0.01; done");
  spec.output = folder_.path() / "said";
  Result<Child> child = spawn(spec);
  ASSERT_TRUE(child);
  ASSERT_TRUE(eventually([&] { return *read_file(spec.output) == "ready\n"; }));
  child->signal(SIGSTOP);
  child->stop(SIGTERM, long_enough);
  EXPECT_EQ(child->wait_for(milliseconds(0))->code, 7);
}

TEST_F(ProcessEndTest, DestructionEndsTheWholeGroup) {
  std::vector<pid_t> pids;
  {
    Result<Child> child = spawn(shell(stubborn_script(folder_.path() / "pids")));
    ASSERT_TRUE(child);
    pids = pids_in(folder_.path() / "pids", 2);
  }
  for (const pid_t pid : pids) EXPECT_EQ(::kill(pid, 0), -1) << pid;
}

TEST_F(ProcessEndTest, AssignmentEndsTheOneThatWasThere) {
  Result<Child> first = spawn({"/bin/sleep", {"1000"}, {}, {}, {}});
  Result<Child> second = spawn({"/bin/sleep", {"1000"}, {}, {}, {}});
  ASSERT_TRUE(first && second);
  const pid_t old = first->pid();
  const pid_t other = second->pid();
  *first = std::move(*second);
  EXPECT_EQ(::kill(old, 0), -1);
  EXPECT_EQ(first->pid(), other);
  EXPECT_TRUE(first->running());
}

TEST_F(ProcessEndTest, OutlivesTheThreadThatAskedForIt) {
  std::optional<Child> child;
  std::thread([&] { child = *spawn({"/bin/sleep", {"1000"}, {}, {}, {}}); }).join();
  ASSERT_TRUE(child);
  EXPECT_FALSE(child->wait_for(milliseconds(50)));
}

TEST_F(ProcessEndTest, RunsFromManyThreadsAtOnce) {
  std::vector<std::thread> threads;
  std::vector<std::string> texts(6);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    threads.emplace_back([&texts, i] {
      for (int round = 0; round < 5; ++round) {
        const Result<Output> output = run_to_end(shell("echo " + std::to_string(i)), long_enough);
        texts[i] += output ? output->text : to_string(output.error());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const std::string line = std::to_string(i) + "\n";
    EXPECT_EQ(texts[i], line + line + line + line + line);
  }
}

TEST_F(ProcessEndTest, RunToEndKillsWhatDoesNotEnd) {
  const auto file = folder_.path() / "pids";
  const Result<Output> output = run_to_end(shell("echo thinking; " + stubborn_script(file)), milliseconds(200));
  ASSERT_FALSE(output);
  EXPECT_THAT(output.error().what, HasSubstr("did not end within 200 ms; its output: thinking"));
  for (const pid_t pid : pids_in(file, 2)) EXPECT_EQ(::kill(pid, 0), -1) << pid;
}

TEST_F(ProcessEndTest, RunToEndDoesNotWaitForWhoeverHoldsThePipe) {
  const Deadline deadline(long_enough);
  const Output output = run(shell("sleep 1000 & echo done"));
  EXPECT_EQ(output.text, "done\n");
  EXPECT_FALSE(deadline.passed());
}

TEST_F(ProcessEndTest, RunToEndKeepsAMebibyteOfOutput) {
  const Output output = run(shell("head -c 3145728 /dev/zero | tr '\\0' x"));
  EXPECT_EQ(output.text, std::string(1u << 20, 'x') + " [2097152 bytes left out]");
}

TEST_F(ProcessEndTest, RunToEndIsNotHeldByEndlessOutput) {
  const Result<Output> output = run_to_end({"yes", {}, {}, {}, {}}, milliseconds(100));
  ASSERT_FALSE(output);
  EXPECT_LT(output.error().what.size(), 2048u);
}

TEST_F(ProcessEndTest, OutputIsSanitised) {
  EXPECT_EQ(run(shell("printf 'a\\033[31m\\377\\n'")).text, "a\\x1b[31m\xEF\xBF\xBD\n");
}

// What another process of this test program does: it launches, says so in a file, and ends as it was told.
TEST(ProcessHelper, DISABLED_LaunchesAndEnds) {
  const char* place = std::getenv("MTLS_TEST_PIDS");
  const char* ending = std::getenv("MTLS_TEST_ENDING");
  if (place == nullptr || ending == nullptr) GTEST_SKIP() << "runs only as a helper of other tests";
  Result<Child> stubborn = spawn(shell(stubborn_script(place)));
  Result<Child> obedient = spawn(shell("echo $$ >>" + shell_quote(place) + "; sleep 1000"));
  ASSERT_TRUE(stubborn && obedient);
  pids_in(place, 3);
  ASSERT_TRUE(write_file(std::string(place) + ".ready", ""));
  if (std::string(ending) == "exit") ::_exit(0);
  for (;;) ::pause();
}

class SurvivalTest : public ChildTest {
 protected:
  // Not by spawn: this one must not be under this program's own guard.
  pid_t start_helper(const char* ending) {
    const std::string pids = (folder_.path() / "pids").string();
    const pid_t helper = ::fork();
    if (helper != 0) return helper;
    ::setenv("MTLS_TEST_PIDS", pids.c_str(), 1);
    ::setenv("MTLS_TEST_ENDING", ending, 1);
    ::dup2(::open("/dev/null", O_WRONLY), STDOUT_FILENO);
    ::execl("/proc/self/exe", "base_test", "--gtest_filter=ProcessHelper.*", "--gtest_also_run_disabled_tests",
            nullptr);
    ::_exit(127);
  }
  void expect_nobody_left(const std::vector<pid_t>& pids) {
    for (const pid_t pid : pids) EXPECT_TRUE(eventually([&] { return !lives(pid); }, seconds(3))) << pid;
  }
};

TEST_F(SurvivalTest, NothingOutlivesAKilledProgram) {
  const pid_t helper = start_helper("wait");
  ASSERT_TRUE(eventually([&] { return std::filesystem::exists(folder_.path() / "pids.ready"); }));
  const std::vector<pid_t> pids = pids_in(folder_.path() / "pids", 3);
  for (const pid_t pid : pids) EXPECT_TRUE(lives(pid));
  ASSERT_EQ(::kill(helper, SIGKILL), 0);
  ASSERT_EQ(::waitpid(helper, nullptr, 0), helper);
  expect_nobody_left(pids);
}

TEST_F(SurvivalTest, NothingOutlivesAProgramThatJustLeaves) {
  const pid_t helper = start_helper("exit");
  int status = 0;
  ASSERT_EQ(::waitpid(helper, &status, 0), helper);
  ASSERT_EQ(status, 0);
  expect_nobody_left(pids_in(folder_.path() / "pids", 3));
}

TEST_F(SurvivalTest, AForkedCopyLeavesTheChildrenAloneAndLaunchesItsOwn) {
#ifdef __SANITIZE_THREAD__
  GTEST_SKIP() << "ThreadSanitizer ends a forked copy that starts a thread";
#endif
  Result<Child> child = spawn({"/bin/sleep", {"1000"}, {}, {}, {}});
  ASSERT_TRUE(child);
  const pid_t copy = ::fork();
  if (copy == 0) {
    { const Child forgotten = std::move(*child); }
    const Result<Output> output = run_to_end(shell("echo own"), long_enough);
    ::_exit(output && output->text == "own\n" ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(copy, &status, 0), copy);
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(child->running());
}

}  // namespace
}  // namespace mtls
