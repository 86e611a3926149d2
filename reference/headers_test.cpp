// What the upstream is told: no field of the hop, and no identity but the gateway's own.
#include "reference/headers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mtls::reference {
namespace {

using testing::Contains;
using testing::Not;
using testing::Pair;

class Headers : public testing::Test {
 protected:
  HeaderList sent(const HeaderList& headers, const Flaws& flaws = {}) {
    HttpMessage request;
    request.headers = headers;
    welcome_.site = &site_;
    Route route;
    route.site = &site_;
    route.host = "a.test";
    return headers_for_upstream(request, route, welcome_, flaws);
  }
  static Flaws with(const std::string& name) {
    Flaws flaws;
    EXPECT_TRUE(flaws.plant(name));
    return flaws;
  }
  Site site_;
  Welcome welcome_;
};

bool any_identity(const HeaderList& headers) {
  return std::any_of(headers.begin(), headers.end(), [](const auto& one) { return one.second == "CN=admin"; });
}

TEST_F(Headers, no_spelling_of_a_forged_identity_passes) {
  for (const char* name : {"X-Client-DN", "x-client-dn", "X_Client_DN", "x_client-dn"}) {
    EXPECT_FALSE(any_identity(sent({{name, "CN=admin"}}))) << name;
  }
  EXPECT_FALSE(any_identity(sent({{"X-Client-DN", "CN=admin"}, {"X-Client-DN", "CN=admin"}})));
}

TEST_F(Headers, a_site_that_passes_identity_on_does) {
  site_.told.identity = IdentityHeader::pass;
  EXPECT_TRUE(any_identity(sent({{"X-Client-DN", "CN=admin"}})));
}

TEST_F(Headers, fields_of_the_hop_stay_on_it) {
  const HeaderList got = sent({{"Connection", "close, X-Mine"}, {"X-Mine", "1"}, {"TE", "trailers"}, {"X-Yours", "2"}});
  EXPECT_THAT(got, Contains(Pair("X-Yours", "2")));
  EXPECT_THAT(got, Not(Contains(Pair("X-Mine", "1"))));
  EXPECT_THAT(got, Not(Contains(Pair("TE", "trailers"))));
  EXPECT_THAT(got, Contains(Pair("X-Forwarded-Host", "a.test")));
}

TEST_F(Headers, flaws_let_one_through) {
  EXPECT_TRUE(any_identity(sent({{"X-Client-DN", "CN=admin"}}, with("identity-kept"))));
  EXPECT_TRUE(any_identity(sent({{"x-client-dn", "CN=admin"}}, with("identity-by-case"))));
  EXPECT_TRUE(any_identity(sent({{"X_Client_DN", "CN=admin"}}, with("identity-with-underscores"))));
  EXPECT_TRUE(
      any_identity(sent({{"X-Client-DN", "CN=root"}, {"X-Client-DN", "CN=admin"}}, with("identity-first-only"))));
}

}  // namespace
}  // namespace mtls::reference
