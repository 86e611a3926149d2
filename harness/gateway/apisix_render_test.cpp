// APISIX's documents: the golden ones, as a YAML reader and a JSON reader see them. No APISIX runs here.
#include <map>
#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/base/process.h"
#include "harness/gateway/gateway.h"
#include "harness/gateway/own_values.h"
#include "harness/gateway/test_gateway.h"

namespace mtls::gateway {
namespace {

using ::testing::HasSubstr;

std::string put_for(std::string text, const std::string& what, const std::string& by) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
    text.replace(at, what.size(), by);
  return text;
}

// Each PEM text in quotes as a word that says what it holds.
std::string without_pem(std::string text) {
  const std::string begins = "-----BEGIN ";
  for (std::size_t begin = 0; (begin = text.find(begins, begin)) != std::string::npos; ++begin) {
    const std::size_t end = text.find('"', begin);
    const std::string pem = text.substr(begin, end - begin);
    int blocks = 0;
    for (std::size_t at = pem.find(begins); at != std::string::npos; at = pem.find(begins, at + 1)) ++blocks;
    const bool key = pem.find("PRIVATE KEY") != std::string::npos;
    text.replace(begin, end - begin, key ? "KEY" : "CERTIFICATES:" + std::to_string(blocks));
  }
  return text;
}

// What is minted or picked anew each time, as words.
std::string settled(std::string text, const std::filesystem::path& folder, const OwnValues& own) {
  text = without_pem(put_for(std::move(text), folder.string(), "FOLDER"));
  text = put_for(std::move(text), own.secret, "SECRET");
  for (const auto& [name, port] : own.ports) text = put_for(std::move(text), std::to_string(port), "PORT-" + name);
  return text;
}

std::string golden_text(const std::string& name) {
  return testing::content_of(std::filesystem::path(MTLSCHECK_SOURCE_DIR) / "harness/gateway/golden/apisix" / name);
}

// Two domains with CAs and depths of their own, and the plain listener beside them.
Plan front(const std::filesystem::path& folder) {
  PlacedSite a = testing::mutual_site(), b = testing::mutual_site();
  a.spec.names = {"a.test", "www.a.test"};
  b.spec.names = {"b.test"};
  b.spec.depth = 0;
  b.spec.identity = IdentityHeader::strip;
  b.spec.versions = {TlsVersion::tls13, TlsVersion::tls13};
  b.spec.upstream.behaviour = Behaviour::silent;
  return {{{{"127.0.0.2", 4431}, {a, b}}, {{"127.0.0.2", 8080}, {testing::plain_site()}}}, folder};
}

Plan behind(const std::filesystem::path& folder, bool send_sni) {
  PlacedSite leg = testing::mutual_site();
  leg.spec.client_auth = ClientAuth::off;
  leg.spec.identity = IdentityHeader::pass;
  leg.spec.leg = {true, "gateway", true, {"root"}, {}, "upstream.test", send_sni, 2, {}};
  leg.leg_credential = testing::credential("gateway");
  leg.leg_trust = {testing::root()};
  return {{{{"127.0.0.2", 4431}, {leg}}}, folder};
}

// A client's side and an upstream's, and a second domain.
Plan both_sides(const std::filesystem::path& folder) {
  PlacedSite end_to_end = behind(folder, true).listeners.front().sites.front();
  end_to_end.spec.client_auth = ClientAuth::required;
  end_to_end.spec.identity = IdentityHeader::overwrite;
  return {{{{"127.0.0.1", 9443}, {end_to_end, front(folder).listeners.front().sites.back()}}}, folder};
}

class Apisix : public ::testing::Test {
 protected:
  void SetUp() override {
    Result<TempDir> made = TempDir::make();
    ASSERT_TRUE(made);
    folder_.emplace(std::move(*made));
  }
  const std::filesystem::path& out() const { return folder_->path(); }

  void expect_exported(const std::string& format, const std::string& query, const std::string& golden) const {
    const Result<std::string> text = render_export(testing::shipped_kind("apisix"), both_sides(out()), format, query);
    ASSERT_TRUE(text) << to_string(text.error());
    EXPECT_EQ(without_pem(*text), golden_text(golden));
    ASSERT_TRUE(write_file(out() / golden, *text));
  }
  void expect_golden(const std::string& file, const std::string& golden) const {
    const Result<OwnValues> own = own_values(out());
    ASSERT_TRUE(own);
    EXPECT_EQ(settled(testing::content_of(out() / file), out(), *own), golden_text(golden));
  }
  // By a reader that APISIX has nothing to do with: "yaml" and "json" a whole file, "bodies" what a shell's << 'EOF'
  // hold.
  void expect_readable(const std::string& file, const std::string& sort) const {
    static const std::map<std::string, std::string> readers{
        {"yaml", "yaml.safe_load(text)"},
        {"json", "json.loads(text)"},
        {"bodies",
         "assert all([json.loads(body.split('\\nEOF\\n')[0]) for body in text.split(\"<<'EOF'\\n\")[1:]]) and "
         "text.count('EOF') > 4"}};
    const std::string module = sort == "yaml" ? "yaml" : "json";
    const std::string code = "import sys, " + module + "; text = open(sys.argv[1]).read(); " + readers.at(sort);
    ProcessSpec spec;
    spec.program = find_program("python3");
    if (spec.program.empty()) GTEST_SKIP() << "skipped, because python3 is not installed";
    spec.arguments = {"-c", "import " + module};
    const Result<Output> there = run_to_end(spec, std::chrono::seconds(20));
    if (!there || there->exit.code != 0) GTEST_SKIP() << "skipped, because python3 has no module " << module;
    spec.arguments = {"-c", code, (out() / file).string()};
    const Result<Output> read = run_to_end(spec, std::chrono::seconds(20));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->exit.code, 0) << read->text;
  }

