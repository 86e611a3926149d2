// A real nginx, in front and behind.
#include <signal.h>

#include <optional>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/base/text.h"
#include "harness/gateway/test_gateway.h"

namespace mtls::gateway {
namespace {

using std::chrono::milliseconds;
using ::testing::AllOf;
using testing::ask;
using testing::Ask;
using testing::Asked;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr milliseconds patience{5000};

class Nginx : public ::testing::Test {
 protected:
  void SetUp() override {
    Result<Installed> found = find(testing::nginx_kind());
    if (!found) GTEST_SKIP() << "NOT TESTED: " << to_string(found.error());
    nginx_ = *found;
    Result<TempDir> made = TempDir::make();
    ASSERT_TRUE(made);
    folder_.emplace(std::move(*made));
    std::filesystem::create_directory(folder_->path() / "front");
    std::filesystem::create_directory(folder_->path() / "behind");
  }
  Result<Gateway> start(const std::vector<Listener>& listeners) {
    front_ = {listeners, folder_->path() / "front"};
    return Gateway::start(testing::nginx_kind(), nginx_, front_);
  }
  // A site whose upstream is a real nginx that requires the gateway's certificate.
  PlacedSite site_with_upstream() {
    PlacedSite service = testing::mutual_site();
    service.spec.names = {"upstream.test"};
    service.credential = testing::credential("upstream");
    const Endpoint at = testing::free_endpoint("127.66.1.2");
    Result<Gateway> started =
        Gateway::start(testing::nginx_kind("upstreams"), nginx_, {{{at, {service}}}, folder_->path() / "behind"});
    EXPECT_TRUE(started) << to_string(started.error());
    if (started) behind_.emplace(std::move(*started));
    PlacedSite site = testing::mutual_site();
    site.upstream = at;
    site.spec.leg.tls = site.spec.leg.verify = true;
    site.spec.leg.name = "upstream.test";
    site.leg_trust = {testing::root()};
    site.leg_credential = testing::credential("gateway");
    return site;
  }
  std::string upstream_line(const std::string& nonce) {
    EXPECT_THAT(behind_->wait_for_texts({"\tnonce=" + nonce + "\t"}, patience), IsEmpty());
    for (const LogLine& line : behind_->log())
      if (line.text.find("\tnonce=" + nonce + "\t") != std::string::npos) return line.text;
    return "";
  }

