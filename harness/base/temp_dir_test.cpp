// Private folders: how they are named, that they go, and which ones the sweep takes.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

#include <gmock/gmock.h>

#include "harness/base/files.h"
#include "harness/base/text.h"

namespace fs = std::filesystem;

namespace mtls {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;

// Every test has a TMPDIR of its own, so that no other program's folders are in the way.
class TempDirTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* given = std::getenv("TMPDIR");
    if (given != nullptr) before_ = given;
    ::setenv("TMPDIR", outer_.path().c_str(), 1);
  }
  void TearDown() override {
    if (before_) {
      ::setenv("TMPDIR", before_->c_str(), 1);
    } else {
      ::unsetenv("TMPDIR");
    }
  }
  fs::path make_folder(const std::string& name, mode_t mode = 0700) const {
    const fs::path path = outer_.path() / name;
    EXPECT_EQ(::mkdir(path.c_str(), mode), 0);
    EXPECT_TRUE(write_file(path / "content", "x"));
    return path;
  }
  TempDir outer_ = *TempDir::make();
  std::optional<std::string> before_;
};

// A number that no process has.
std::string dead_pid() {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  ::waitpid(child, nullptr, 0);
  return std::to_string(child);
}

TEST_F(TempDirTest, IsPrivateAndNamedAfterItsProcess) {
  const Result<TempDir> made = TempDir::make();
  ASSERT_TRUE(made);
  EXPECT_EQ(made->path().parent_path(), outer_.path());
  const std::vector<std::string> parts = split(made->path().filename().string(), '.');
  ASSERT_EQ(parts.size(), 4u);
  EXPECT_EQ(parts[0], "mtlscheck");
  EXPECT_EQ(parts[1], std::to_string(::getpid()));
  EXPECT_GT(std::stoll(parts[2]), 0);
  struct stat status {};
  ASSERT_EQ(::stat(made->path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0700u);
}

TEST_F(TempDirTest, GoesWithItsOwnerAndAllThatIsInIt) {
  fs::path path;
  {
    const Result<TempDir> made = TempDir::make();
    ASSERT_TRUE(made);
    path = made->path();
    fs::create_directories(path / "a" / "b");
    ASSERT_TRUE(write_file(path / "a" / "b" / "f", "x"));
    fs::create_symlink(outer_.path(), path / "link");
    fs::permissions(path / "a" / "b", fs::perms::none);
    fs::permissions(path / "a", fs::perms::owner_read);
  }
  EXPECT_FALSE(fs::exists(path));
  EXPECT_TRUE(fs::exists(outer_.path()));
}

TEST_F(TempDirTest, MovesAndKeeps) {
  Result<TempDir> first = TempDir::make();
  Result<TempDir> second = TempDir::make();
  ASSERT_TRUE(first && second);
  const fs::path old = first->path();
  const fs::path other = second->path();
  *first = *std::move(second);
  EXPECT_FALSE(fs::exists(old));
  EXPECT_EQ(first->path(), other);
  first->keep();
  { const TempDir gone = *std::move(first); }
  EXPECT_TRUE(fs::exists(other));
}

TEST_F(TempDirTest, SaysWhereNoFolderCanBeMade) {
  ::setenv("TMPDIR", "/no/such/folder", 1);
  const Result<TempDir> made = TempDir::make();
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().where, "/no/such/folder");
  EXPECT_THAT(made.error().what, HasSubstr("No such file or directory"));
}

TEST_F(TempDirTest, WithoutAWordOfTheUserItStandsInMemoryOrInTmpAndIsSweptThere) {
  ::unsetenv("TMPDIR");
  const Result<TempDir> made = TempDir::make();
  ASSERT_TRUE(made);
  EXPECT_THAT(made->path().parent_path().string(), AnyOf("/dev/shm", "/tmp"));
  const std::string dead = "mtlscheck." + dead_pid() + ".1." + random_hex(4);
  const std::vector<fs::path> left{"/dev/shm/" + dead, "/tmp/" + dead};
  for (const fs::path& folder : left) {
    if (fs::is_directory(folder.parent_path())) {
      ASSERT_EQ(::mkdir(folder.c_str(), 0700), 0);
    }
  }
  sweep_stale_folders();
  for (const fs::path& folder : left) EXPECT_FALSE(fs::exists(folder)) << folder;
}

TEST_F(TempDirTest, SweepTakesTheFoldersOfTheDeadOnly) {
  const std::string mine = std::to_string(::getpid());
  const fs::path dead = make_folder("mtlscheck." + dead_pid() + ".1.aa");
  const fs::path reused = make_folder("mtlscheck." + mine + ".1.bb");
  const Result<TempDir> living = TempDir::make();
  ASSERT_TRUE(living);
  EXPECT_EQ(sweep_stale_folders(), 2);
  EXPECT_FALSE(fs::exists(dead));
  EXPECT_FALSE(fs::exists(reused));
  EXPECT_TRUE(fs::exists(living->path()));
  EXPECT_EQ(sweep_stale_folders(), 0);
}

TEST_F(TempDirTest, SweepLeavesWhatIsNotClearlyItsOwn) {
  const std::string dead = dead_pid();
  const std::vector<fs::path> others = {make_folder("mtlscheck." + dead + ".1"),
                                        make_folder("mtlscheck." + dead + ".1.a.b"),
                                        make_folder("mtlscheck.-1.1.a"),
                                        make_folder("mtlscheck." + dead + "x.1.a"),
                                        make_folder("mtlscheck..1.a"),
                                        make_folder("other." + dead + ".1.a"),
                                        make_folder("mtlscheck." + dead + ".1.open", 0755)};
  const fs::path target = make_folder("target");
  fs::create_symlink(target, outer_.path() / ("mtlscheck." + dead + ".1.link"));
  ASSERT_TRUE(write_file(outer_.path() / ("mtlscheck." + dead + ".1.file"), "x"));
  EXPECT_EQ(sweep_stale_folders(), 0);
  for (const fs::path& path : others) EXPECT_TRUE(fs::exists(path / "content")) << path;
  EXPECT_TRUE(fs::exists(target / "content"));
}

TEST_F(TempDirTest, SweepLeavesWhatItsUserKept) {
  fs::path kept;
  const pid_t copy = ::fork();
  if (copy == 0) {
    Result<TempDir> made = TempDir::make();
    if (!made) ::_exit(1);
    made->keep();
    ::_exit(0);
  }
  ::waitpid(copy, nullptr, 0);
  for (const fs::directory_entry& entry : fs::directory_iterator(outer_.path())) kept = entry.path();
  ASSERT_THAT(kept.string(), HasSubstr("mtlscheck." + std::to_string(copy)));
  EXPECT_EQ(sweep_stale_folders(), 0);
  EXPECT_TRUE(fs::exists(kept));
}

TEST_F(TempDirTest, SweepLeavesWhatAProcessOutOfSightHolds) {
  const fs::path path = make_folder("mtlscheck." + dead_pid() + ".1.aa");
  Fd holder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  ASSERT_EQ(::flock(holder.get(), LOCK_EX | LOCK_NB), 0);
  EXPECT_EQ(sweep_stale_folders(), 0);
  EXPECT_TRUE(fs::exists(path));
  holder.reset();
  EXPECT_EQ(sweep_stale_folders(), 1);
}

TEST_F(TempDirTest, SweepFindsNothingWhereThereIsNoFolder) {
  ::setenv("TMPDIR", "/no/such/folder", 1);
  EXPECT_EQ(sweep_stale_folders(), 0);
}

}  // namespace
}  // namespace mtls
