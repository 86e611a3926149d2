// Ports that other machines may reach, and open connections, of this process.
#include "harness/gateway/open_ports.h"

#include <sys/socket.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/base/socket.h"
#include "harness/base/time.h"

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

// This process in the gateway's part.
class Busy : public ::testing::Test {
 protected:
  void SetUp() override {
    listener_ = std::move(*listen_tcp({"127.66.9.1", 0}));
    auto connected = connect_tcp(*local_endpoint(listener_.get()), client, Deadline(std::chrono::seconds(5)));
    ASSERT_TRUE(connected);
    client_ = std::move(*connected);
  }
  Fd accepted() const {
    EXPECT_TRUE(wait_readable(listener_.get(), Deadline(std::chrono::seconds(5))));
    return Fd(::accept(listener_.get(), nullptr, nullptr));
  }
  static bool busy_with(const std::string& address) { return may_be_busy_with({::getpid()}, {address}); }

  static constexpr const char* client = "127.66.9.2";
  Fd listener_, client_;
};

TEST_F(Busy, WithWhomItHasAConnectionTo) {
  EXPECT_TRUE(busy_with(client)) << "not accepted yet";
  EXPECT_FALSE(busy_with("127.66.9.3"));
  Fd server = accepted();
  client_.reset();
  EXPECT_TRUE(busy_with(client)) << "left by the client alone";
  server.reset();
  EXPECT_FALSE(busy_with(client));
}

TEST_F(Busy, WithWhoseEndItHasNotNoticed) {
  Fd server = accepted();
  reset_on_close(client_.get());
  client_.reset();
  EXPECT_TRUE(busy_with(client));
  server.reset();
  EXPECT_FALSE(busy_with(client));
}

TEST(OpenPorts, AProcessThatIsGoneIsBusyWithNobody) {
  EXPECT_FALSE(may_be_busy_with({-1}, {"127.66.9.4"}));
}

TEST(OpenPorts, AProcessThatIsGoneHasNone) {
  EXPECT_THAT(reachable_ports(-1), IsEmpty());
}

}  // namespace
}  // namespace mtls::gateway
