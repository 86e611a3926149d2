// Rendering: the golden configuration, what templates may say, what a configuration must not contain.
#include <sys/stat.h>

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/base/text.h"
#include "harness/gateway/gateway.h"
#include "harness/gateway/test_gateway.h"
#include "harness/gateway/vocabulary.h"

namespace mtls::gateway {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::mutual_site;
using ::testing::Not;

std::string read(const std::filesystem::path& file) {
  const Result<std::string> text = read_file(file);
  EXPECT_TRUE(text) << file;
  return text ? *text : "";
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
    text.replace(at, what.size(), by);
  return text;
}

// Every directive of the template at least once.
Plan full_plan(const std::filesystem::path& folder) {
  PlacedSite first = mutual_site();
  first.crls = {testing::crl("root-crl"), testing::crl("intermediate-crl")};
  PlacedSite leg = mutual_site();
  leg.spec.leg = {true, "gateway", true, {"root"}, {"root-crl"}, "upstream.test", true, 3, {}};
  leg.leg_credential = testing::credential("gateway");
  leg.leg_trust = {testing::root()};
  leg.leg_crls = first.crls;
  leg.spec.identity = IdentityHeader::strip;
  leg.spec.resumption = true;
  leg.spec.versions = {TlsVersion::tls13, TlsVersion::tls13};
  PlacedSite a = mutual_site(), b = mutual_site();
  a.spec.names = {"a.test", "www.a.test"};
  a.spec.reject_unknown_names = true;
  a.spec.client_auth = ClientAuth::optional;
  a.spec.identity = IdentityHeader::pass;
  b.spec.names = {"b.test"};
  b.spec.client_auth = ClientAuth::optional_no_ca;
  b.spec.versions = {TlsVersion::tls12, TlsVersion::tls12};
  b.spec.upstream.behaviour = Behaviour::silent;
  b.responder = Endpoint{"127.0.0.5", 8888};
  b.spec.extra = "unknown-variable";
  PlacedSite unverified = mutual_site();
  unverified.spec.leg.tls = true;
  unverified.spec.leg.versions = {TlsVersion::tls12, TlsVersion::tls12};
  PlacedSite beside = mutual_site();
  beside.location = "/site-1/";
  return {{{{"127.0.0.2", 4431}, {first}},
           {{"127.0.0.2", 4432}, {leg}},
           {{"::1", 4433}, {a, b}},
           {{"127.0.0.2", 4434}, {unverified, beside}},
           {{"127.0.0.2", 8080}, {testing::plain_site()}}},
          folder};
}

class Render : public ::testing::Test {
 protected:
  void SetUp() override {
    Result<TempDir> made = TempDir::make();
    ASSERT_TRUE(made);
    folder_.emplace(std::move(*made));
    std::filesystem::create_directory(templates());
    std::filesystem::create_directory(out());
  }
  std::filesystem::path templates() const { return folder_->path() / "templates"; }
  std::filesystem::path out() const { return folder_->path() / "out"; }

  GatewayKind kind_of(const std::string& text, const std::string& path = "made.conf") {
    EXPECT_TRUE(write_file(templates() / "made.mustache", text));
    GatewayKind kind;
    kind.kind = "made";
    kind.folder = templates().string();
    kind.files = {{"made.mustache", path}};
    return kind;
  }
  Plan plan_of(const PlacedSite& site) const { return {{{{"127.0.0.2", 443}, {site}}}, out()}; }
  Result<void> rendered(const std::string& text) { return render(kind_of(text), plan_of(mutual_site())); }

  std::optional<TempDir> folder_;
};

TEST_F(Render, NginxConfigurationIsTheGoldenOne) {
  const Result<void> done = render(testing::nginx_kind(), full_plan(out()));
  ASSERT_TRUE(done) << to_string(done.error());
  const std::string text = replaced(read(out() / "nginx.conf"), out().string(), "FOLDER");
  EXPECT_EQ(text, read(std::string(MTLSCHECK_SOURCE_DIR) + "/harness/gateway/golden/nginx.conf"));
}

TEST_F(Render, UpstreamNginxConfigurationIsTheGoldenOne) {
  const Result<void> done = render(testing::nginx_kind("upstreams"), plan_of(mutual_site()));
  ASSERT_TRUE(done) << to_string(done.error());
  const std::string text = replaced(read(out() / "nginx.conf"), out().string(), "FOLDER");
  EXPECT_EQ(text, read(std::string(MTLSCHECK_SOURCE_DIR) + "/harness/gateway/golden/nginx-upstream.conf"));
}

TEST_F(Render, UnknownVariableIsNamedWithPlaceAndNearestWord) {
  const Result<void> done = rendered("one\n{{#listeners}}\n{{adress}}\n{{/listeners}}\n");
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().where, (templates() / "made.mustache").string() + ":3");
  EXPECT_THAT(done.error().what, AllOf(HasSubstr("adress"), HasSubstr("\"address\"?")));
}

