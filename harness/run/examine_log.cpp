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
constexpr std::size_t most_lines = 200;
constexpr int between_looks_ms = 5;
// Lines of one connection may come in two writes.
constexpr int settle_ms = 10;

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
  std::ifstream stream(file_, std::ios::binary);
  stream.seekg(static_cast<std::streamoff>(offset_));
  std::string bytes(static_cast<std::size_t>(size - offset_), '\0');
  stream.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(stream.gcount()));
  offset_ += bytes.size();
  std::vector<std::string> lines;
  for (const std::string& line : split(bytes, '\n'))
    if (!trim(line).empty() && lines.size() < most_lines) lines.push_back(sanitise_line(line));
  return lines;
}

std::vector<std::string> LogTail::lines(const std::string& source, bool wait) {
  const auto begun = Clock::now();
  const Deadline deadline(wait ? patience_ : std::chrono::milliseconds(0));
  std::vector<std::string> lines = read_on();
  while (lines.empty() && !deadline.passed()) {
    rest(between_looks_ms);
    lines = read_on();
  }
  const auto waited = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begun);
  patience_ = std::max(std::chrono::milliseconds(0), patience_ - waited);
  if (lines.empty()) return lines;
  ever_grew_ = true;
  if (wait) rest(settle_ms);
  const auto more = read_on();
  lines.insert(lines.end(), more.begin(), more.end());
  const auto names_source = [&](const std::string& line) { return line.find(source) != std::string::npos; };
  if (!source.empty() && std::any_of(lines.begin(), lines.end(), names_source))
    std::erase_if(lines, [&](const std::string& line) { return !names_source(line); });
  return lines;
}

}  // namespace mtls::run
