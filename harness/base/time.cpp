// Deadlines for poll(2), and UTC times as ISO 8601 text.
#include "harness/base/time.h"

#include <algorithm>
#include <ctime>
#include <limits>

#include <fmt/format.h>

namespace mtls {

int Deadline::left_ms() const {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(at_ - Clock::now()).count();
  return static_cast<int>(std::clamp<long long>(left, 0, std::numeric_limits<int>::max()));
}

namespace {

// Whole seconds without a zone; a year that does not fit struct tm has no text.
std::string stem(std::int64_t seconds) {
  const auto time = static_cast<std::time_t>(seconds);
  std::tm parts{};
  if (gmtime_r(&time, &parts) == nullptr) return "";
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", parts.tm_year + 1900LL, parts.tm_mon + 1, parts.tm_mday,
                     parts.tm_hour, parts.tm_min, parts.tm_sec);
}

}  // namespace

std::string utc(std::int64_t seconds) {
  return stem(seconds) + "Z";
}

std::string utc_ms(std::int64_t milliseconds) {
  // Rounded down, so that times before 1970 keep a positive fraction.
  const std::int64_t rest = ((milliseconds % 1000) + 1000) % 1000;
  return fmt::format("{}.{:03}Z", stem((milliseconds - rest) / 1000), rest);
}

std::int64_t now_seconds() {
  return now_milliseconds() / 1000;
}

std::int64_t now_milliseconds() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
}

}  // namespace mtls
