// Inventories: what is read of one, and what is refused with its place.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/catalog/catalog.h"
#include "harness/catalog/small_standard.h"

namespace mtls::catalog {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

class Inventory : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* file : {"ca.pem", "ca.key", "ok.pem"}) folder_.write(file, "x");
  }
  Result<std::vector<RunningGateway>> read(const std::string& entries) const {
    return read_inventory(folder_.write("inventory.json", "{\"gateways\": [" + entries + "]}"), standard());
  }
  std::string path(const std::string& name) const { return (folder_.path() / name).string(); }

  const Folder folder_;
};

const std::string authority = R"("issue_with": {"certificate": "ca.pem", "key": "ca.key"})";

TEST_F(Inventory, EveryKeyIsRead) {
  const auto read = this->read(R"({"name": "edge-eu", "address": "[::1]:9443", "sni": "api.example.com",
    "kind": "nginx", "trust": "ca.pem", "issue_with": {"certificate": "ca.pem", "key": "ca.key", "direct": true},
    "credentials": {"valid": {"certificate": "ok.pem"}, "expired": {"pkcs12": "ok.pem", "pass_file": "ca.key"}},
    "path": "/health", "upstream_echo": true, "connections": 4, "tls": ["1.3"]},
    {"name": "second", "address": "edge.test:443", "log": "ok.pem", )" +
                               authority + "}");
  ASSERT_TRUE(read) << to_string(read.error());
  const RunningGateway& first = read->front();
  EXPECT_EQ(first.host, "::1");
  EXPECT_EQ(first.port, 9443);
  EXPECT_EQ(first.sni, "api.example.com");
  EXPECT_EQ(first.trust, path("ca.pem"));
  EXPECT_EQ(first.issue_with->files.key, path("ca.key"));
  EXPECT_TRUE(first.issue_with->direct);
  EXPECT_EQ(first.credentials.at("client").certificate, path("ok.pem"));
  EXPECT_EQ(first.credentials.at("client-expired").passphrase, path("ca.key"));
  EXPECT_EQ(first.path, "/health");
  EXPECT_TRUE(first.upstream_echo);
  EXPECT_EQ(first.connections, 4);
  EXPECT_EQ(first.tls, std::vector{TlsVersion::tls13});
  EXPECT_EQ(read->back().log, path("ok.pem"));
  EXPECT_EQ(read->back().connections, 1);
}

TEST_F(Inventory, WhatIsWrongIsRefusedWithItsPlace) {
  const std::string head = R"({"name": "a", "address": "h:1", )";
  const std::vector<std::array<std::string, 3>> wrong{
      {"", "/gateways (line 1)", "at least one gateway"},
      {R"({"name": "a", "address": "h", )" + authority + "}", "/gateways/0/address (line 1)", "HOST:PORT"},
      {R"({"name": "a", "address": "h:0", )" + authority + "}", "/gateways/0/address (line 1)", "HOST:PORT"},
      {R"({"name": "a", "address": "h:70000", )" + authority + "}", "/gateways/0/address (line 1)", "65535"},
      {R"({"name": "A b", "address": "h:1", )" + authority + "}", "/gateways/0/name (line 1)", "lower-case"},
      {R"({"name": "a", )" + authority + "}", "/gateways/0 (line 1)", "\"address\" is missing"},
      {head + authority + R"(, "pth": "/"})", "/gateways/0/pth (line 1)", "did you mean \"path\""},
      {head + authority + R"(, "path": "/a b"})", "/gateways/0/path (line 1)", "without blanks"},
      {head + authority + R"(, "path": "health"})", "/gateways/0/path (line 1)", "begins with /"},
      {head + authority + R"(, "sni": "a\r\nb"})", "/gateways/0/sni (line 1)", ""},
      {head + authority + R"(, "upstream_echo": "yes"})", "/gateways/0/upstream_echo (line 1)", "true or false"},
      {head + authority + R"(, "connections": 0})", "/gateways/0/connections (line 1)", ""},
      {head + authority + R"(, "connections": 2, "log": "ok.pem"})", "/gateways/0/log (line 1)", "one connection"},
      {head + authority + R"(, "tls": ["1.1"]})", "/gateways/0/tls/0 (line 1)", "\"1.2\""},
      {head + authority + R"(, "trust": "none.pem"})", "/gateways/0/trust (line 1)", "no file"},
      {head + R"("issue_with": {"certificate": "ca.pem", "key": "none.key"}})", "/gateways/0/issue_with/key (line 1)",
       "no file"},
      {head + R"("issue_with": {"key": "ca.key"}})", "/gateways/0/issue_with (line 1)", "\"certificate\" is missing"},
      {head + R"("credentials": {"expird": {"certificate": "ok.pem"}}})", "/gateways/0/credentials/expird (line 1)",
       "no credential"},
      {head + R"("credentials": {"expired": {"certificate": "ok.pem"}}})", "/gateways/0 (line 1)", "neither"},
      {head + authority + "}, " + head + authority + "}", "/gateways/1 (line 1)", "two gateways"},
  };
  for (const auto& [text, where, word] : wrong) {
    const auto read = this->read(text);
    ASSERT_FALSE(read) << text;
    EXPECT_THAT(read.error().where, EndsWith(where)) << text;
    EXPECT_THAT(read.error().what, HasSubstr(word)) << text;
  }
}

TEST_F(Inventory, AMissingFileIsNamed) {
  const auto read = read_inventory(path("none.json"), standard());
  ASSERT_FALSE(read);
  EXPECT_THAT(to_string(read.error()), HasSubstr("none.json"));
}

}  // namespace
}  // namespace mtls::catalog
