// Gateways of the user's own that are broken in one way each, in one run with one that is not.
#include <sys/resource.h>

#include <optional>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/base/files.h"
#include "tools/program_under_test.h"

namespace mtls::tools {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr const char* second_client = "client-auth/second-client";
constexpr const char* refuses_to_start = "gateway-policy/server-key-mismatch";

// The reference gateway started by a script, so that it has all that a gateway needs but for what the script breaks.
constexpr const char* kind_file = R"json({{"kind": "{}", "title": "A broken gateway", "programs": ["{}"],
  "package": "no-such-package", "version_arguments": ["-c", "echo 1.0"], "version_pattern": "([0-9.]+)",
  "capabilities": ["client-auth", "tls1.2", "tls1.3", "resumption"], "lacks": {{}},
  "files": [{{"template": "made.mustache", "path": "reference.conf"}}, {{"template": "script.mustache", "path": "script"}}],
  "arguments": ["{{{{folder}}}}/script"], "ready_within": "{}", "logs": ["output.log"], "error_log": "output.log",
  "client_pattern": "^(127[0-9.]+) ", "alarms": []}})json";

class BrokenGateways : public testing::Test {
 protected:
  void SetUp() override {
    auto made = TempDir::make();
    ASSERT_TRUE(made);
    folder_.emplace(std::move(*made));
    std::filesystem::create_directories(folder_->path() / "temporary");
  }

  void add(const std::string& name, const std::string& script, const std::string& ready_within = "30s",
           const std::string& program = "/bin/sh") {
    static const std::string source = MTLSCHECK_SOURCE_DIR;
    const auto kind = folder_->path() / "kinds" / name;
    std::filesystem::create_directories(kind);
    std::filesystem::copy_file(source + "/fixtures/gateways/reference/reference.conf.mustache", kind / "made.mustache");
    ASSERT_TRUE(write_file(kind / "gateway.json", fmt::format(kind_file, name, program, ready_within)));
    ASSERT_TRUE(write_file(kind / "script.mustache", script));
    kinds_ += "," + name;
  }
  static std::string sound_gateway() {
    const auto program = std::filesystem::path(MTLSCHECK_PROGRAM).parent_path() / "mtlscheck-reference-gateway";
    // Stopped while it serves, it leaves what its threads hold; that is no concern of these tests.
    return "env ASAN_OPTIONS=detect_leaks=0 " + program.string() + " --config {{folder}}/reference.conf";
  }
  // A process that would stay, and can be found by the folder it names.
  static std::string stray() { return "setsid sh -c 'sleep 60; : from {{folder}}' </dev/null >/dev/null 2>&1 &\n"; }

  Ran run(const std::string& scenarios, const std::string& jobs = "4") {
    return mtlscheck({"run", "--gateways", (folder_->path() / "kinds").string(), "--gateway", "reference" + kinds_,
                      "--scenario", scenarios, "--jobs", jobs},
                     {}, {{"TMPDIR", temporary()}});
  }
  std::string temporary() const { return (folder_->path() / "temporary").string(); }

  // As a finished case is printed.
  static std::string line(const std::string& outcome, const std::string& kind, const std::string& id) {
    return fmt::format("{:<11}  {}  {}", outcome, kind, id);
  }
  static void expect_error(const Ran& ran, const std::string& kind, const std::string& words) {
    EXPECT_THAT(ran.text, AllOf(HasSubstr(line("error", kind, second_client)), HasSubstr(words)));
    EXPECT_THAT(ran.text, Not(HasSubstr(line("pass", kind, second_client))));
    // A gateway that never starts is not one that refuses to start with a fault.
    EXPECT_THAT(ran.text, HasSubstr(line("error", kind, refuses_to_start)));
  }
  void expect_nothing_left() const {
    EXPECT_EQ(processes_with(temporary()), 0);
    EXPECT_TRUE(std::filesystem::is_empty(temporary()));
  }

  std::optional<TempDir> folder_;
  std::string kinds_;
};

