// mtlscheck lab: what it prints works by copy and paste, and nothing of it is left when it ends.
#include <poll.h>
#include <signal.h>

#include <optional>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/base/files.h"
#include "harness/base/process.h"
#include "harness/base/text.h"
#include "harness/base/time.h"
#include "tools/program_under_test.h"

namespace mtls::tools {
namespace {

using testing::HasSubstr;

class Lab : public testing::Test {
 protected:
  void SetUp() override {
    if (!nginx_is_installed()) GTEST_SKIP() << "skipped, because nginx is not installed";
    auto made = TempDir::make();
    ASSERT_TRUE(made);
    folder_.emplace(std::move(*made));
  }

  void start(const std::vector<std::string>& more) {
    ProcessSpec spec;
    spec.program = MTLSCHECK_PROGRAM;
    spec.arguments = {"lab", "--gateway", "nginx"};
    spec.arguments.insert(spec.arguments.end(), more.begin(), more.end());
    spec.environment = {{"TMPDIR", folder_->path().string()}};
    spec.folder = folder_->path();
    spec.output = folder_->path() / "output";
    auto child = spawn(spec);
    ASSERT_TRUE(child);
    lab_.emplace(std::move(*child));
  }

  std::string output() const {
    const auto text = read_file(folder_->path() / "output");
    return text ? *text : "";
  }

  // Waits for the last line of the listing.
  void expect_up(const std::string& last) {
    const Deadline deadline(std::chrono::seconds(60));
    while (output().find(last) == std::string::npos && lab_->running() && !deadline.passed()) poll(nullptr, 0, 10);
    ASSERT_THAT(output(), HasSubstr(last));
  }

  void expect_nothing_left(int signal_number, int code) {
    lab_->signal(signal_number);
    const auto exit = lab_->wait_for(std::chrono::seconds(20));
    ASSERT_TRUE(exit);
    EXPECT_EQ(exit->code, code) << output();
    EXPECT_EQ(processes_with(folder_->path().string() + "/mtlscheck."), 0);
    for (const auto& entry : std::filesystem::directory_iterator(folder_->path()))
      EXPECT_FALSE(entry.path().filename().string().starts_with("mtlscheck.")) << entry.path();
  }

  // The printed lines that begin with `word`.
  std::vector<std::string> lines(const std::string& word) const {
    std::vector<std::string> found;
    for (const std::string& line : split(output(), '\n'))
      if (trim(line).starts_with(word)) found.emplace_back(trim(line));
    return found;
  }

  static Output run_in_shell(const std::string& line) {
    ProcessSpec spec;
    spec.program = "/bin/sh";
    spec.arguments = {"-c", line};
    const auto programs = std::filesystem::path(MTLSCHECK_PROGRAM).parent_path().string();
    spec.environment = {{"PATH", programs + ":/usr/local/bin:/usr/bin:/bin"}};
    auto ran = run_to_end(spec, std::chrono::seconds(30));
    return ran ? *ran : Output{{-1, 0}, to_string(ran.error())};
  }

  Output run_line(const std::string& word, std::size_t which) {
    const auto all = lines(word);
    return which < all.size() ? run_in_shell(all[which]) : Output{{-1, 0}, "no line begins with " + word};
  }

