// Deadlines and UTC text.
#include "harness/base/time.h"

#include <poll.h>

#include <gtest/gtest.h>

namespace mtls {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

TEST(Deadline, PassesAndNeverHasLessThanNothingLeft) {
  const Deadline deadline(milliseconds(20));
  EXPECT_FALSE(deadline.passed());
  EXPECT_GT(deadline.left_ms(), 0);
  EXPECT_LE(deadline.left_ms(), 20);
  while (!deadline.passed()) ::poll(nullptr, 0, deadline.left_ms());
  EXPECT_EQ(deadline.left_ms(), 0);
  EXPECT_TRUE(Deadline(milliseconds(-5)).passed());
}

TEST(Deadline, RoundsUpSoThatPollDoesNotSpin) {
  const Deadline deadline(milliseconds(5));
  while (deadline.left_ms() > 0) EXPECT_GE(deadline.left_ms(), 0);
  EXPECT_TRUE(deadline.passed());
}

TEST(Deadline, FitsPollHoweverFar) {
  EXPECT_GT(Deadline(hours(24 * 365 * 10)).left_ms(), 1'000'000'000);
}

TEST(Utc, IsIso8601) {
  EXPECT_EQ(utc(0), "1970-01-01T00:00:00Z");
  EXPECT_EQ(utc(1795255200), "2026-11-21T10:00:00Z");
  EXPECT_EQ(utc(-1), "1969-12-31T23:59:59Z");
  EXPECT_EQ(utc(253402300799), "9999-12-31T23:59:59Z");
  EXPECT_EQ(utc_ms(1795255200123), "2026-11-21T10:00:00.123Z");
  EXPECT_EQ(utc_ms(1795255200007), "2026-11-21T10:00:00.007Z");
  EXPECT_EQ(utc_ms(-1), "1969-12-31T23:59:59.999Z");
}

TEST(Now, IsTheSameInSecondsAndMilliseconds) {
  const std::int64_t seconds = now_seconds();
  EXPECT_GT(seconds, 1'700'000'000);
  EXPECT_LE(now_milliseconds() / 1000 - seconds, 5);
}

}  // namespace
}  // namespace mtls
