// Reads log files on from where they were last left.
#include "harness/gateway/log_reader.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "harness/base/socket.h"
#include "harness/base/text.h"
#include "harness/base/time.h"

namespace mtls::gateway {
namespace {

constexpr std::size_t most_bytes = 64u << 20;  // kept of each file
constexpr std::size_t most_line = 16u << 10;
constexpr std::size_t most_alarms = 100;
constexpr std::size_t chunk = 256u << 10;
constexpr std::size_t line_overhead = sizeof(LogLine);
constexpr int glance_ms = 2;

// Not inside quotes: there, gateways write what clients sent.
constexpr std::array<const char*, 2> sanitizer_words{
    R"(^[^"]*(ERROR|WARNING|SUMMARY|CHECK failed|DEADLYSIGNAL):? ?.*(Address|Thread|Memory|Leak|UndefinedBehavior)Sanitizer)",
    R"(^[^" ]+:\d+:\d+: runtime error: )"};

std::uint64_t size_of(const std::filesystem::path& file) {
  struct stat facts {};
  return ::stat(file.c_str(), &facts) == 0 ? static_cast<std::uint64_t>(facts.st_size) : 0;
}

}  // namespace

Result<LogReader::Patterns> LogReader::patterns_of(const GatewayKind& kind) {
  Patterns patterns;
  patterns.follow = kind.lines_follow;
  const auto add = [](std::vector<Pattern>& to, const std::string& text, const std::string& where) -> Result<void> {
    Result<Pattern> made = Pattern::make(text, where);
    if (!made) return made.error();
    to.push_back(std::move(*made));
    return {};
  };
  if (!kind.client_pattern.empty())
    if (const Result<void> added = add(patterns.client, kind.client_pattern, kind.kind + ": client_pattern"); !added)
      return added.error();
  for (const std::string& text : kind.alarms)
    if (const Result<void> added = add(patterns.alarms, text, kind.kind + ": alarms"); !added) return added.error();
  for (const auto& [text, reason] : kind.harmless)
    if (const Result<void> added = add(patterns.harmless, text, kind.kind + ": harmless"); !added) return added.error();
  for (const char* text : sanitizer_words)
    if (const Result<void> added = add(patterns.sanitizers, text, "sanitizers"); !added) return added.error();
  return patterns;
}

LogReader::LogReader(const std::filesystem::path& folder, const std::vector<std::string>& files, Patterns patterns,
                     std::string ignored_client)
    : patterns_(std::move(patterns)), ignored_client_(std::move(ignored_client)) {
  for (const std::string& name : files) {
    File& file = files_.emplace_back();
    file.name = name;
    file.path = folder / name;
    file.offset = size_of(file.path);
  }
}

void LogReader::begin() {
  const std::lock_guard lock(mutex_);
  read_on();
  for (File& file : files_) {
    file.lines.clear();
    file.bytes = 0;
    file.client.clear();
  }
  clients_.clear();
}

void LogReader::expect_end() {
  const std::lock_guard lock(mutex_);
  read_on();
  ending_ = true;
}

void LogReader::finish() {
  const std::lock_guard lock(mutex_);
  read_on();
  for (File& file : files_)
    if (!file.partial.empty()) take(file, "\n");
}

std::vector<LogLine> LogReader::lines() {
  const std::lock_guard lock(mutex_);
  read_on();
  std::vector<LogLine> all;
  for (const File& file : files_) all.insert(all.end(), file.lines.begin(), file.lines.end());
  return all;
}

std::vector<std::string> LogReader::alarms() {
  const std::lock_guard lock(mutex_);
  read_on();
  return alarms_;
}

void LogReader::read_on() {
  for (File& file : files_) read_on(file);
}