TEST_F(Render, VariableOutsideOfItsSectionIsAnError) {
  const Result<void> done = rendered("{{#listeners}}{{port}}{{/listeners}}\n{{port}}");
  ASSERT_FALSE(done);
  EXPECT_THAT(to_string(done.error()), AllOf(HasSubstr(":2"), HasSubstr("only inside listeners")));
  EXPECT_FALSE(rendered("{{#listeners}}{{key_file}}{{/listeners}}"));
}

TEST_F(Render, BrokenTemplatesAreErrorsWithTheirLine) {
  const std::vector<std::pair<std::string, std::string>> broken{
      {"a\n{{folder", ":2: a tag is opened"},
      {"{{#listeners}}\n{{#sites}}\n{{/listeners}}", ":3: {{/listeners}} closes"},
      {"\n{{#listeners}}", ":2: the section listeners is never closed"},
      {"{{/listeners}}", ":1: {{/listeners}} closes"},
      {"{{> other}}", ":1: partials"},
      {"{{=<% %>=}}", ":1: partials"},
      {"{{{folder}}}", ":1: partials"},
      {"{{}}", ":1: \"\" is no name"},
      {"{{a.b}}", ":1: \"a.b\" is no name"}};
  for (const auto& [text, words] : broken) {
    const Result<void> done = rendered(text);
    ASSERT_FALSE(done) << text;
    EXPECT_THAT(to_string(done.error()), HasSubstr(words)) << text;
  }
}

TEST_F(Render, MissingTemplateIsAnError) {
  GatewayKind kind = kind_of("");
  kind.files = {{"absent.mustache", "made.conf"}};
  const Result<void> done = render(kind, plan_of(mutual_site()));
  ASSERT_FALSE(done);
  EXPECT_THAT(to_string(done.error()), HasSubstr("absent.mustache"));
}

TEST_F(Render, FilesStayInTheFolder) {
  for (const char* path : {"../made.conf", "/tmp/made.conf", "a/../../made.conf", ""})
    EXPECT_FALSE(render(kind_of("", path), plan_of(mutual_site()))) << path;
}

TEST_F(Render, NamesThatWouldChangeTheConfigurationAreRefused) {
  for (const std::string bad :
       {"a.test; daemon on", "a\nb", "a{b", "a}b", "\"a", "'a", "$host", "#a", "a\\b", "a b", "a\tb", "<a>", "`a`"}) {
    PlacedSite site = mutual_site();
    site.spec.names = {"fine.test", bad};
    const Result<void> done = render(kind_of("x"), plan_of(site));
    ASSERT_FALSE(done) << bad;
    EXPECT_EQ(done.error().stage, "render");
    PlacedSite leg = mutual_site();
    leg.spec.leg.name = bad;
    EXPECT_FALSE(render(kind_of("x"), plan_of(leg))) << bad;
    PlacedSite upstream = mutual_site();
    upstream.upstream.address = bad;
    EXPECT_FALSE(render(kind_of("x"), plan_of(upstream))) << bad;
  }
  Plan plan = plan_of(mutual_site());
  plan.folder = out() / "a b";
  EXPECT_FALSE(render(kind_of("x"), plan));
}

TEST_F(Render, WildcardNamesAreFine) {
  PlacedSite site = mutual_site();
  site.spec.names = {"*.a.test", "xn--bcher-kva.test"};
  EXPECT_TRUE(render(kind_of("{{#all_sites}}{{names_joined}}{{/all_sites}}"), plan_of(site)));
  EXPECT_EQ(read(out() / "made.conf"), "*.a.test xn--bcher-kva.test");
}

TEST_F(Render, FlawThatNoTemplatePlantsIsAnError) {
  PlacedSite site = mutual_site();
  site.spec.extra = "no-such-flaw";
  const Result<void> done = render(testing::nginx_kind(), plan_of(site));
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().what, HasSubstr("{{#extra_no_such_flaw}}"));
}

TEST_F(Render, TlsSiteWithoutCertificateIsAnError) {
  PlacedSite site = mutual_site();
  site.credential.reset();
  EXPECT_FALSE(render(kind_of("x"), plan_of(site)));
}

TEST_F(Render, OnlyMentionedMaterialIsWrittenAndEqualMaterialOnce) {
  Plan plan = plan_of(mutual_site());
  plan.listeners.push_back(plan.listeners.front());
  ASSERT_TRUE(render(kind_of("{{#all_sites}}{{key_file}}\n{{trust_file}}\n{{/all_sites}}"), plan));
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(out() / "material"))
    names.insert(entry.path().filename().string());
  EXPECT_THAT(names, ::testing::ElementsAre("key-1.pem", "trust-1.pem"));
  const std::string key = (out() / "material/key-1.pem").string();
  EXPECT_EQ(split(read(out() / "made.conf"), '\n')[0], key);
  EXPECT_EQ(split(read(out() / "made.conf"), '\n')[2], key);
  struct stat facts {};
  ASSERT_EQ(::stat(key.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0600u);
  EXPECT_THAT(read(key), HasSubstr("PRIVATE KEY"));
}