  std::optional<TempDir> folder_;
};

TEST_F(Apisix, FrontIsTheGoldenOne) {
  const Result<void> done = render(testing::shipped_kind("apisix"), front(out()));
  ASSERT_TRUE(done) << to_string(done.error());
  expect_golden("conf/config.yaml", "front-config.yaml");
  expect_golden("conf/configs.json", "front-configs.json");
  expect_readable("conf/config.yaml", "yaml");
  expect_readable("conf/configs.json", "json");
}

TEST_F(Apisix, UpstreamIsTheGoldenOne) {
  const Result<void> done = render(testing::shipped_kind("apisix"), behind(out(), true));
  ASSERT_TRUE(done) << to_string(done.error());
  expect_golden("conf/config.yaml", "upstream-config.yaml");
  expect_golden("conf/configs.json", "upstream-configs.json");
  expect_readable("conf/config.yaml", "yaml");
  expect_readable("conf/configs.json", "json");
}

TEST_F(Apisix, NoServerNameIsSentUpstreamWhereThatIsPlanted) {
  ASSERT_TRUE(render(testing::shipped_kind("apisix"), behind(out(), false)));
  const std::string text = testing::content_of(out() / "conf/config.yaml");
  EXPECT_THAT(text, HasSubstr("\n    proxy_ssl_server_name: false\n"));
  EXPECT_THAT(text, HasSubstr("\n    proxy_ssl_name $upstream_host;\n")) << "the switch is for both";
  expect_readable("conf/config.yaml", "yaml");
}

TEST_F(Apisix, FilesAreTheGoldenOnes) {
  const Result<void> done = render(testing::shipped_kind("apisix-file"), front(out()));
  ASSERT_TRUE(done) << to_string(done.error());
  expect_golden("conf/config.yaml", "file-config.yaml");
  expect_golden("conf/apisix.yaml", "file-apisix.yaml");
  expect_readable("conf/config.yaml", "yaml");
  expect_readable("conf/apisix.yaml", "yaml");
  const std::string text = testing::content_of(out() / "conf/apisix.yaml");
  EXPECT_EQ(text.substr(text.size() - 6), "\n#END\n") << "without it, APISIX keeps what it had";
}

TEST_F(Apisix, ExportsAreTheGoldenOnes) {
  expect_exported("a6", "", "export-a6.sh");
  expect_exported("adminapi", "", "export-adminapi.sh");
  expect_exported("adminapi", "?gateway_group_id=default", "export-adminapi-api7.sh");
  expect_exported("standalone", "", "export-standalone.yaml");
  for (const char* golden : {"export-a6.sh", "export-adminapi.sh", "export-adminapi-api7.sh"})
    expect_readable(golden, "bodies");
  expect_readable("export-standalone.yaml", "yaml");
}

TEST_F(Apisix, ExportThatIsNoneIsAnError) {
  const Result<std::string> text = render_export(testing::shipped_kind("apisix"), both_sides(out()), "none", "");
  ASSERT_FALSE(text);
  EXPECT_THAT(text.error().what, HasSubstr("no format called \"none\""));
}

TEST_F(Apisix, RenderedAgainItKeepsItsPortsAndSecretAndCountsUp) {
  ASSERT_TRUE(render(testing::shipped_kind("apisix"), front(out())));
  const Result<OwnValues> first = own_values(out());
  ASSERT_TRUE(render(testing::shipped_kind("apisix"), front(out())));
  const Result<OwnValues> second = own_values(out());
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->ports, second->ports);
  EXPECT_EQ(first->ports.size(), 4u);
  EXPECT_EQ(first->secret, second->secret);
  EXPECT_EQ(second->revision, first->revision + 1);
  EXPECT_THAT(testing::content_of(out() / "conf/configs.json"), HasSubstr("/revision/2\""));
}

TEST_F(Apisix, FilesWithKeysAreForTheirOwnerOnly) {
  ASSERT_TRUE(render(testing::shipped_kind("apisix"), front(out())));
  const auto mode = [&](const char* file) { return std::filesystem::status(out() / file).permissions(); };
  using std::filesystem::perms;
  EXPECT_EQ(mode("conf/configs.json"), perms::owner_read | perms::owner_write);
  EXPECT_EQ(mode("own-values"), perms::owner_read | perms::owner_write);
}

TEST_F(Apisix, PortThatTheKindDoesNotHaveIsAnError) {
  GatewayKind kind = testing::shipped_kind("apisix");
  kind.ports = {"admin", "status", "control"};
  const Result<void> done = render(kind, front(out()));
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().what, HasSubstr("port_probe"));
}

}  // namespace
}  // namespace mtls::gateway
