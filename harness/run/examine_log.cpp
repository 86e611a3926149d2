// Reads the new end of a file.
#include "harness/run/examine_log.h"

#include <poll.h>

#include <algorithm>
#include <fstream>

#include "harness/base/text.h"
#include "harness/base/time.h"

namespace mtls::run {
namespace {

constexpr std::uintmax_t most_bytes = 1u << 20;
constexpr std::size_t most_lines = 2000;
constexpr std::uintmax_t last_bytes = 8 * 1024;
constexpr std::size_t last_lines_kept = 10;
constexpr int between_looks_ms = 5;
// Lines of one connection may come in two writes.
constexpr int settle_ms = 10;

// Of the bytes from `from` to `size`; `taken`: how many there were.
std::vector<std::string> read_lines(const std::filesystem::path& file, std::uintmax_t from, std::uintmax_t size,
                                    std::size_t& taken) {
  std::ifstream stream(file, std::ios::binary);
  stream.seekg(static_cast<std::streamoff>(from));
  std::string bytes(static_cast<std::size_t>(size - from), '\0');
  stream.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(stream.gcount()));
  taken = bytes.size();
  std::vector<std::string> lines;
  for (const std::string& line : split(bytes, '\n'))
    if (!trim(line).empty() && lines.size() < most_lines) lines.push_back(sanitise_line(line));
  return lines;
}

void rest(int milliseconds) {
  ::poll(nullptr, 0, milliseconds);
}

}  // namespace

Result<LogTail> LogTail::follow(const std::filesystem::path& file) {
  const std::string where = sanitise_line(file.string());
  std::error_code failed;
  if (!std::filesystem::is_regular_file(file, failed))
    return Error{"gateway-log", "is no file that can be read", where};
  if (!std::ifstream(file)) return Error{"gateway-log", "cannot be opened for reading", where};
  LogTail tail;
  tail.file_ = file;
  tail.offset_ = std::filesystem::file_size(file, failed);
  if (failed) return Error{"gateway-log", failed.message(), where};
  return tail;
}

std::vector<std::string> LogTail::read_on() {
  std::error_code failed;
  const std::uintmax_t size = std::filesystem::file_size(file_, failed);
  if (failed || size == offset_) return {};
  if (size < offset_) offset_ = 0;  // rotated or truncated
  offset_ = std::max(offset_, size > most_bytes ? size - most_bytes : 0);
  std::size_t taken = 0;
  auto lines = read_lines(file_, offset_, size, taken);
  offset_ += taken;
  return lines;
}

std::vector<std::string> LogTail::last_lines() const {
  std::error_code failed;
  const std::uintmax_t size = std::filesystem::file_size(file_, failed);
  if (failed) return {};
  std::size_t taken = 0;
  auto lines = read_lines(file_, size > last_bytes ? size - last_bytes : 0, size, taken);
  if (lines.size() > last_lines_kept) lines.erase(lines.begin(), lines.end() - last_lines_kept);
  return lines;
}

// The log is everybody's: another client's line does not end the wait for ours.
std::vector<std::string> LogTail::lines(const std::string& source, bool wait) {
  const auto begun = Clock::now();
  const Deadline deadline(wait ? patience_ : std::chrono::milliseconds(0));
  const auto names_source = [&](const std::string& line) {
    return !source.empty() && line.find(source) != std::string::npos;
  };
  std::vector<std::string> all;
  bool named = false;
  const auto look = [&] {
    for (std::string& line : read_on()) {
      named = named || names_source(line);
      all.push_back(std::move(line));
    }
  };
  look();
  while (!named && !deadline.passed()) {
    rest(between_looks_ms);
    look();
  }
  const auto waited = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begun);
  patience_ = std::max(std::chrono::milliseconds(0), patience_ - waited);
  if (all.empty()) return all;
  ever_grew_ = true;
  if (wait) rest(settle_ms);
  look();
  names_sources_ = names_sources_ || named;
  // Where nobody is named the lines may be ours; who was let in needs none of them.
  if (names_sources_ || !wait) std::erase_if(all, [&](const std::string& line) { return !names_source(line); });
  return all;
}

}  // namespace mtls::run
