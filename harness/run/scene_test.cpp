// Addresses of a run: its own, and no other run's.
#include "harness/run/scene.h"

#include <gtest/gtest.h>

namespace mtls::run {
namespace {

TEST(Addresses, TwoRunsWithOneSeedHaveNetworksOfTheirOwn) {
  const auto one = Addresses::claim(7);
  const auto two = Addresses::claim(7);
  ASSERT_TRUE(one && two);
  EXPECT_NE((*one)->infrastructure(1), (*two)->infrastructure(1));
  EXPECT_NE((*one)->next_client(), (*two)->next_client());
}

TEST(Addresses, EachClientHasAnotherOne) {
  const auto addresses = Addresses::claim(8);
  ASSERT_TRUE(addresses);
  EXPECT_NE((*addresses)->next_client(), (*addresses)->next_client());
}

}  // namespace
}  // namespace mtls::run