  std::optional<TempDir> folder_;
  std::optional<Child> lab_;
};

TEST_F(Lab, PrintedLinesWorkForTheRightClientAndForTheRefusedOneAndNothingIsLeft) {
  start({"--tls", "1.3", "--scenario", "client-auth/expired"});
  ASSERT_NO_FATAL_FAILURE(expect_up("Ctrl-C stops"));
  const Output curl = run_line("curl ", 0);
  EXPECT_EQ(curl.exit.code, 0) << curl.text;
  EXPECT_THAT(curl.text, HasSubstr("HTTP/1.1 200"));
  EXPECT_THAT(run_line("curl ", 1).text, HasSubstr("HTTP/1.1 400"));
  EXPECT_THAT(run_line("printf ", 0).text, HasSubstr("HTTP/1.1 200"));
  EXPECT_THAT(run_line("printf ", 1).text, HasSubstr("HTTP/1.1 400"));
  const Output healthy = run_line("mtlscheck diagnose", 0);
  EXPECT_EQ(healthy.exit.code, 0) << healthy.text;
  EXPECT_THAT(healthy.text, HasSubstr("HEALTHY"));
  const Output expired = run_line("mtlscheck diagnose", 1);
  EXPECT_EQ(expired.exit.code, 1) << expired.text;
  EXPECT_THAT(expired.text, HasSubstr("client-cert-expired"));
  expect_nothing_left(SIGINT, 130);
}

TEST_F(Lab, ALineStandsOnlyWhereItsToolMakesTheRequest) {
  start({"--tls", "1.2", "--scenario",
         "domains/absolute-target,server-cert/sni-absent-default,client-auth/weak-key,handshake/alpn-mismatch,"
         "handshake/session-resumed,plaintext/tls-to-plain-port"});
  ASSERT_NO_FATAL_FAILURE(expect_up("Ctrl-C stops"));
  for (const char* why :
       {"# curl holds the certificate against the name that it sends",
        "# curl does not load a certificate as weak as this one", "# curl does not offer the protocol x-unknown/1",
        "# curl does not resume the session", "# openssl s_client resumes only", "# openssl s_client speaks TLS",
        "# mtlscheck diagnose cannot be asked for this: the request resumes a session"})
    EXPECT_THAT(output(), HasSubstr(std::string("  ") + why));
  const auto curls = lines("curl "), openssls = lines("printf ");
  EXPECT_GE(curls.size(), 7u);
  for (const std::string& line : curls)
    EXPECT_THAT(run_in_shell(line).exit.code, testing::Not(testing::AnyOf(2, 3, 58))) << line;
  EXPECT_GE(openssls.size(), 8u);
  for (const std::string& line : openssls)
    EXPECT_THAT(run_in_shell(line).text, testing::Not(HasSubstr("error setting certificate"))) << line;
  const auto absolute = lines("curl -sSi --http1.1 --resolve a.test");
  ASSERT_EQ(absolute.size(), 2u);
  EXPECT_THAT(absolute[1], HasSubstr(" --request-target http://b.test/ "));
  EXPECT_THAT(run_in_shell(absolute[1]).text, HasSubstr("HTTP/1.1 4"));
  expect_nothing_left(SIGINT, 130);
}

TEST_F(Lab, AsJsonItIsOneLineForEachRequest) {
  start({"--scenario", "server-cert/revoked,gateway-policy/unknown-variable", "--json"});
  ASSERT_NO_FATAL_FAILURE(expect_up("gateway-policy/unknown-variable"));
  const auto lines = split(trim(output()), '\n');
  ASSERT_EQ(lines.size(), 6u) << output();
  EXPECT_THAT(lines[0], HasSubstr("\"requests\":5"));
  EXPECT_THAT(output(), testing::AllOf(HasSubstr("\"planted\":\"server-cert-revoked\""),
                                       HasSubstr("\"planted\":\"gateway-misconfigured\""),
                                       testing::Not(HasSubstr("PRIVATE KEY"))));
  expect_nothing_left(SIGTERM, 143);
}

TEST_F(Lab, AGatewayThatEndsByItselfEndsTheLab) {
  start({"--tls", "1.3", "--scenario", "client-auth/valid"});
  ASSERT_NO_FATAL_FAILURE(expect_up("Ctrl-C stops"));
  for (const std::string& line : split(output(), '\n')) {
    const auto at = line.find("logs in ");
    if (at == std::string::npos) continue;
    const auto pid = read_file(line.substr(at + 8) + "/nginx.pid");
    ASSERT_TRUE(pid);
    kill(std::stoi(*pid), SIGKILL);
  }
  const auto exit = lab_->wait_for(std::chrono::seconds(20));
  ASSERT_TRUE(exit);
  EXPECT_EQ(exit->code, 3);
  EXPECT_THAT(output(), HasSubstr("nginx ended by itself"));
}

TEST(LabUsage, NothingToStartIsSaid) {
  EXPECT_EQ(mtlscheck({"lab"}).code, 2);
  EXPECT_EQ(mtlscheck({"lab", "--gateway", "ngnix"}).code, 2);
  EXPECT_EQ(mtlscheck({"lab", "--gateway", "nginx", "--scenario", "no/such"}).code, 4);
}

}  // namespace
}  // namespace mtls::tools
