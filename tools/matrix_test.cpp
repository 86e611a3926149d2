// The whole matrix on a real nginx: what it finds, its reports, and that concurrency changes nothing. And on every
// other kind that is delivered: what it finds.
#include <algorithm>
#include <filesystem>
#include <optional>

#include <gtest/gtest.h>

#include "harness/base/files.h"
#include "harness/base/process.h"
#include "tools/program_under_test.h"

namespace mtls::tools {
namespace {

// Runs a script of the project, or a program, and gives what it says.
Ran ask(const std::string& program, std::vector<std::string> arguments) {
  ProcessSpec spec;
  spec.program = find_program(program);
  spec.arguments = std::move(arguments);
  const Result<Output> output = run_to_end(spec, std::chrono::seconds(60));
  if (!output) return {-1, to_string(output.error())};
  return {output->exit.signal ? -1 : output->exit.code, output->text};
}

std::string source(const std::string& path) {
  return std::string(MTLSCHECK_SOURCE_DIR) + "/" + path;
}

class Matrix : public testing::Test {
 protected:
  void SetUp() override {
    if (!nginx_is_installed()) GTEST_SKIP() << "skipped, because nginx is not installed";
    auto made = TempDir::make();
    ASSERT_TRUE(made);
    folder_.emplace(std::move(*made));
  }
  std::string path(const std::string& name) const { return (folder_->path() / name).string(); }
  Ran run(const std::string& jobs, const std::string& name) {
    return mtlscheck({"run", "--gateway", "nginx", "--jobs", jobs, "--report", "json=" + path(name + ".json"),
                      "--report", "junit=" + path(name + ".xml"), "--report", "csv=" + path(name + ".csv")},
                     {}, {}, std::chrono::seconds(280));
  }
  std::optional<TempDir> folder_;
};

TEST_F(Matrix, EveryCaseIsAsItMustBeAndItsReportsAreReadable) {
  const Ran ran = run("4", "report");
  EXPECT_EQ(ran.code, 0) << ran.text;
  const Ran checked = ask("python3", {source("tools/check-matrix.py"), path("report.json"), path("report.xml")});
  EXPECT_EQ(checked.code, 0) << checked.text;
  if (find_program("xmllint").empty()) {
    GTEST_SKIP() << "the JUnit file was not read by xmllint, because it is not installed";
  }
  const Ran linted = ask("xmllint", {"--noout", path("report.xml")});
  EXPECT_EQ(linted.code, 0) << linted.text;
}

TEST_F(Matrix, TheJsonReportIsWhatItsSchemaSays) {
  if (ask("python3", {"-c", "import jsonschema"}).code != 0)
    GTEST_SKIP() << "skipped, because python3-jsonschema is not installed";
  ASSERT_EQ(mtlscheck({"run", "--gateway", "nginx", "--scenario", "client-auth/*,upstream*/*,seed-004/*,server-cert/*",
                       "--report", "json=" + path("report.json")},
                      {}, {}, std::chrono::seconds(280))
                .code,
            0);
  const Ran valid = ask("python3", {source("reports/schema/validate.py"), source("reports/schema/report.schema.json"),
                                    path("report.json")});
  EXPECT_EQ(valid.code, 0) << valid.text;
}

TEST_F(Matrix, OneJobAndEightGiveTheSameVerdicts) {
  ASSERT_EQ(run("1", "one").code, 0);
  ASSERT_EQ(run("8", "eight").code, 0);
  const Ran compared = ask("python3", {source("tools/verdicts.py"), path("one.json"), path("eight.json")});
  EXPECT_EQ(compared.code, 0) << compared.text;
}

TEST_F(Matrix, TheReportsHoldNoKeyMaterial) {
  ASSERT_EQ(run("4", "report").code, 0);
  for (const char* name : {"report.json", "report.xml", "report.csv"}) {
    const auto text = read_file(path(name));
    ASSERT_TRUE(text);
    EXPECT_EQ(text->find("PRIVATE KEY"), std::string::npos) << name;
    EXPECT_EQ(text->find("_TRAFFIC_SECRET"), std::string::npos) << name;
    EXPECT_EQ(text->find("TEST ONLY passphrase"), std::string::npos) << name;
  }
}

TEST_F(Matrix, AShardAndItsComplementAreTheWhole) {
  int cases = 0;
  for (const char* shard : {"1/3", "2/3", "3/3"}) {
    const Ran listed = mtlscheck({"run", "--gateway", "nginx", "--list", "--shard", shard});
    ASSERT_EQ(listed.code, 0) << listed.text;
    cases += static_cast<int>(std::count(listed.text.begin(), listed.text.end(), '\n'));
  }
  const Ran whole = mtlscheck({"run", "--gateway", "nginx", "--list"});
  EXPECT_EQ(cases, std::count(whole.text.begin(), whole.text.end(), '\n'));
}

std::vector<std::string> other_kinds() {
  std::vector<std::string> kinds;
  for (const auto& entry : std::filesystem::directory_iterator(source("fixtures/gateways")))
    if (entry.is_directory() && entry.path().filename() != "nginx") kinds.push_back(entry.path().filename());
  std::sort(kinds.begin(), kinds.end());
  return kinds;
}

class Kinds : public testing::TestWithParam<std::string> {};

TEST_P(Kinds, EveryCaseIsAsItMustBe) {
  if (!nginx_is_installed()) GTEST_SKIP() << "skipped, because nginx, which is an upstream here, is not installed";
  auto folder = TempDir::make();
  ASSERT_TRUE(folder);
  const std::string json = (folder->path() / "report.json").string(), junit = (folder->path() / "report.xml").string();
  const Ran ran = mtlscheck({"run", "--gateway", GetParam(), "--report", "json=" + json, "--report", "junit=" + junit},
                            {}, {}, std::chrono::seconds(280));
  if (ran.code == 4) GTEST_SKIP() << "skipped, because " << GetParam() << " is not installed";
  EXPECT_EQ(ran.code, 0) << ran.text;
  const Ran checked = ask("python3", {source("tools/check-matrix.py"), json, junit});
  EXPECT_EQ(checked.code, 0) << checked.text;
}

INSTANTIATE_TEST_SUITE_P(Delivered, Kinds, testing::ValuesIn(other_kinds()), [](const auto& kind) {
  std::string name = kind.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

}  // namespace
}  // namespace mtls::tools
