// A log that does not name every client is waited for only as long as a line may still come.
#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/gateway/test_gateway.h"

namespace mtls::gateway {
namespace {

using std::chrono::milliseconds;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::chrono::hours for_ever{1};
constexpr const char* some_client = "127.66.5.2";

class SilentLog : public ::testing::Test {
 protected:
  void SetUp() override {
    if (find_program("python3").empty()) GTEST_SKIP() << "skipped, because python3 is not installed";
    Result<TempDir> made = TempDir::make();
    ASSERT_TRUE(made);
    folder_.emplace(std::move(*made));
    std::filesystem::create_directory(folder_->path() / "run");
    kind_.kind = "silent";
    kind_.client_pattern = "^(127[.][0-9.]+)";
    plan_ = {{{testing::free_endpoint(), {testing::plain_site()}}}, folder_->path() / "run"};
  }
  // Accepts connections; `each` is what is done with `c`.
  void start(const std::string& each) {
    const std::string script = "exec python3 -c 'import socket,sys\nkept=[]\ns=socket.create_server((\"" +
                               at().address + "\"," + std::to_string(at().port) +
                               "))\nwhile True:\n  c,peer=s.accept()\n  " + each + "'";
    Result<Gateway> started = Gateway::start(kind_, {testing::write_script(folder_->path(), script), ""}, plan_);
    ASSERT_TRUE(started) << to_string(started.error());
    gateway_.emplace(std::move(*started));
  }
  const Endpoint& at() const { return plan_.listeners.front().at; }
  Fd connect() const {
    Result<Fd> connected = connect_tcp(at(), some_client, Deadline(std::chrono::seconds(5)));
    EXPECT_TRUE(connected);
    return connected ? std::move(*connected) : Fd();
  }

  std::optional<TempDir> folder_;
  GatewayKind kind_;
  Plan plan_;
  std::optional<Gateway> gateway_;
};

TEST_F(SilentLog, IsNotWaitedForWhenAllConnectionsAreOver) {
  start("c.close()");
  connect();
  EXPECT_THAT(gateway_->wait_for_clients({some_client}, for_ever), ElementsAre(some_client));
}

TEST_F(SilentLog, IsWaitedForWhileAConnectionIsHeld) {
  start("kept.append(c)");
  const Fd held = connect();
  const Clock::time_point begun = Clock::now();
  EXPECT_THAT(gateway_->wait_for_clients({some_client}, milliseconds(900)), ElementsAre(some_client));
  EXPECT_GE(Clock::now() - begun, milliseconds(900));
}

TEST_F(SilentLog, GivesALineThatComesWhenTheConnectionEnds) {
  start("c.recv(1); print(peer[0], flush=True); c.close()");
  connect();
  EXPECT_THAT(gateway_->wait_for_clients({some_client}, for_ever), IsEmpty());
}

TEST_F(SilentLog, IsNotWaitedForWhenTheGatewayIsDead) {
  start("print(\"last words\", flush=True) if peer[0] == \"" + std::string(some_client) +
        "\" else None; sys.exit(9) if peer[0] == \"" + some_client + "\" else c.close()");
  EXPECT_EQ(gateway_->how_it_ended(), "");
  connect();
  EXPECT_THAT(gateway_->wait_for_clients({some_client}, for_ever), ElementsAre(some_client));
  EXPECT_FALSE(gateway_->alive());
  EXPECT_THAT(gateway_->how_it_ended(), AllOf(HasSubstr("silent ended with exit code 9"), HasSubstr("last words")));
  gateway_->stop();
}

}  // namespace
}  // namespace mtls::gateway
