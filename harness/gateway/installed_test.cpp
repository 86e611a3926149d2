// Which program a kind is, and what is said where it is none.
#include <cstdlib>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/gateway/test_gateway.h"

namespace mtls::gateway {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// In the environment for as long as it lives.
class Variable {
 public:
  Variable(std::string name, const std::string& value) : name_(std::move(name)) {
    ::setenv(name_.c_str(), value.c_str(), 1);
  }
  ~Variable() { ::unsetenv(name_.c_str()); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  std::string name_;
};

std::string words_of(const GatewayKind& kind) {
  const Result<Installed> found = find(kind);
  return found ? "found" : to_string(found.error());
}

TEST(Find, MissesAFileThatTheKindNeeds) {
  GatewayKind kind = testing::nginx_kind();
  kind.programs = {"sh"};
  kind.needs = {"/bin", "/no/such/module.so"};
  const Result<Installed> found = find(kind);
  ASSERT_FALSE(found);
  EXPECT_THAT(to_string(found.error()), AllOf(HasSubstr("/no/such/module.so is missing"), HasSubstr("nginx-light")));
}

TEST(Find, NamesThePackageOfAMissingProgram) {
  GatewayKind kind = testing::nginx_kind();
  kind.programs = {"no-such-gateway"};
  const Result<Installed> found = find(kind);
  ASSERT_FALSE(found);
  EXPECT_THAT(to_string(found.error()), AllOf(HasSubstr("no-such-gateway is not installed"), HasSubstr("nginx-light")));
}

TEST(Find, NamesThePythonPackageOfAMissingProgram) {
  GatewayKind kind = testing::nginx_kind();
  kind.programs = {"~/no-such-gateway"};
  kind.package = "pip:some-gateway";
  const Result<Installed> found = find(kind);
  ASSERT_FALSE(found);
  EXPECT_THAT(to_string(found.error()), HasSubstr("install it with: pip install some-gateway"));
}

TEST(Find, LooksIntoTheUsersHome) {
  const auto home = TempDir::make();
  ASSERT_TRUE(home);
  std::filesystem::create_symlink("/bin/sh", home->path() / "gateway");
  const char* before = std::getenv("HOME");
  const std::string kept = before ? before : "";
  ::setenv("HOME", home->path().c_str(), 1);
  GatewayKind kind = testing::nginx_kind();
  kind.programs = {"~/gateway"};
  kind.version_arguments = {"-c", "echo nginx/9.9.9"};
  const Result<Installed> found = find(kind);
  before ? ::setenv("HOME", kept.c_str(), 1) : ::unsetenv("HOME");
  ASSERT_TRUE(found) << to_string(found.error());
  EXPECT_EQ(found->program, home->path() / "gateway");
}

TEST(Find, VariableComesFirst) {
  GatewayKind kind = testing::nginx_kind();
  kind.program_variable = "MTLSCHECK_GATEWAY_TEST_PROGRAM";
  kind.version_arguments = {"-c", "echo nginx/9.9.9"};
  ::setenv(kind.program_variable.c_str(), "/bin/sh", 1);
  const Result<Installed> found = find(kind);
  ASSERT_TRUE(found) << to_string(found.error());
  EXPECT_EQ(found->version, "9.9.9");
  ::setenv(kind.program_variable.c_str(), "/no/such/program", 1);
  EXPECT_FALSE(find(kind));
  ::unsetenv(kind.program_variable.c_str());
}

TEST(Find, LooksBesideThisProgramAfterThePath) {
  GatewayKind kind = testing::nginx_kind();
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe");
  kind.programs = {self.filename().string()};
  kind.program_variable.clear();
  kind.version_pattern.clear();
  const Result<Installed> found = find(kind);
  ASSERT_TRUE(found) << to_string(found.error());
  EXPECT_EQ(found->program, self);
}

// Of every kind that is delivered, the ones with an installation of their own aside.
TEST(Find, AnotherProgramThanTheVariableMeansIsToldByBoth) {
  const std::string gateways = std::string(MTLSCHECK_SOURCE_DIR) + "/fixtures/gateways";
  int tried = 0;
  for (const auto& entry : std::filesystem::directory_iterator(gateways)) {
    if (!entry.is_directory()) continue;
    const GatewayKind kind = testing::shipped_kind(entry.path().filename());
    if (kind.installation) continue;
    ++tried;
    ASSERT_THAT(kind.program_variable, StartsWith("MTLSCHECK_"));
    const Variable nothing(kind.program_variable, "/no/such/program");
    EXPECT_THAT(words_of(kind), HasSubstr(kind.program_variable + " names \"/no/such/program\", which is no program"));
    if (!kind.needs.empty()) continue;  // they may be missing
    const Variable another(kind.program_variable, "/bin/echo");
    EXPECT_THAT(words_of(kind), HasSubstr(kind.program_variable + " names "));
    EXPECT_THAT(words_of(kind), HasSubstr("echo, which does not say a version of " + kind.title));
  }
  EXPECT_GE(tried, 8);
}

TEST(Find, ProgramWithoutVersionIsExplained) {
  GatewayKind kind = testing::nginx_kind();
  kind.programs = {"/bin/sh"};
  kind.version_arguments = {"-c", "echo what do you want"};
  const Result<Installed> found = find(kind);
  ASSERT_FALSE(found);
  EXPECT_THAT(found.error().what, HasSubstr("what do you want"));
}

}  // namespace
}  // namespace mtls::gateway