  Installed nginx_;
  std::optional<TempDir> folder_;
  Plan front_;
  std::optional<Gateway> behind_;
  const Credential client_ = testing::credential("client");
};

TEST_F(Nginx, SaysItsVersion) {
  EXPECT_THAT(nginx_.version, ::testing::MatchesRegex("[0-9]+\\.[0-9]+\\.[0-9]+.*"));
}

TEST_F(Nginx, CarriesAVerifiedClientThroughToARealNginx) {
  const PlacedSite site = site_with_upstream();
  const Endpoint at = testing::free_endpoint();
  Result<Gateway> gateway = start({{at, {site}}});
  ASSERT_TRUE(gateway) << to_string(gateway.error());
  const Asked good =
      ask({at, "127.1.0.1", &client_, "gateway.test", "X-Mtlscheck-Nonce: n-1\r\nX-Client-DN: CN=forged\r\n"});
  EXPECT_EQ(good.status(), 200) << good.answer;
  EXPECT_THAT(good.answer, HasSubstr("upstream-mtls-ok client=CN=gateway nonce=n-1"));
  EXPECT_THAT(upstream_line("n-1"),
              AllOf(HasSubstr("\tstatus=200\tmethod=GET\turi=/x\thost=upstream.test\t"),
                    HasSubstr("\tsni=upstream.test\tverify=SUCCESS\tclient_dn=CN=gateway\t"),
                    HasSubstr("\tidentity=CN=client"), HasSubstr("\tlistener=" + to_string(site.upstream) + "\t")));
  EXPECT_THAT(gateway->alarms(), IsEmpty());
  EXPECT_THAT(behind_->alarms(), IsEmpty());
}

TEST_F(Nginx, UpstreamThatRefusesTheGatewayIsLoggedWithItsNonce) {
  PlacedSite site = site_with_upstream();
  site.leg_credential.reset();
  const Endpoint at = testing::free_endpoint();
  Result<Gateway> gateway = start({{at, {site}}});
  ASSERT_TRUE(gateway) << to_string(gateway.error());
  EXPECT_EQ(ask({at, "127.1.0.1", &client_, "gateway.test", "X-Mtlscheck-Nonce: n-2\r\n"}).status(), 400);
  EXPECT_THAT(upstream_line("n-2"), AllOf(HasSubstr("\tstatus=400\t"), HasSubstr("\tverify=NONE\tclient_dn=-\t")));
}

TEST_F(Nginx, LogNamesEachClientAndItsReason) {
  const Endpoint at = testing::free_endpoint();
  PlacedSite site = testing::mutual_site();
  site.crls = {testing::crl("root-crl"), testing::crl("intermediate-crl")};
  Result<Gateway> gateway = start({{at, {site}}});
  ASSERT_TRUE(gateway) << to_string(gateway.error());
  const Credential revoked = testing::credential("revoked");
  EXPECT_EQ(ask({at, "127.1.0.2", nullptr}).status(), 400);
  EXPECT_EQ(ask({at, "127.1.0.3", &revoked}).status(), 400);
  EXPECT_EQ(ask({at, "127.1.0.4", &client_}).status(), 502);
  EXPECT_THAT(gateway->wait_for_clients({"127.1.0.2", "127.1.0.3", "127.1.0.4"}, patience), IsEmpty());
  gateway->stop();
  std::map<std::string, std::string> of;
  for (const LogLine& line : gateway->log()) of[line.client] += line.text + "\n";
  EXPECT_THAT(of["127.1.0.2"], HasSubstr("client sent no required SSL certificate"));
  EXPECT_THAT(of["127.1.0.3"], HasSubstr("certificate revoked"));
  EXPECT_THAT(of["127.1.0.4"], AllOf(HasSubstr("connect() failed"), HasSubstr("verify=\"SUCCESS\" dn=\"CN=client\"")));
  EXPECT_EQ(of.count("127.255.255.253"), 0u);
  EXPECT_THAT(gateway->alarms(), IsEmpty());
}

TEST_F(Nginx, PlainListenerAndRejectedNames) {
  const Endpoint tls = testing::free_endpoint(), plain = testing::free_endpoint("127.66.1.3");
  PlacedSite a = testing::mutual_site(), b = testing::mutual_site();
  a.spec.reject_unknown_names = true;
  b.spec.names = {"b.test"};
  b.spec.client_auth = ClientAuth::off;
  Result<Gateway> gateway = start({{tls, {a, b}}, {plain, {testing::plain_site()}}});
  ASSERT_TRUE(gateway) << to_string(gateway.error());
  EXPECT_FALSE(ask({tls, "127.1.0.5", &client_, "unknown.test"}).handshake);
  EXPECT_EQ(ask({tls, "127.1.0.5", &client_, "gateway.test"}).status(), 502);
  EXPECT_EQ(ask({tls, "127.1.0.5", nullptr, "gateway.test"}).status(), 400);
  EXPECT_EQ(ask({tls, "127.1.0.5", nullptr, "b.test"}).status(), 502);
  EXPECT_EQ(ask({plain, "127.1.0.5", nullptr, "gateway.test", "", false}).status(), 502);
}

TEST_F(Nginx, ReloadTakesANewRevocationList) {
  const Endpoint at = testing::free_endpoint();
  PlacedSite site = testing::mutual_site();
  site.crls = {testing::crl("root-crl"), testing::crl("empty-crl")};
  Result<Gateway> gateway = start({{at, {site}}});
  ASSERT_TRUE(gateway) << to_string(gateway.error());
  const Credential revoked = testing::credential("revoked");
  const Ask question{at, "127.1.0.6", &revoked};
  EXPECT_EQ(ask(question).status(), 502);
  front_.listeners[0].sites[0].crls[1] = testing::crl("intermediate-crl");
  ASSERT_TRUE(render(testing::nginx_kind(), front_));
  EXPECT_EQ(ask(question).status(), 502) << "a list on disk has no effect before the reload";
  const Result<void> reloaded = gateway->reload();
  ASSERT_TRUE(reloaded) << to_string(reloaded.error());
  EXPECT_EQ(ask(question).status(), 400);
  EXPECT_TRUE(gateway->alive());
  EXPECT_THAT(gateway->alarms(), IsEmpty());
}

TEST_F(Nginx, ReloadThatFailsIsToldInItsOwnWords) {
  const Endpoint at = testing::free_endpoint();
  Result<Gateway> gateway = start({{at, {testing::mutual_site()}}});
  ASSERT_TRUE(gateway) << to_string(gateway.error());
  front_.listeners[0].sites[0].spec.extra = "unknown-variable";
  ASSERT_TRUE(render(testing::nginx_kind(), front_));
  const Result<void> reloaded = gateway->reload();
  ASSERT_FALSE(reloaded);
  EXPECT_THAT(reloaded.error().what, HasSubstr("unknown \"ssl_client_s_dn_cn\" variable"));
  EXPECT_EQ(ask({at, "127.1.0.7", &client_}).status(), 502) << "it goes on as before";
}

TEST_F(Nginx, RefusalToStartGivesItsOwnWordsSoon) {
  PlacedSite site = testing::mutual_site();
  site.spec.extra = "unknown-variable";
  const Clock::time_point began = Clock::now();
  const Result<Gateway> gateway = start({{testing::free_endpoint(), {site}}});
  ASSERT_FALSE(gateway);
  EXPECT_LT(Clock::now() - began, std::chrono::seconds(2));
  EXPECT_EQ(gateway.error().stage, "start");
  EXPECT_EQ(gateway.error().where, (front_.folder / "nginx.conf").string());
  EXPECT_THAT(gateway.error().what, HasSubstr("[emerg]"));
  EXPECT_THAT(gateway.error().what, HasSubstr("unknown \"ssl_client_s_dn_cn\" variable"));
}

TEST_F(Nginx, SixtyListenersAreReadyAndNothingIsLeft) {
  std::vector<Listener> listeners;
  for (int n = 0; n < 60; ++n)
    listeners.push_back({testing::free_endpoint("127.66.2." + std::to_string(n + 1)), {testing::mutual_site()}});
  Result<Gateway> gateway = start(listeners);
  ASSERT_TRUE(gateway) << to_string(gateway.error());
  RecordProperty("ready_ms", static_cast<int>(gateway->ready_after().count()));
  for (const std::size_t n : {0u, 30u, 59u}) EXPECT_EQ(ask({listeners[n].at, "127.1.0.8", &client_}).status(), 502);
  gateway->stop();
  for (const Listener& listener : listeners) EXPECT_TRUE(listen_tcp(listener.at));
}

TEST_F(Nginx, ServesManyThreadsAtOnce) {
  const Endpoint at = testing::free_endpoint();
  Result<Gateway> gateway = start({{at, {testing::mutual_site()}}});
  ASSERT_TRUE(gateway) << to_string(gateway.error());
  std::vector<std::string> clients;
  for (int n = 1; n <= 40; ++n) clients.push_back("127.1.1." + std::to_string(n));
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (std::size_t n = t; n < clients.size(); n += 4) {
        ask({at, clients[n], n % 2 == 0 ? &client_ : nullptr});
        gateway->alive();
        gateway->log();
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(gateway->wait_for_clients(clients, patience), IsEmpty());
}

}  // namespace
}  // namespace mtls::gateway
