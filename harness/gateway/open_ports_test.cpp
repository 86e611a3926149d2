// Ports that other machines may reach, of this process.
#include "harness/gateway/open_ports.h"

#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/base/socket.h"

namespace mtls::gateway {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(OpenPorts, OnlyThoseBeyondLoopbackAreNamed) {
  const auto own = listen_tcp({"127.0.0.1", 0});
  ASSERT_TRUE(own);
  EXPECT_THAT(reachable_ports(::getpid()), IsEmpty());
  for (const char* any : {"0.0.0.0", "::"}) {
    const auto open = listen_tcp({any, 0});
    if (!open) continue;  // a machine without IPv6
    const auto at = local_endpoint(open->get());
    ASSERT_TRUE(at);
    EXPECT_THAT(reachable_ports(::getpid()), ElementsAre(to_string(*at)));
  }
}

TEST(OpenPorts, SixthVersionLoopbackIsLoopback) {
  const auto own = listen_tcp({"::1", 0});
  if (!own) GTEST_SKIP() << "skipped, because this machine has no IPv6";
  EXPECT_THAT(reachable_ports(::getpid()), IsEmpty());
}

TEST(OpenPorts, AProcessThatIsGoneHasNone) {
  EXPECT_THAT(reachable_ports(-1), IsEmpty());
}

}  // namespace
}  // namespace mtls::gateway
