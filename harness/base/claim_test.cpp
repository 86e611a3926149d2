// A claimed name is nobody else's until it is given up.
#include "harness/base/claim.h"

#include <unistd.h>

#include <gtest/gtest.h>

namespace mtls {
namespace {

TEST(Claim, IsHeldUntilItIsClosed) {
  const std::string name = "mtlscheck claim test " + std::to_string(getpid());
  std::optional<Fd> mine = claim(name);
  ASSERT_TRUE(mine);
  EXPECT_FALSE(claim(name));
  EXPECT_TRUE(claim(name + " other"));
  mine.reset();
  EXPECT_TRUE(claim(name));
}

}  // namespace
}  // namespace mtls
