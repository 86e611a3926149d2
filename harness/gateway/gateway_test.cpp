// Programs that are no good gateways: each must give a clear error in time, and leave nothing behind.
#include "harness/gateway/gateway.h"

#include <signal.h>
#include <unistd.h>

#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/base/text.h"
#include "harness/gateway/test_gateway.h"
#include "harness/gateway/workers.h"

namespace mtls::gateway {
namespace {

using std::chrono::milliseconds;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class Scripted : public ::testing::Test {
 protected:
  void SetUp() override {
    Result<TempDir> made = TempDir::make();
    ASSERT_TRUE(made);
    folder_.emplace(std::move(*made));
    std::filesystem::create_directory(run());
    ASSERT_TRUE(write_file(folder_->path() / "made.mustache", "{{#listeners}}{{endpoint}}{{/listeners}}\n"));
    kind_.kind = "scripted";
    kind_.folder = folder_->path().string();
    kind_.files = {{"made.mustache", "made.conf"}};
    kind_.logs = {"error.log"};
    kind_.error_log = "error.log";
    kind_.ready_within = milliseconds(5000);
    plan_ = {{{testing::free_endpoint(), {testing::plain_site()}}}, run()};
  }
  std::filesystem::path run() const { return folder_->path() / "run"; }
  Result<Gateway> start(const std::string& script) {
    return Gateway::start(kind_, {testing::write_script(folder_->path(), script), ""}, plan_);
  }
  // Children of ours that still work in the folder.
  static std::size_t children() { return children_of(::getpid()).size(); }

  std::optional<TempDir> folder_;
  GatewayKind kind_;
  Plan plan_;
};

TEST_F(Scripted, ProgramThatEndsAtOnceIsExplainedByItsOwnWords) {
  const Clock::time_point began = Clock::now();
  const Result<Gateway> gateway = start("echo 'unknown directive \"x\" in made.conf:1'; echo why >> error.log; exit 7");
  ASSERT_FALSE(gateway);
  EXPECT_LT(Clock::now() - began, std::chrono::seconds(2));
  EXPECT_EQ(gateway.error().stage, "start");
  EXPECT_EQ(gateway.error().where, (run() / "made.conf").string());
  EXPECT_THAT(gateway.error().what,
              AllOf(HasSubstr("exit code 7"), HasSubstr("unknown directive"), HasSubstr("\nwhy")));
}

TEST_F(Scripted, BinFalse) {
  const Result<Gateway> gateway = Gateway::start(kind_, {"/bin/false", ""}, plan_);
  ASSERT_FALSE(gateway);
  EXPECT_THAT(gateway.error().what, AllOf(HasSubstr("exit code 1"), HasSubstr("it said nothing")));
}

TEST_F(Scripted, ProgramThatIsMissing) {
  const Result<Gateway> gateway = Gateway::start(kind_, {"/no/such/program", ""}, plan_);
  ASSERT_FALSE(gateway);
  EXPECT_THAT(to_string(gateway.error()), HasSubstr("/no/such/program"));
}

TEST_F(Scripted, ProgramThatIsKilled) {
  const Result<Gateway> gateway = start("kill -9 $$");
  ASSERT_FALSE(gateway);
  EXPECT_THAT(gateway.error().what, HasSubstr("ended by signal 9"));
}

TEST_F(Scripted, DaemonIsRefusedAndEnded) {
  const std::size_t before = children();
  const Result<Gateway> gateway = start("setsid sleep 60 </dev/null & exit 0");
  ASSERT_FALSE(gateway);
  EXPECT_THAT(gateway.error().what, HasSubstr("must stay in the foreground"));
  EXPECT_EQ(children(), before);
}

TEST_F(Scripted, ProgramThatNeverAnswersIsGivenUpAtTheDeadline) {
  kind_.ready_within = milliseconds(150);
  const Clock::time_point began = Clock::now();
  const Result<Gateway> gateway = start("exec sleep 60");
  ASSERT_FALSE(gateway);
  EXPECT_LT(Clock::now() - began, std::chrono::seconds(3));
  EXPECT_THAT(gateway.error().what,
              AllOf(HasSubstr("no answer at " + to_string(plan_.listeners[0].at)), HasSubstr("within 150 ms")));
}

TEST_F(Scripted, ProgramThatFillsItsLogIsCutShort) {
  kind_.ready_within = milliseconds(200);
  const Result<Gateway> gateway = start("while :; do echo 'the same line again and again'; done");
  ASSERT_FALSE(gateway);
  EXPECT_LT(gateway.error().what.size(), 4000u);
}

TEST_F(Scripted, PortThatIsTakenIsToldAtOnce) {
  const Result<Fd> holder = listen_tcp(plan_.listeners[0].at);
  ASSERT_TRUE(holder);
  const Result<Gateway> gateway = start("exec sleep 60");
  ASSERT_FALSE(gateway);
  EXPECT_EQ(gateway.error().where, to_string(plan_.listeners[0].at));
  EXPECT_THAT(gateway.error().what, HasSubstr("in use"));
}

TEST_F(Scripted, OpenPortWithoutTlsIsNotReadyWhereTlsIsExpected) {
  if (find_program("python3").empty()) GTEST_SKIP() << "python3 is not installed";
  kind_.ready_within = milliseconds(700);
  plan_.listeners[0].sites = {testing::mutual_site()};
  const Result<Gateway> gateway = start(
      "exec python3 -c 'import socket,time,sys; s=socket.create_server((sys.argv[1],int(sys.argv[2])));"
      "time.sleep(60)' 127.66.1.1 " +
      std::to_string(plan_.listeners[0].at.port));
  ASSERT_FALSE(gateway);
  EXPECT_THAT(gateway.error().what, HasSubstr("no answer"));
}

TEST_F(Scripted, UnknownSignalIsAnError) {
  kind_.stop_signal = "NOPE";
  const Result<Gateway> gateway = start("exec sleep 60");
  ASSERT_FALSE(gateway);
  EXPECT_THAT(gateway.error().what, HasSubstr("NOPE"));
}

TEST_F(Scripted, BadPatternIsAnError) {
  kind_.alarms = {"("};
  EXPECT_FALSE(start("exec sleep 60"));
}

// A gateway in a few lines: answers connections, with a child that ignores TERM.
constexpr const char* server =
    "trap '' TERM; sleep 60 & trap 'exit 0' TERM\n"
    "exec python3 -c 'import socket,sys\n"
    "s=socket.create_server((sys.argv[1],int(sys.argv[2])))\n"
    "while True: s.accept()[0].close()' 127.66.1.1 ";

TEST_F(Scripted, StopEndsTheWholeGroupAndIsIdempotent) {
  if (find_program("python3").empty()) GTEST_SKIP() << "python3 is not installed";
  const std::size_t before = children();
  Result<Gateway> gateway = start(server + std::to_string(plan_.listeners[0].at.port));
  ASSERT_TRUE(gateway) << to_string(gateway.error());
  EXPECT_TRUE(gateway->alive());
  EXPECT_FALSE(gateway->reload());
  gateway->stop();
  gateway->stop();
  EXPECT_FALSE(gateway->alive());
  EXPECT_EQ(children(), before);
  EXPECT_TRUE(listen_tcp(plan_.listeners[0].at));
  EXPECT_GT(gateway->cpu_seconds(), 0);
}

TEST_F(Scripted, DeathLaterIsSeen) {
  if (find_program("python3").empty()) GTEST_SKIP() << "python3 is not installed";
  Result<Gateway> gateway = start(
      "exec python3 -c 'import socket,sys\n"
      "s=socket.create_server((sys.argv[1],int(sys.argv[2])))\n"
      "s.accept()[0].close(); s.accept()\n"
      "print(\"last words\", flush=True); sys.exit(9)' 127.66.1.1 " +
      std::to_string(plan_.listeners[0].at.port));
  ASSERT_TRUE(gateway) << to_string(gateway.error());
  EXPECT_TRUE(gateway->alive());
  ASSERT_TRUE(connect_tcp(plan_.listeners[0].at, "", Deadline(milliseconds(1000))));
  EXPECT_THAT(gateway->wait_for_texts({"last words"}, milliseconds(5000)), IsEmpty());
  const Deadline deadline(milliseconds(5000));
  while (gateway->alive() && !deadline.passed()) gateway->wait_for_texts({"never"}, milliseconds(2));
  EXPECT_FALSE(gateway->alive());
  gateway->stop();
  ASSERT_THAT(gateway->log(), SizeIs(1));
  EXPECT_EQ(gateway->log()[0].file, "output.log");
}

// The program is given the endpoint in its configuration, so that each process listens at its own.
TEST_F(Scripted, EachListenerHasAProcessOfItsOwnWhereTheKindSaysSo) {
  if (find_program("python3").empty()) GTEST_SKIP() << "python3 is not installed";
  kind_.process_per_listener = true;
  kind_.arguments = {"{{folder}}"};
  plan_.listeners.push_back({testing::free_endpoint(), {testing::plain_site()}});
  const std::size_t before = children();
  Result<Gateway> gateway = start(
      "exec python3 -c 'import socket,sys\n"
      "at=open(sys.argv[1]+\"/made.conf\").read().strip(); host,port=at.rsplit(\":\",1)\n"
      "s=socket.create_server((host,int(port)))\n"
      "while True: s.accept()[0].close(); print(\"at\",at,flush=True)' \"$1\"");
  ASSERT_TRUE(gateway) << to_string(gateway.error());
  EXPECT_EQ(children(), before + 2);
  std::vector<std::string> words;
  for (const Listener& listener : plan_.listeners) {
    ASSERT_TRUE(connect_tcp(listener.at, "", Deadline(milliseconds(1000))));
    words.push_back("at " + to_string(listener.at));
  }
  EXPECT_THAT(gateway->wait_for_texts(words, milliseconds(5000)), IsEmpty());
  EXPECT_TRUE(gateway->alive());
  gateway->stop();
  EXPECT_FALSE(gateway->alive());
  EXPECT_EQ(children(), before);
}

TEST_F(Scripted, OneProcessThatDoesNotStartIsTheWholeGatewaysError) {
  if (find_program("python3").empty()) GTEST_SKIP() << "python3 is not installed";
  kind_.process_per_listener = true;
  kind_.arguments = {"{{folder}}"};
  plan_.listeners.push_back({testing::free_endpoint(), {testing::plain_site()}});
  const std::size_t before = children();
  kind_.ready_within = milliseconds(300);
  const Result<Gateway> gateway = start("case \"$1\" in *listener-1) echo no; exit 3;; esac; exec sleep 60");
  ASSERT_FALSE(gateway);
  EXPECT_EQ(children(), before);
}

}  // namespace
}  // namespace mtls::gateway