TEST_F(Render, BundlesHoldLeafChainAndKey) {
  ASSERT_TRUE(rendered("{{#all_sites}}{{bundle_file}}{{leaf_bundle_file}}{{certificate_file}}{{/all_sites}}"));
  const auto certificates = [&](const char* name) {
    return certificates_from_pem(read(out() / "material" / name), name)->size();
  };
  EXPECT_EQ(certificates("bundle-1.pem"), 2u);
  EXPECT_EQ(certificates("leaf-bundle-1.pem"), 1u);
  EXPECT_EQ(certificates("certificate-1.pem"), 2u);
  EXPECT_THAT(read(out() / "material/certificate-1.pem"), Not(HasSubstr("PRIVATE KEY")));
}

TEST_F(Render, JsonWithCommasOverAllListeners) {
  Plan plan = plan_of(mutual_site());
  plan.listeners.push_back({{"::1", 444}, {mutual_site(), mutual_site()}});
  plan.listeners[1].sites[1].spec.names = {"a.test", "b.test"};
  const std::string text =
      "[{{#all_sites}}{\"at\":\"{{endpoint}}\",\"n\":[{{#names}}\"{{name}}\"{{^last}},{{/last}}{{/names}}],"
      "\"i\":{{site_index}},\"l\":{{listener_index}}}{{^last}},{{/last}}{{/all_sites}}]";
  ASSERT_TRUE(render(kind_of(text), plan));
  EXPECT_EQ(read(out() / "made.conf"),
            "[{\"at\":\"127.0.0.2:443\",\"n\":[\"gateway.test\"],\"i\":0,\"l\":0},"
            "{\"at\":\"[::1]:444\",\"n\":[\"gateway.test\"],\"i\":1,\"l\":1},"
            "{\"at\":\"[::1]:444\",\"n\":[\"a.test\",\"b.test\"],\"i\":2,\"l\":1}]");
}

TEST_F(Render, SitesWithTlsHaveAListWithALastOfItsOwn) {
  Plan plan = plan_of(mutual_site());
  plan.listeners.push_back({{"127.0.0.2", 444}, {mutual_site()}});
  plan.listeners.push_back({{"127.0.0.2", 80}, {testing::plain_site()}});
  ASSERT_TRUE(render(kind_of("[{{#tls_sites}}{{port}}{{^last}},{{/last}}{{/tls_sites}}]"), plan));
  EXPECT_EQ(read(out() / "made.conf"), "[443,444]");
}

TEST_F(Render, EachListenerIsAPlanWithAFolderWhereTheKindSaysSo) {
  Plan plan = plan_of(mutual_site());
  plan.listeners.push_back({{"127.0.0.2", 444}, {mutual_site()}});
  GatewayKind kind = kind_of("{{folder}}{{#listeners}} {{listener_index}} {{port}}{{/listeners}}");
  kind.process_per_listener = true;
  ASSERT_TRUE(render(kind, plan));
  EXPECT_EQ(read(out() / "listener-0/made.conf"), (out() / "listener-0").string() + " 0 443");
  EXPECT_EQ(read(out() / "listener-1/made.conf"), (out() / "listener-1").string() + " 0 444");
}

TEST_F(Render, PathWithAnIndexGivesOneFileEach) {
  Plan plan = plan_of(mutual_site());
  plan.listeners.push_back({{"127.0.0.2", 444}, {mutual_site(), mutual_site()}});
  ASSERT_TRUE(render(kind_of("{{port}}{{#sites}} {{site_index}}{{/sites}}", "sub/l-{{listener_index}}.conf"), plan));
  EXPECT_EQ(read(out() / "sub/l-0.conf"), "443 0");
  EXPECT_EQ(read(out() / "sub/l-1.conf"), "444 1 2");
  ASSERT_TRUE(render(kind_of("{{port}} {{depth_plus_one}} {{workers}}", "s-{{site_index}}.conf"), plan));
  EXPECT_EQ(read(out() / "s-2.conf"), "444 3 2");
}

// The table that people read, and the one that templates are held against, are the same.
TEST(Vocabulary, EveryWordStandsInTheReadmeWithItsMeaning) {
  const std::string readme = read(std::string(MTLSCHECK_SOURCE_DIR) + "/fixtures/gateways/README.md");
  for (const Word& word : vocabulary())
    EXPECT_THAT(readme, HasSubstr("| `" + std::string(word.name) + "` | " + std::string(word.meaning) + " |"));
}

}  // namespace
}  // namespace mtls::gateway
