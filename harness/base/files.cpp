// Files read whole, or written beside their place and renamed into it.
#include "harness/base/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "harness/base/socket.h"
#include "harness/base/text.h"

namespace fs = std::filesystem;

namespace mtls {
namespace {

Error failure(const char* action, const fs::path& path, int error) {
  return Error{"files", std::string(action) + ": " + std::generic_category().message(error),
               sanitise_line(path.string())};
}

Result<void> write_all(int fd, std::string_view content, const fs::path& path) {
  while (!content.empty()) {
    const ssize_t written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return failure("cannot be written", path, written < 0 ? errno : EIO);
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

// /dev/stdout, /dev/null, a pipe: what stands there must stay, and takes the bytes as they come.
Result<void> write_through(const fs::path& path, std::string_view content) {
  const Fd fd(::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
  if (!fd) return failure("cannot be opened for writing", path, errno);
  return write_all(fd.get(), content, path);
}

// The names of this program's own descriptors are such places whatever they were redirected to; /dev/shm is a folder
// like any other.
bool is_place_of_its_own(const fs::path& path, const fs::file_status& status) {
  const std::string& text = path.native();
  const bool special = fs::exists(status) && !fs::is_regular_file(status);
  return special || text == "/dev/stdout" || text == "/dev/stderr" || text.starts_with("/dev/fd/") ||
         text.starts_with("/proc/");
}

Result<void> write_and_rename(const fs::path& path, std::string_view content, mode_t mode) {
  const fs::path beside = path.parent_path() / (".mtlscheck-" + random_hex(8));
  Fd fd(::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
  if (!fd) return failure("cannot be created", path, errno);
  Result<void> done = write_all(fd.get(), content, path);
  fd.reset();
  if (done && ::rename(beside.c_str(), path.c_str()) != 0) done = failure("cannot be put in place", path, errno);
  if (!done) ::unlink(beside.c_str());
  return done;
}

bool is_executable(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored) && ::access(path.c_str(), X_OK) == 0;
}

}  // namespace

Result<std::string> read_file(const fs::path& path, std::size_t limit) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return failure("cannot be opened", path, errno);
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return failure("cannot be read", path, errno);
  if (S_ISDIR(status.st_mode)) return failure("cannot be read", path, EISDIR);
  std::string content;
  if (S_ISREG(status.st_mode)) content.reserve(std::min(static_cast<std::size_t>(status.st_size), limit));
  char buffer[64 * 1024];
  for (;;) {
    const ssize_t got = ::read(fd.get(), buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failure("cannot be read", path, errno);
    if (got == 0) return content;
    if (content.size() + static_cast<std::size_t>(got) > limit) {
      return Error{"files", "is larger than " + std::to_string(limit) + " bytes", sanitise_line(path.string())};
    }
    content.append(buffer, static_cast<std::size_t>(got));
  }
}

Result<void> write_file(const fs::path& path, std::string_view content, bool secret) {
  std::error_code failed;
  const fs::file_status status = fs::status(path, failed);
  if (fs::is_directory(status)) return failure("cannot be written", path, EISDIR);
  if (is_place_of_its_own(path, status)) return write_through(path, content);
  // A link stays a link: what it points at is replaced.
  const fs::path target = fs::exists(status) ? fs::canonical(path, failed) : path;
  return write_and_rename(failed && target.empty() ? path : target, content, secret ? 0600 : 0644);
}

fs::path find_program(std::string_view name) {
  if (name.empty()) return {};
  if (name.find('/') != std::string_view::npos) return is_executable(name) ? fs::path(name) : fs::path();
  const char* path = std::getenv("PATH");
  std::vector<std::string> folders = split(path == nullptr ? "/usr/bin:/bin" : path, ':');
  folders.insert(folders.end(), {"/usr/sbin", "/usr/local/sbin", "/sbin"});
  for (const std::string& folder : folders) {
    // A relative entry would run whatever lies in the current folder.
    if (folder.empty() || folder.front() != '/') continue;
    const fs::path candidate = fs::path(folder) / name;
    if (is_executable(candidate)) return candidate;
  }
  return {};
}

}  // namespace mtls
