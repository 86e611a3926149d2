// The configuration file: what it says is read, and what it must not say is refused with its line.
#include "reference/configuration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/base/files.h"

namespace mtls::reference {
namespace {

using testing::HasSubstr;

Result<Configuration> read(const std::string& text) {
  const auto folder = TempDir::make();
  if (!folder || !write_file(folder->path() / "reference.conf", text)) return Error{"test", "no folder", ""};
  return read_configuration(folder->path() / "reference.conf");
}

std::string mistake(const std::string& text) {
  const auto configuration = read(text);
  return configuration ? "" : to_string(configuration.error());
}

TEST(Configuration, listeners_sites_and_legs) {
  const auto configuration = read(R"(
listener 127.0.0.1:443   # the front
  tls
  reject-unknown-names
  site
    name a.test
    name b.test
    client-auth required
    versions 1.3 1.3
    depth 3
    ocsp http://127.0.0.2:80
    add-header X-Serial $client_serial
    upstream [::1]:8443
    leg-tls
    leg-versions 1.2 1.3
listener 127.0.0.1:80
  site
    identity strip
    upstream 127.0.0.1:81
    upstream-timeout 500
)");
  ASSERT_TRUE(configuration) << to_string(configuration.error());
  ASSERT_EQ(configuration->listeners.size(), 2u);
  const ListenerConfiguration& front = configuration->listeners[0];
  EXPECT_EQ(to_string(front.at), "127.0.0.1:443");
  EXPECT_TRUE(front.tls && front.reject_unknown_names);
  ASSERT_EQ(front.sites.size(), 1u);
  const SiteConfiguration& site = front.sites[0];
  EXPECT_EQ(site.names, (std::vector<std::string>{"a.test", "b.test"}));
  EXPECT_EQ(site.client_auth, ClientAuth::required);
  EXPECT_EQ(site.versions, (TlsRange{TlsVersion::tls13, TlsVersion::tls13}));
  EXPECT_EQ(site.depth, 3);
  ASSERT_TRUE(site.responder);
  EXPECT_EQ(to_string(*site.responder), "127.0.0.2:80");
  EXPECT_EQ(to_string(site.leg.upstream), "[::1]:8443");
  EXPECT_TRUE(site.leg.tls);
  EXPECT_EQ(configuration->listeners[1].sites[0].identity, IdentityHeader::strip);
  EXPECT_EQ(configuration->listeners[1].sites[0].leg.timeout, std::chrono::milliseconds(500));
}

TEST(Configuration, what_is_wrong_is_said_with_its_line) {
  EXPECT_THAT(mistake("listener 127.0.0.1:1\nsite\ncertificat x\n"), HasSubstr("reference.conf:3: unknown keyword"));
  EXPECT_THAT(mistake("listener 127.0.0.1:1\nsite\nadd-header X-CN $ssl_client_s_dn_cn\n"),
              HasSubstr("unknown variable \"$ssl_client_s_dn_cn\""));
  EXPECT_THAT(mistake("name a.test\n"), HasSubstr("must stand below a listener"));
  EXPECT_THAT(mistake("listener 127.0.0.1:1\nname a.test\n"), HasSubstr("must stand below a site"));
  EXPECT_THAT(mistake("listener 127.0.0.1:99999\n"), HasSubstr("no number from 1 to 65535"));
  EXPECT_THAT(mistake("listener 127.0.0.1:1\nsite\n"), HasSubstr("has no upstream"));
  EXPECT_THAT(mistake("listener 127.0.0.1:1\n"), HasSubstr("no site"));
  EXPECT_THAT(mistake(""), HasSubstr("no listener"));
}

}  // namespace
}  // namespace mtls::reference
