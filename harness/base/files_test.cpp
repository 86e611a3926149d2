// Files: what reading and writing promise, and what the errors say.
#include "harness/base/files.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include <gmock/gmock.h>

#include "harness/base/text.h"

namespace fs = std::filesystem;

namespace mtls {
namespace {

using ::testing::HasSubstr;

class FilesTest : public ::testing::Test {
 protected:
  fs::path at(const std::string& name) const { return folder_.path() / name; }
  std::size_t entries() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder_.path()), fs::directory_iterator()));
  }
  TempDir folder_ = *TempDir::make();
};

mode_t mode_of(const fs::path& path) {
  struct stat status {};
  EXPECT_EQ(::lstat(path.c_str(), &status), 0) << path;
  return status.st_mode & 07777;
}

TEST_F(FilesTest, ReadsWhatWasWritten) {
  std::string content(300'000, '\0');
  for (std::size_t i = 0; i < content.size(); ++i) content[i] = static_cast<char>(i * 7);
  ASSERT_TRUE(write_file(at("f"), content));
  EXPECT_EQ(*read_file(at("f")), content);
  ASSERT_TRUE(write_file(at("f"), ""));
  EXPECT_EQ(*read_file(at("f")), "");
  EXPECT_EQ(entries(), 1u);
}

TEST_F(FilesTest, SaysWhyAFileCannotBeRead) {
  EXPECT_EQ(to_string(read_file(at("none")).error()),
            at("none").string() + ": cannot be opened: No such file or directory");
  EXPECT_THAT(to_string(read_file(folder_.path()).error()), HasSubstr("Is a directory"));
  ASSERT_TRUE(write_file(at("f"), "12345"));
  EXPECT_TRUE(read_file(at("f"), 5));
  EXPECT_THAT(read_file(at("f"), 4).error().what, HasSubstr("larger than 4 bytes"));
  EXPECT_THAT(read_file("/dev/zero", 1000).error().what, HasSubstr("larger than"));
}

TEST_F(FilesTest, KeepsSecretsToTheirOwner) {
  const mode_t before = ::umask(022);
  ASSERT_TRUE(write_file(at("key"), "k", true));
  ASSERT_TRUE(write_file(at("open"), "o"));
  ASSERT_TRUE(write_file(at("open"), "now secret", true));
  ASSERT_TRUE(write_file(at("plain"), "p"));
  ::umask(before);
  EXPECT_EQ(mode_of(at("key")), 0600u);
  EXPECT_EQ(mode_of(at("open")), 0600u);
  EXPECT_EQ(mode_of(at("plain")), 0644u);
}

TEST_F(FilesTest, AReaderKeepsTheFileItOpened) {
  ASSERT_TRUE(write_file(at("f"), "old"));
  std::ifstream reader(at("f"));
  ASSERT_TRUE(write_file(at("f"), "new"));
  std::string seen;
  reader >> seen;
  EXPECT_EQ(seen, "old");
  EXPECT_EQ(*read_file(at("f")), "new");
}

TEST_F(FilesTest, FollowsALinkAndKeepsIt) {
  ASSERT_TRUE(write_file(at("real"), "old"));
  fs::create_symlink(at("real"), at("link"));
  ASSERT_TRUE(write_file(at("link"), "new"));
  EXPECT_TRUE(fs::is_symlink(at("link")));
  EXPECT_EQ(*read_file(at("real")), "new");
}

TEST_F(FilesTest, MakesFilesInAFolderOfMemory) {
  if (!fs::is_directory("/dev/shm")) GTEST_SKIP() << "skipped, because there is no /dev/shm";
  const fs::path file = "/dev/shm/mtlscheck-test-" + random_hex(8);
  ASSERT_TRUE(write_file(file, "first"));
  ASSERT_TRUE(write_file(file, "second"));
  const auto text = read_file(file);
  fs::remove(file);
  EXPECT_EQ(text ? *text : "", "second");
}

TEST_F(FilesTest, WritesIntoDevicesAndPipesInsteadOfReplacingThem) {
  ASSERT_TRUE(write_file("/dev/null", "gone"));
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
  const Result<void> full = write_file("/dev/full", "x");
  ASSERT_FALSE(full);
  EXPECT_EQ(to_string(full.error()), "/dev/full: cannot be written: No space left on device");
}

TEST_F(FilesTest, SaysWhyAFileCannotBeWritten) {
  EXPECT_EQ(to_string(write_file(at("no/f"), "x").error()),
            at("no/f").string() + ": cannot be created: No such file or directory");
  EXPECT_THAT(to_string(write_file(folder_.path(), "x").error()), HasSubstr("Is a directory"));
  EXPECT_FALSE(write_file(at(std::string(300, 'n')), "x"));
  EXPECT_EQ(entries(), 0u);
}

// In a process of its own, because neither limit nor user can be taken back.
template <class Action>
int in_a_copy(Action action) {
  const pid_t copy = ::fork();
  if (copy == 0) ::_exit(action());
  int status = 0;
  EXPECT_EQ(::waitpid(copy, &status, 0), copy);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST_F(FilesTest, LeavesTheOldFileWhereTheNewOneDoesNotFit) {
  ASSERT_TRUE(write_file(at("f"), "old"));
  const int outcome = in_a_copy([&] {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit small{1000, 1000};
    ::setrlimit(RLIMIT_FSIZE, &small);
    const Result<void> written = write_file(at("f"), std::string(100'000, 'x'));
    if (written) return 1;
    return written.error().what == "cannot be written: File too large" ? 0 : 2;
  });
  EXPECT_EQ(outcome, 0);
  EXPECT_EQ(*read_file(at("f")), "old");
  EXPECT_EQ(entries(), 1u);
}

TEST_F(FilesTest, SaysThatPermissionIsMissing) {
  ASSERT_TRUE(write_file(at("key"), "k", true));
  fs::permissions(folder_.path(), fs::perms(0755));
  fs::create_directory(at("closed"));
  fs::permissions(at("closed"), fs::perms(0555));
  const int outcome = in_a_copy([&] {
    if (::geteuid() == 0 && ::setuid(65534) != 0) return 1;
    if (::geteuid() == 65534) {
      const Result<std::string> read = read_file(at("key"));
      if (read || read.error().what != "cannot be opened: Permission denied") return 2;
    }
    const Result<void> written = write_file(at("closed") / "f", "x");
    return !written && written.error().what == "cannot be created: Permission denied" ? 0 : 3;
  });
  EXPECT_EQ(outcome, 0);
}

TEST(FindProgram, LooksWhereAShellWouldAndInSbin) {
  EXPECT_TRUE(find_program("sh").is_absolute());
  EXPECT_EQ(find_program("/bin/sh"), "/bin/sh");
  EXPECT_EQ(find_program("no-such-program-here"), "");
  EXPECT_EQ(find_program("/etc/passwd"), "");
  EXPECT_EQ(find_program("/bin"), "");
  EXPECT_EQ(find_program(""), "");
}

TEST_F(FilesTest, FindProgramNeverRunsWhatLiesInTheCurrentFolder) {
  ASSERT_TRUE(write_file(at("tool"), "#!/bin/sh\n"));
  fs::permissions(at("tool"), fs::perms(0755));
  const std::string path = std::getenv("PATH") == nullptr ? "" : std::getenv("PATH");
  const fs::path here = fs::current_path();
  fs::current_path(folder_.path());
  ::setenv("PATH", ".::/bin", 1);
  EXPECT_EQ(find_program("tool"), "");
  ::setenv("PATH", (".:" + folder_.path().string()).c_str(), 1);
  EXPECT_EQ(find_program("tool"), at("tool"));
  EXPECT_EQ(find_program("./tool"), "./tool");
  ::setenv("PATH", path.c_str(), 1);
  fs::current_path(here);
}

}  // namespace
}  // namespace mtls