void LogReader::read_on(File& file) {
  const Fd fd(::open(file.path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  struct stat facts {};
  if (!fd || ::fstat(fd.get(), &facts) != 0 || !S_ISREG(facts.st_mode)) return;
  const auto size = static_cast<std::uint64_t>(facts.st_size);
  if (size < file.offset) file.offset = 0;  // begun anew
  if (size - file.offset > most_bytes) {
    file.offset = size - most_bytes;
    file.skipping = true;
    file.partial.clear();
    note_cut(file);
  }
  std::string buffer(std::min<std::uint64_t>(chunk, size - file.offset), '\0');
  while (file.offset < size) {
    const ssize_t got = ::pread(fd.get(), buffer.data(), std::min<std::uint64_t>(buffer.size(), size - file.offset),
                                static_cast<off_t>(file.offset));
    if (got <= 0) return;
    file.offset += static_cast<std::uint64_t>(got);
    take(file, std::string_view(buffer).substr(0, static_cast<std::size_t>(got)));
  }
}

void LogReader::take(File& file, std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    const std::string_view part = bytes.substr(0, end);
    const bool whole = end != std::string_view::npos;
    if (!file.skipping) file.partial.append(part);
    if (file.partial.size() > most_line || (whole && !file.skipping)) {
      add(file, std::string_view(file.partial).substr(0, most_line));
      file.partial.clear();
      file.skipping = !whole;
    } else if (whole) {
      file.skipping = false;
    }
    if (!whole) return;
    bytes.remove_prefix(end + 1);
  }
}

void LogReader::add(File& file, std::string_view line) {
  LogLine made{file.name, "", sanitise_line(line)};
  const auto found_in = [&](const Pattern& pattern) { return pattern.found_in(made.text); };
  const bool alarming = !ending_ && std::any_of(patterns_.alarms.begin(), patterns_.alarms.end(), found_in) &&
                        std::none_of(patterns_.harmless.begin(), patterns_.harmless.end(), found_in);
  if (alarming || std::any_of(patterns_.sanitizers.begin(), patterns_.sanitizers.end(), found_in))
    note_alarm(made.text);
  if (!patterns_.client.empty()) made.client = patterns_.client.front().group_in(made.text);
  if (patterns_.follow && made.client.empty()) made.client = file.client;
  file.client = made.client;
  if (!made.client.empty()) {
    if (made.client == ignored_client_) return;
    clients_.insert(made.client);
  }
  file.bytes += made.text.size() + line_overhead;
  file.lines.push_back(std::move(made));
  while (file.bytes > most_bytes) {
    note_cut(file);
    file.bytes -= file.lines.front().text.size() + line_overhead;
    file.lines.pop_front();
  }
}

void LogReader::note_alarm(const std::string& text) {
  if (alarms_.size() < most_alarms) alarms_.push_back(text);
}

// Why a client was refused may have stood in what is lost.
void LogReader::note_cut(File& file) {
  if (std::exchange(file.cut, true)) return;
  note_alarm(fmt::format("(more than {} MiB were written to {}, and only the last of them were kept)", most_bytes >> 20,
                         file.name));
}

template <class Missing>
std::vector<std::string> LogReader::wait(std::chrono::milliseconds patience, const Missing& missing) {
  const Deadline deadline(patience);
  for (;;) {
    {
      const std::lock_guard lock(mutex_);
      read_on();
      std::vector<std::string> still = missing();
      if (still.empty() || deadline.passed()) return still;
    }
    ::poll(nullptr, 0, std::min(glance_ms, deadline.left_ms()));
  }
}

std::vector<std::string> LogReader::missing(const std::vector<std::string>& clients,
                                            std::chrono::milliseconds patience) {
  // A log in which no line names a client is not waited for.
  if (patterns_.client.empty()) return {};
  return wait(patience, [&] {
    std::vector<std::string> still;
    for (const std::string& client : clients)
      if (clients_.count(client) == 0) still.push_back(client);
    return still;
  });
}

std::vector<std::string> LogReader::missing_texts(const std::vector<std::string>& texts,
                                                  std::chrono::milliseconds patience) {
  const auto written = [this](const std::string& text) {
    for (const File& file : files_)
      for (const LogLine& line : file.lines)
        if (line.text.find(text) != std::string::npos) return true;
    return false;
  };
  return wait(patience, [&] {
    std::vector<std::string> still;
    for (const std::string& text : texts)
      if (!written(text)) still.push_back(text);
    return still;
  });
}

std::vector<std::string> last_lines(const std::filesystem::path& file, std::size_t most) {
  static constexpr std::uint64_t most_read = 64u << 10;
  const Fd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  const std::uint64_t size = size_of(file);
  const std::uint64_t begin = size > most_read ? size - most_read : 0;
  std::string text(static_cast<std::size_t>(size - begin), '\0');
  const ssize_t got = fd ? ::pread(fd.get(), text.data(), text.size(), static_cast<off_t>(begin)) : 0;
  text.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  std::vector<std::string> lines;
  for (const std::string& line : split(text, '\n'))
    if (!trim(line).empty()) lines.push_back(sanitise_line(line, 1024));
  if (lines.size() > most) lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(most));
  return lines;
}

}  // namespace mtls::gateway
