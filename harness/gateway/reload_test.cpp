// Each kind that claims `reload`: what is new is in force after it, and the process is the one of before.
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <set>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/gateway/test_gateway.h"
#include "harness/gateway/workers.h"

namespace mtls::gateway {
namespace {

using testing::ask;
using testing::Asked;
using ::testing::IsEmpty;

constexpr std::chrono::seconds request_patience{10};

std::vector<std::string> kinds_that_reload() {
  std::vector<std::string> kinds;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::string(MTLSCHECK_SOURCE_DIR) + "/fixtures/gateways")) {
    if (!entry.is_directory()) continue;
    const std::string name = entry.path().filename();
    const GatewayKind kind = testing::shipped_kind(name);
    if (std::count(kind.capabilities.begin(), kind.capabilities.end(), "reload") != 0) kinds.push_back(name);
  }
  std::sort(kinds.begin(), kinds.end());
  return kinds;
}

// Answers every request with 200, one connection after another.
class Upstream {
 public:
  Upstream() : at_(testing::free_endpoint("127.66.4.1")), listener_(std::move(*listen_tcp(at_))) {
    thread_ = std::jthread([this](const std::stop_token& stop) {
      while (!stop.stop_requested())
        if (wait_readable(listener_.get(), Deadline(std::chrono::milliseconds(20)))) answer();
    });
  }
  const Endpoint& at() const { return at_; }

 private:
  void answer() const {
    const Fd connection(::accept(listener_.get(), nullptr, nullptr));
    std::string request;
    char buffer[4096];
    while (request.find("\r\n\r\n") == std::string::npos) {
      const ssize_t got = wait_readable(connection.get(), Deadline(request_patience))
                              ? ::recv(connection.get(), buffer, sizeof buffer, 0)
                              : 0;
      if (got <= 0) return;
      request.append(buffer, static_cast<std::size_t>(got));
    }
    constexpr std::string_view text = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";
    ::send(connection.get(), text.data(), text.size(), MSG_NOSIGNAL);
  }

  Endpoint at_;
  Fd listener_;
  std::jthread thread_;
};

class Reload : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    kind_ = testing::shipped_kind(GetParam());
    Result<Installed> found = find(kind_);
    if (!found) GTEST_SKIP() << "skipped, because " << to_string(found.error());
    installed_ = std::move(*found);
    Result<TempDir> made = TempDir::make();
    ASSERT_TRUE(made);
    folder_.emplace(std::move(*made));
    PlacedSite site = testing::mutual_site();
    site.upstream = upstream_.at();
    plan_ = {{{testing::free_endpoint(), {site}}}, folder_->path()};
  }
  PlacedSite& site() { return plan_.listeners.front().sites.front(); }
  Asked asked_as(const Credential& client) {
    return ask({plan_.listeners.front().at, "127.1.2.1", &client, "gateway.test"});
  }
  bool admits(const Credential& client) { return asked_as(client).status() == 200; }

  GatewayKind kind_;
  Installed installed_;
  Upstream upstream_;
  std::optional<TempDir> folder_;
  Plan plan_;
  const Credential client_ = testing::credential("client"), other_client_ = testing::credential("other-client");
};

TEST_P(Reload, TakesANewCertificateAndNewTrustWithoutANewProcess) {
  const std::set<pid_t> before = children_of(::getpid());
  Result<Gateway> gateway = Gateway::start(kind_, installed_, plan_);
  ASSERT_TRUE(gateway) << to_string(gateway.error());
  const std::set<pid_t> launched = children_of(::getpid());
  ASSERT_EQ(launched.size(), before.size() + 1);
  EXPECT_EQ(asked_as(client_).server, "CN=server");
  EXPECT_TRUE(admits(client_));
  EXPECT_FALSE(admits(other_client_));

  site().credential = testing::credential("upstream");
  site().trust = {testing::root("other-root")};
  const Result<void> rendered = render(kind_, plan_);
  ASSERT_TRUE(rendered) << to_string(rendered.error());
  EXPECT_TRUE(admits(client_)) << "files alone have no effect before the reload";
  const Result<void> reloaded = gateway->reload();
  ASSERT_TRUE(reloaded) << to_string(reloaded.error());

  EXPECT_EQ(asked_as(other_client_).server, "CN=upstream");
  EXPECT_TRUE(admits(other_client_));
  EXPECT_FALSE(admits(client_));
  EXPECT_TRUE(gateway->alive());
  EXPECT_EQ(children_of(::getpid()), launched);
  EXPECT_THAT(gateway->alarms(), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Delivered, Reload, ::testing::ValuesIn(kinds_that_reload()), [](const auto& kind) {
  std::string name = kind.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

}  // namespace
}  // namespace mtls::gateway
