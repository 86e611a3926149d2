// Private folders that go with their process: named after it, locked while it lives, swept up by the next one.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <system_error>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <vector>

#include <linux/magic.h>

#include "harness/base/files.h"
#include "harness/base/process.h"
#include "harness/base/text.h"

namespace fs = std::filesystem;

namespace mtls {
namespace {

constexpr std::string_view prefix = "mtlscheck";
constexpr const char* kept_mark = ".kept";

constexpr const char* in_memory = "/dev/shm";
constexpr const char* on_disk = "/tmp";
// The largest log that a gateway can write has room; containers often give this folder 64 MB.
constexpr std::uint64_t least_room = most_file_bytes;

bool has_room_in_memory() {
  struct statfs where {};
  return ::statfs(in_memory, &where) == 0 && where.f_type == TMPFS_MAGIC &&
         static_cast<std::uint64_t>(where.f_bavail) * static_cast<std::uint64_t>(where.f_bsize) >= least_room &&
         ::access(in_memory, W_OK | X_OK) == 0;
}

// Where the folders may be; the first is for new ones. In memory, files that live for a second cost no file system's
// search for free places.
std::vector<fs::path> parent_folders() {
  const char* chosen = std::getenv("TMPDIR");
  if (chosen != nullptr && chosen[0] == '/') return {chosen};
  if (has_room_in_memory()) return {in_memory, on_disk};
  return {on_disk, in_memory};
}

// Field 22 of /proc/<pid>/stat, in clock ticks since boot; empty where there is no such process.
std::string start_time(pid_t pid) {
  const Result<std::string> stat = read_file("/proc/" + std::to_string(pid) + "/stat");
  if (!stat) return "";
  // The second field is the program's name in brackets and may hold spaces and brackets itself.
  const std::size_t close = stat->rfind(')');
  if (close == std::string::npos || close + 2 > stat->size()) return "";
  const std::vector<std::string> fields = split(std::string_view(*stat).substr(close + 2), ' ');
  static constexpr std::size_t field_22 = 22 - 3;
  return fields.size() > field_22 ? fields[field_22] : "";
}

// Folders that a program made for itself may lack the owner's own rights.
void remove_whole(const fs::path& folder) noexcept {
  std::error_code failed;
  fs::remove_all(folder, failed);
  if (!failed) return;
  try {
    const auto options = fs::directory_options::skip_permission_denied;
    fs::permissions(folder, fs::perms::owner_all, fs::perm_options::add, failed);
    for (fs::recursive_directory_iterator at(folder, options, failed), end; !failed && at != end;
         at.increment(failed)) {
      std::error_code ignored;
      if (!at->is_symlink(ignored) && at->is_directory(ignored)) {
        fs::permissions(at->path(), fs::perms::owner_all, fs::perm_options::add, ignored);
      }
    }
    fs::remove_all(folder, failed);
  } catch (const std::exception&) {
    // Out of memory while cleaning up: the next run sweeps the folder.
  }
}

struct Owner {
  pid_t pid = 0;
  std::string started;
};

std::optional<Owner> owner_of(const std::string& name) {
  const std::vector<std::string> parts = split(name, '.');
  if (parts.size() != 4 || parts[0] != prefix) return std::nullopt;
  Owner owner{0, parts[2]};
  const char* end = parts[1].data() + parts[1].size();
  const auto [stop, failed] = std::from_chars(parts[1].data(), end, owner.pid);
  if (failed != std::errc() || stop != end || owner.pid <= 0 || owner.started.empty()) return std::nullopt;
  return owner;
}

bool is_ours_and_private(int folder) {
  struct stat status {};
  return ::fstat(folder, &status) == 0 && status.st_uid == ::geteuid() && (status.st_mode & 077) == 0;
}

}  // namespace

Result<TempDir> TempDir::make() {
  const fs::path parent = parent_folders().front();
  const fs::path path = parent / (std::string(prefix) + "." + std::to_string(::getpid()) + "." +
                                  start_time(::getpid()) + "." + random_hex(8));
  if (::mkdir(path.c_str(), 0700) != 0) {
    return Error{"files", "cannot make a folder here: " + std::generic_category().message(errno), parent.string()};
  }
  Fd lock(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (lock) ::flock(lock.get(), LOCK_EX | LOCK_NB);
  return TempDir(path, std::move(lock));
}

TempDir::TempDir(TempDir&& other) noexcept
    : path_(std::move(other.path_)), lock_(std::move(other.lock_)), kept_(other.kept_) {
  other.path_.clear();
}

TempDir& TempDir::operator=(TempDir&& other) noexcept {
  if (this != &other) {
    remove();
    path_ = std::move(other.path_);
    other.path_.clear();
    lock_ = std::move(other.lock_);
    kept_ = other.kept_;
  }
  return *this;
}

TempDir::~TempDir() {
  remove();
}

void TempDir::keep() {
  kept_ = true;
  // Tells the sweep of later runs; where it cannot be written, this run still keeps its folder.
  const Fd mark(::openat(lock_.get(), kept_mark, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
}

void TempDir::remove() noexcept {
  if (!path_.empty() && !kept_) remove_whole(path_);
}

namespace {

int sweep(const fs::path& parent) {
  int removed = 0;
  std::error_code failed;
  for (fs::directory_iterator at(parent, failed), end; !failed && at != end; at.increment(failed)) {
    const std::optional<Owner> owner = owner_of(at->path().filename().string());
    if (!owner || start_time(owner->pid) == owner->started) continue;
    const Fd folder(::open(at->path().c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!folder || !is_ours_and_private(folder.get())) continue;
    if (::faccessat(folder.get(), kept_mark, F_OK, 0) == 0) continue;
    // A process of another container that shares this folder looks dead from here, but holds its lock.
    if (::flock(folder.get(), LOCK_EX | LOCK_NB) != 0) continue;
    remove_whole(at->path());
    ++removed;
  }
  return removed;
}

}  // namespace

int sweep_stale_folders() {
  // Without /proc nobody can be told apart from the dead.
  if (start_time(::getpid()).empty()) return 0;
  int removed = 0;
  for (const fs::path& parent : parent_folders()) removed += sweep(parent);
  return removed;
}

}  // namespace mtls
