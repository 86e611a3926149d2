// Children: how they start and what they inherit.
#include "harness/base/process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include <gmock/gmock.h>

#include "harness/base/test_children.h"

namespace mtls {
namespace {

using namespace testing_children;
using ::testing::HasSubstr;
using ::testing::Not;

using ProcessTest = ChildTest;

TEST_F(ProcessTest, TellsTheExitStatusAndCollectsBothStreams) {
  const Output output = run(shell("echo out; echo err >&2; exit 3"));
  EXPECT_EQ(output.exit.code, 3);
  EXPECT_EQ(output.exit.signal, 0);
  EXPECT_EQ(output.text, "out\nerr\n");
}

TEST_F(ProcessTest, TellsTheSignalThatEndedIt) {
  const Output output = run(shell("kill -KILL $$"));
  EXPECT_EQ(output.exit.code, 0);
  EXPECT_EQ(output.exit.signal, SIGKILL);
}

TEST_F(ProcessTest, FindsProgramsByNameAndPassesArgumentsAsTheyAre) {
  const Output output = run({"printf", {"[%s]", "", "a b", "$HOME", "it's"}, {}, {}, {}});
  EXPECT_EQ(output.text, "[][a b][$HOME][it's]");
}

TEST_F(ProcessTest, SaysWhyAProgramCannotBeStarted) {
  const auto why = [](const ProcessSpec& spec) {
    const Result<Child> child = spawn(spec);
    return child ? std::string("it started") : to_string(child.error());
  };
  EXPECT_EQ(why({"/no/such/program", {}, {}, {}, {}}), "/no/such/program: there is no such program");
  EXPECT_EQ(why({"no-such-program", {}, {}, {}, {}}), "no-such-program: there is no such program");
  EXPECT_EQ(why({folder_.path(), {}, {}, {}, {}}), folder_.path().string() + ": is not an executable file");
  const auto plain = folder_.path() / "plain";
  ASSERT_TRUE(write_file(plain, "text"));
  EXPECT_EQ(why({plain, {}, {}, {}, {}}), plain.string() + ": is not an executable file");
  ASSERT_EQ(::chmod(plain.c_str(), 0755), 0);
  EXPECT_EQ(why({plain, {}, {}, {}, {}}), plain.string() + ": cannot be started: Exec format error");
  EXPECT_THAT(why({"/bin/true", {}, "/no/such/folder", {}, {}}), HasSubstr("there is no folder /no/such/folder"));
  EXPECT_THAT(why({"/bin/true", {}, {}, {}, "/no/such/folder/log"}), HasSubstr("cannot be opened for output"));
}

TEST_F(ProcessTest, LeavesNoZombieWhenExecFails) {
  const auto broken = folder_.path() / "broken";
  ASSERT_TRUE(write_file(broken, "not a program"));
  ASSERT_EQ(::chmod(broken.c_str(), 0755), 0);
  // What this program has inherited from copies of itself in other tests.
  while (::waitpid(-1, nullptr, WNOHANG) > 0) {
  }
  for (int i = 0; i < 20; ++i) EXPECT_FALSE(spawn({broken, {}, {}, {}, {}}));
  siginfo_t ended{};
  const int waited = ::waitid(P_ALL, 0, &ended, WEXITED | WNOHANG | WNOWAIT);
  EXPECT_TRUE(waited != 0 || ended.si_pid == 0) << "process " << ended.si_pid << " is unreaped";
}

TEST_F(ProcessTest, AppendsToTheOutputFile) {
  const auto log = folder_.path() / "log";
  ASSERT_TRUE(write_file(log, "before\n"));
  ProcessSpec spec = shell("echo out; echo err >&2");
  spec.output = log;
  Result<Child> child = spawn(spec);
  ASSERT_TRUE(child);
  ASSERT_TRUE(child->wait_for(long_enough));
  EXPECT_EQ(*read_file(log), "before\nout\nerr\n");
}

TEST_F(ProcessTest, WorksInTheGivenFolder) {
  ProcessSpec spec = shell("pwd -P");
  spec.folder = folder_.path();
  EXPECT_EQ(run(spec).text, std::filesystem::canonical(folder_.path()).string() + "\n");
}

TEST_F(ProcessTest, ScrubsTheEnvironment) {
  const std::vector<std::string> scrubbed = {"LD_LIBRARY_PATH", "OPENSSL_CONF",  "OPENSSL_MODULES", "SSL_CERT_FILE",
                                             "SSL_CERT_DIR",    "SSLKEYLOGFILE", "https_proxy",     "ALL_PROXY",
                                             "no_proxy",        "NGINX",         "NOTIFY_SOCKET"};
  for (const std::string& name : scrubbed) ::setenv(name.c_str(), "inherited", 1);
  ::setenv("MTLS_TEST_HARMLESS", "inherited", 1);
  ProcessSpec spec{"env", {}, {}, {{"SSL_CERT_DIR", "/given"}, {"EMPTY", ""}, {"ODD", "a=b c"}}, {}};
  const std::string text = run(spec).text;
  for (const std::string& name : scrubbed) {
    EXPECT_THAT(text, Not(HasSubstr(name + "=inherited")));
    ::unsetenv(name.c_str());
  }
  ::unsetenv("MTLS_TEST_HARMLESS");
  EXPECT_THAT(text, HasSubstr("MTLS_TEST_HARMLESS=inherited\n"));
  EXPECT_THAT(text, HasSubstr("SSL_CERT_DIR=/given\n"));
  EXPECT_THAT(text, HasSubstr("EMPTY=\n"));
  EXPECT_THAT(text, HasSubstr("ODD=a=b c\n"));
}

TEST_F(ProcessTest, InheritsNoDescriptorButItsOutput) {
  const int leaked = ::open("/dev/null", O_RDONLY);
  const int high = ::fcntl(leaked, F_DUPFD, 200);
  ASSERT_GE(leaked, 3);
  ASSERT_GE(high, 200);
  const std::string seen = run(shell("for fd in $(seq 3 " + std::to_string(high) +
                                     "); do [ -e /proc/$$/fd/$fd ] && echo $fd; done; readlink /proc/$$/fd/0"))
                               .text;
  EXPECT_EQ(seen, "/dev/null\n");
  ::close(leaked);
  ::close(high);
}

TEST_F(ProcessTest, StartsWithNoSignalBlockedOrIgnored) {
  sigset_t blocked, before;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  sigaddset(&blocked, SIGUSR1);
  ::pthread_sigmask(SIG_BLOCK, &blocked, &before);
  const auto pipe_before = ::signal(SIGPIPE, SIG_IGN);
  const auto interrupt_before = ::signal(SIGINT, SIG_IGN);
  const std::string status = run({"cat", {"/proc/self/status"}, {}, {}, {}}).text;
  ::signal(SIGINT, interrupt_before);
  ::signal(SIGPIPE, pipe_before);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  EXPECT_THAT(status, HasSubstr("SigBlk:\t0000000000000000"));
  EXPECT_THAT(status, HasSubstr("SigIgn:\t0000000000000000"));
}

TEST_F(ProcessTest, AFileWithoutEndIsEnded) {
  const auto file = folder_.path() / "endless";
  ProcessSpec spec = shell("truncate -s " + std::to_string(most_file_bytes) + " endless && echo more >>endless");
  spec.folder = folder_.path();
  const Output output = run(spec);
  EXPECT_EQ(std::filesystem::file_size(file), most_file_bytes);
  EXPECT_EQ(output.exit.signal, SIGXFSZ);
}

TEST_F(ProcessTest, LeadsAGroupOfItsOwn) {
  Result<Child> child = spawn({"/bin/sleep", {"1000"}, {}, {}, {}});
  ASSERT_TRUE(child);
  EXPECT_EQ(::getpgid(child->pid()), child->pid());
  EXPECT_NE(::getpgid(child->pid()), ::getpgrp());
}

TEST_F(ProcessTest, WaitsNoLongerThanAsked) {
  Result<Child> child = spawn({"/bin/sleep", {"1000"}, {}, {}, {}});
  ASSERT_TRUE(child);
  EXPECT_FALSE(child->wait_for(milliseconds(30)));
  EXPECT_TRUE(child->running());
  EXPECT_EQ(child->cpu_seconds(), 0);
  child->signal(SIGTERM);
  const std::optional<Exit> exit = child->wait_for(long_enough);
  ASSERT_TRUE(exit);
  EXPECT_EQ(exit->signal, SIGTERM);
  EXPECT_FALSE(child->running());
  EXPECT_EQ(child->wait_for(milliseconds(0))->signal, SIGTERM);
  child->signal(SIGTERM);
}

TEST_F(ProcessTest, CountsTheCpuTimeOfTheReaped) {
  Result<Child> child = spawn(shell("i=0; while [ $i -lt 60000 ]; do i=$((i+1)); done"));
  ASSERT_TRUE(child);
  ASSERT_TRUE(child->wait_for(long_enough));
  EXPECT_GT(child->cpu_seconds(), 0.005);
  EXPECT_LT(child->cpu_seconds(), 10);
}

}  // namespace
}  // namespace mtls
