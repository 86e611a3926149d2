// Deadlines, and UTC times as text.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace mtls {

using Clock = std::chrono::steady_clock;

// A point in time after which waiting ends.
class Deadline {
 public:
  explicit Deadline(std::chrono::milliseconds from_now) : at_(Clock::now() + from_now) {}
  bool passed() const { return Clock::now() >= at_; }
  // Milliseconds left, never negative; fit for poll(2).
  int left_ms() const;
  Clock::time_point at() const { return at_; }

 private:
  Clock::time_point at_;
};

// Seconds or milliseconds since 1970 as ISO 8601 UTC: "2026-11-21T10:00:00Z", "2026-11-21T10:00:00.123Z".
std::string utc(std::int64_t seconds);
std::string utc_ms(std::int64_t milliseconds);
std::int64_t now_seconds();
std::int64_t now_milliseconds();

}  // namespace mtls