TEST_F(BrokenGateways, ThatDoNotStartAreErrorsInTheirOwnWordsAndTheOthersAreTested) {
  add("not-found", "", "30s", "no-such-gateway");
  add("unknown-variable", "echo {{folde}}");
  add("exits", "echo why it ends; exit 7");
  add("mute", "exit 3");
  add("daemonises", stray() + "exit 0");
  add("never-ready", "echo waiting for a friend; sleep 60", "1s");
  add("leaves-a-child", stray() + "echo gone; exit 4");
  const Ran ran = run(std::string(second_client) + "," + refuses_to_start);
  EXPECT_EQ(ran.code, 3) << ran.text;
  expect_error(ran, "not-found", "no-such-gateway is not installed");
  expect_error(ran, "unknown-variable", "script.mustache:1: no variable is called \"folde\"; \"folder\"?");
  expect_error(ran, "exits", "ended with exit code 7 before it was ready:\\nwhy it ends");
  expect_error(ran, "mute", "ended with exit code 3 before it was ready:\\nit said nothing");
  expect_error(ran, "daemonises", "it must stay in the foreground");
  expect_error(ran, "never-ready", "within 1000 ms:\\nwaiting for a friend");
  expect_error(ran, "leaves-a-child", "ended with exit code 4 before it was ready:\\ngone");
  EXPECT_THAT(ran.text, HasSubstr("\nexits: "));
  EXPECT_THAT(ran.text, HasSubstr(line("pass", "reference", second_client)));
  EXPECT_THAT(ran.text, HasSubstr(line("pass", "reference", refuses_to_start)));
  expect_nothing_left();
}

TEST_F(BrokenGateways, OneThatDiesInTheMiddleIsToldByItsLastWords) {
  add("dies", "mkfifo said; " + sound_gateway() +
                  " >said 2>&1 & gateway=$!\n"
                  "while read -r line; do\n  echo \"$line\"\n"
                  "  echo \"$line\" | grep -q '^127[.][0-9]*[.]1[.]' && break\ndone <said\n"
                  "kill -9 $gateway; echo last words; exit 9");
  const auto begun = std::chrono::steady_clock::now();
  const Ran ran = run("client-auth/*", "1");
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(60));
  EXPECT_EQ(ran.code, 3) << ran.text;
  EXPECT_THAT(ran.text, HasSubstr(line("error", "dies", "gateway/sound")));
  EXPECT_THAT(ran.text, HasSubstr(line("error", "dies", "client-auth/")));
  EXPECT_THAT(ran.text, AllOf(HasSubstr("dies ended with exit code 9:\\n"), HasSubstr("\\nlast words")));
  EXPECT_THAT(ran.text, HasSubstr(line("pass", "reference", "gateway/sound")));
  EXPECT_THAT(ran.text, Not(HasSubstr(line("error", "reference", ""))));
  expect_nothing_left();
}

TEST_F(BrokenGateways, OneThatOnlyLeavesAChildOrSaysNothingIsTested) {
  add("leaves-a-child", stray() + "exec " + sound_gateway());
  add("mute", "exec " + sound_gateway() + " >/dev/null 2>&1");
  const Ran ran = run(second_client);
  EXPECT_EQ(ran.code, 0) << ran.text;
  for (const char* kind : {"leaves-a-child", "mute"})
    EXPECT_THAT(ran.text, HasSubstr(line("pass", kind, "gateway/sound")));
  expect_nothing_left();
}

TEST_F(BrokenGateways, ALogOfAGigabyteIsToldOfAndTakesNoMoreMemoryForIt) {
  // The first before it is ready, the second when it is asked to stop.
  add("floods", "truncate -s 1G {{folder}}/output.log\n" + sound_gateway() +
                    " &\ntrap 'truncate -s +1G {{folder}}/output.log; kill $!' TERM\nwait\nwait\n");
  const Ran ran = run(second_client);
  EXPECT_EQ(ran.code, 3) << ran.text;
  EXPECT_THAT(ran.text, HasSubstr(line("error", "floods", "gateway/sound")));
  EXPECT_THAT(ran.text, HasSubstr("more than 64 MiB were written to output.log"));
  EXPECT_THAT(ran.text, HasSubstr(line("pass", "reference", "gateway/sound")));
  rusage usage{};
  ASSERT_EQ(getrusage(RUSAGE_CHILDREN, &usage), 0);
  EXPECT_LT(usage.ru_maxrss, 700L << 10) << "KiB, of the largest child";
  expect_nothing_left();
}

}  // namespace
}  // namespace mtls::tools
