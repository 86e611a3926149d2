// Files and private folders: read whole, write beside and rename, clean up whatever happens.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "harness/base/result.h"
#include "harness/base/socket.h"

namespace mtls {

// The whole file; an Error where it is missing, a directory, unreadable or larger than `limit` bytes.
Result<std::string> read_file(const std::filesystem::path& path, std::size_t limit = 64u << 20);

// Written beside and renamed, so that no reader ever sees half of it. `secret`: mode 0600, else 0644.
Result<void> write_file(const std::filesystem::path& path, std::string_view content, bool secret = false);

// The first of `names` that is an executable file: as given where it has a slash, else in PATH, /usr/sbin,
// /usr/local/sbin, /sbin. Empty where there is none.
std::filesystem::path find_program(std::string_view name);

// A folder of mode 0700 under $TMPDIR, else in memory (/dev/shm) where there is room, else under /tmp; named
// "mtlscheck.<pid>.<process start time>.<random>"; removed by the destructor unless kept.
class TempDir {
 public:
  static Result<TempDir> make();
  TempDir(TempDir&& other) noexcept;
  TempDir& operator=(TempDir&& other) noexcept;
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  ~TempDir();

  const std::filesystem::path& path() const { return path_; }
  // Neither the destructor nor the sweep of a later run removes it.
  void keep();

 private:
  TempDir(std::filesystem::path path, Fd lock) : path_(std::move(path)), lock_(std::move(lock)) {}
  void remove() noexcept;
  std::filesystem::path path_;
  Fd lock_;  // held while the owner lives
  bool kept_ = false;
};

// Removes folders of this program whose process no longer lives (pid and start time are in the name) and that were not
// kept. Returns how many.
int sweep_stale_folders();

}  // namespace mtls
