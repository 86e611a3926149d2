// Where a request may go: the host against the handshake's name, in each of the ways that a client can say either.
#include "reference/routing.h"

#include <gtest/gtest.h>

namespace mtls::reference {
namespace {

class Routing : public testing::Test {
 protected:
  Routing() {
    for (const char* name : {"a.test", "b.test"}) {
      auto site = std::make_unique<Site>();
      site->told.names = {name};
      listener_.by_name.emplace(name, site.get());
      listener_.sites.push_back(std::move(site));
    }
  }
  const Site* a() const { return listener_.sites[0].get(); }
  const Site* b() const { return listener_.sites[1].get(); }

  // The status of the refusal, 0: it is routed to the site of the connection, 1: to another one.
  int outcome(const std::optional<std::string>& sni, const std::string& target, const std::vector<std::string>& hosts,
              const Flaws& flaws = {}) const {
    Welcome welcome;
    welcome.tls = true;
    welcome.server_name = sni;
    const Site* const named = sni ? listener_.named(*sni, flaws) : nullptr;
    welcome.name_is_known = named != nullptr;
    welcome.site = named != nullptr ? named : a();
    HttpMessage request;
    request.method = "GET";
    request.target = target;
    request.version = "1.1";
    for (const std::string& host : hosts) request.headers.emplace_back("Host", host);
    const Result<Route> found = route(request, listener_, welcome, flaws);
    if (!found) return std::stoi(found.error().stage);
    return found->site == welcome.site ? 0 : 1;
  }
  static Flaws with(const std::string& name) {
    Flaws flaws;
    EXPECT_TRUE(flaws.plant(name));
    return flaws;
  }

  Listener listener_;
};

TEST_F(Routing, the_host_is_the_one_of_the_handshake) {
  EXPECT_EQ(outcome("a.test", "/", {"a.test"}), 0);
  EXPECT_EQ(outcome("B.TEST", "/", {"b.test:443"}), 0);
  EXPECT_EQ(outcome("a.test", "/", {"b.test"}), 421);
  EXPECT_EQ(outcome("b.test", "/", {"unknown.test"}), 421);
  EXPECT_EQ(outcome("a.test", "/", {"unknown.test"}), 421) << "a name that was meant is not the default's";
}

TEST_F(Routing, who_names_no_site_gets_the_first_one_only) {
  EXPECT_EQ(outcome(std::nullopt, "/", {"a.test"}), 0);
  EXPECT_EQ(outcome(std::nullopt, "/", {"b.test"}), 421);
  EXPECT_EQ(outcome("unknown.test", "/", {"b.test"}), 421);
  EXPECT_EQ(outcome("unknown.test", "/", {"unknown.test"}), 0);
}

TEST_F(Routing, the_authority_of_the_target_outranks_host) {
  EXPECT_EQ(outcome("a.test", "http://b.test/", {"a.test"}), 421);
  EXPECT_EQ(outcome("a.test", "https://a.test/x", {"b.test"}), 0);
}

TEST_F(Routing, one_host_and_a_target) {
  EXPECT_EQ(outcome("a.test", "/", {}), 400);
  EXPECT_EQ(outcome("a.test", "/", {"a.test", "a.test"}), 400);
  EXPECT_EQ(outcome("a.test", "a.test:443", {"a.test"}), 400);
}

TEST_F(Routing, flaws_lead_elsewhere) {
  EXPECT_EQ(outcome("a.test", "/", {"b.test"}, with("host-unchecked")), 1);
  EXPECT_EQ(outcome(std::nullopt, "/", {"b.test"}, with("host-unchecked-without-name")), 1);
  EXPECT_EQ(outcome("unknown.test", "/", {"b.test"}, with("host-unchecked-for-unknown-name")), 1);
  EXPECT_EQ(outcome("a.test", "http://b.test/", {"a.test"}, with("absolute-target-unchecked")), 1);
  EXPECT_EQ(outcome("a.test", "/", {"a.test:443"}, with("port-in-host")), 421);
}

}  // namespace
}  // namespace mtls::reference
