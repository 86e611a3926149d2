// Kinds of gateways, as read from their folders.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/catalog/catalog.h"
#include "harness/catalog/small_standard.h"

namespace mtls::catalog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

const std::string gateway = R"json({
  "kind": "some", "title": "Some gateway", "programs": ["some", "/opt/some"], "program_variable": "SOME_PROGRAM",
  "package": "some", "needs": ["/opt/some.so"], "version_arguments": ["-v"], "version_pattern": "some/([0-9.]+)",
  "capabilities": ["client-auth", "reload"], "lacks": {"ocsp": "has none (manual, 3.1)"},
  "files": [{"template": "some.conf.mustache", "path": "etc/some.conf"}],
  "arguments": ["-c", "{{folder}}/etc/some.conf"], "environment": {"A": "1"}, "reload_signal": "HUP",
  "stop_signal": "QUIT", "ready_within": "3s", "logs": ["error.log", "access.log"], "error_log": "error.log",
  "client_pattern": "client: ([0-9.]+)", "alarms": ["\\[alert\\]"], "process_per_listener": true,
  "remembers_failures": true, "lines_follow": true,
  "known": [{"scenario": "client-auth/*", "variant": {"tls": "1.3"}, "reason": "because", "link": "https://a.test", "sometimes": true}]})json";

TEST(ReadGateway, ReadsEveryField) {
  const Folder folder;
  folder.write("some/gateway.json", gateway);
  folder.write("some/some.conf.mustache", "x");
  folder.write("other/notes.txt", "no gateway");
  const auto kinds = read_gateways(folder.path());
  ASSERT_TRUE(kinds) << to_string(kinds.error());
  ASSERT_EQ(kinds->size(), 1u);
  const GatewayKind& kind = kinds->front();
  EXPECT_EQ(kind.kind, "some");
  EXPECT_EQ(kind.folder, (folder.path() / "some").string());
  EXPECT_THAT(kind.programs, ElementsAre("some", "/opt/some"));
  EXPECT_EQ(kind.program_variable, "SOME_PROGRAM");
  EXPECT_THAT(kind.needs, ElementsAre("/opt/some.so"));
  EXPECT_TRUE(kind.process_per_listener);
  EXPECT_TRUE(kind.remembers_failures);
  EXPECT_TRUE(kind.lines_follow);
  EXPECT_THAT(kind.capabilities, ElementsAre("client-auth", "reload"));
  EXPECT_THAT(kind.lacks, ElementsAre(Pair("ocsp", "has none (manual, 3.1)")));
  EXPECT_EQ(kind.files.at(0).template_file, "some.conf.mustache");
  EXPECT_EQ(kind.files.at(0).path, "etc/some.conf");
  EXPECT_EQ(kind.reload_signal, "HUP");
  EXPECT_EQ(kind.stop_signal, "QUIT");
  EXPECT_EQ(kind.ready_within, std::chrono::seconds(3));
  EXPECT_EQ(kind.error_log, "error.log");
  EXPECT_EQ(kind.client_pattern, "client: ([0-9.]+)");
  EXPECT_THAT(kind.alarms, ElementsAre("\\[alert\\]"));
  EXPECT_EQ(kind.known.at(0).reason, "because");
  EXPECT_TRUE(kind.known.at(0).sometimes);
  EXPECT_THAT(kind.known.at(0).variant, ElementsAre(Pair("tls", "1.3")));
}

const std::string driven = R"json({
  "kind": "driven", "title": "By HTTP", "programs": ["driven"], "program_must_say": "module",
  "installation": {"variable": "HOME_OF", "folders": ["/opt/driven"], "version_file": "version", "least_version": "3.13",
    "links": ["lib"]},
  "capabilities": ["reload"], "files": [{"template": "some.conf.mustache", "path": "made.json"}],
  "exports": {"curl": "some.conf.mustache"}, "sites_by_name": true, "sites_by_path": true,
  "prepare": [{"programs": ["{{home}}/prepare"], "arguments": ["init"]}], "arguments": [], "ports": ["admin"],
  "push": {"port": "admin", "method": "PUT", "path": "/all", "headers": {"K": "v"}, "file": "made.json", "status": 202},
  "ready": [{"port": "admin", "path": "/ready"}]})json";

TEST(ReadGateway, ReadsWhatAKindDrivenByHttpNeeds) {
  const Folder folder;
  folder.write("some.conf.mustache", "x");
  folder.write("gateway.json", driven);
  const auto kind = read_gateway(folder.path());
  ASSERT_TRUE(kind) << to_string(kind.error());
  ASSERT_TRUE(kind->installation);
  EXPECT_EQ(kind->installation->variable, "HOME_OF");
  EXPECT_THAT(kind->installation->folders, ElementsAre("/opt/driven"));
  EXPECT_EQ(kind->installation->version_file, "version");
  EXPECT_EQ(kind->installation->least_version, "3.13");
  EXPECT_THAT(kind->installation->links, ElementsAre("lib"));
  EXPECT_EQ(kind->program_must_say, "module");
  EXPECT_THAT(kind->exports, ElementsAre(Pair("curl", "some.conf.mustache")));
  EXPECT_TRUE(kind->sites_by_name);
  EXPECT_TRUE(kind->sites_by_path);
  EXPECT_THAT(kind->prepare.at(0).programs, ElementsAre("{{home}}/prepare"));
  EXPECT_THAT(kind->prepare.at(0).arguments, ElementsAre("init"));
  EXPECT_THAT(kind->ports, ElementsAre("admin"));
  ASSERT_TRUE(kind->push);
  EXPECT_EQ(kind->push->method, "PUT");
  EXPECT_EQ(kind->push->path, "/all");
  EXPECT_THAT(kind->push->headers, ElementsAre(Pair("K", "v")));
  EXPECT_EQ(kind->push->file, "made.json");
  EXPECT_EQ(kind->push->status, 202);
  EXPECT_EQ(kind->ready.at(0).status, 200);
}

struct BadGateway {
  std::string from, to, where, what;
};

// Each row spoils one text of the sound file.
void expect_refused(const std::string& sound, const std::vector<BadGateway>& rows) {
  const Folder folder;
  folder.write("some.conf.mustache", "x");
  for (const BadGateway& row : rows) {
    std::string text = sound;
    const std::size_t at = text.find(row.from);
    ASSERT_NE(at, std::string::npos) << row.from;
    folder.write("gateway.json", text.replace(at, row.from.size(), row.to));
    const auto kind = read_gateway(folder.path());
    ASSERT_FALSE(kind) << row.to;
    EXPECT_THAT(kind.error().where, HasSubstr("gateway.json: " + row.where)) << kind.error().what;
    EXPECT_THAT(kind.error().what, HasSubstr(row.what)) << kind.error().where;
  }
}

TEST(ReadGateway, RefusesMistakes) {
  const std::vector<BadGateway> rows{
      {"\"kind\": \"some\"", "\"kind\": \"So me\"", "/kind (line 2)", "lower-case"},
      {"\"title\": \"Some gateway\", ", "", "/ (line 1)", "\"title\" is missing"},
      {"\"package\"", "\"packge\"", "/packge (line 3)", "did you mean \"package\""},
      {"[\"client-auth\"", "[\"client-aut\"", "/capabilities/0 (line 4)", "did you mean \"client-auth\""},
      {"\"ocsp\": \"has", "\"ocspp\": \"has", "/lacks/ocspp (line 4)", "did you mean \"ocsp\""},
      {"\"ocsp\": \"has", "\"reload\": \"has", "/lacks/reload (line 4)", "in one of them"},
      {"some.conf.mustache", "none.mustache", "/files/0/template (line 5)", "no file \"none.mustache\""},
      {"\"etc/some.conf\"}", "\"../some.conf\"}", "/files/0/path (line 5)", "without \"..\""},
      {"some/([0-9.]+)", "some/[0-9.]+", "/version_pattern (line 3)", "has 0 groups; expected 1"},
      {"\"HUP\"", "\"HUPP\"", "/reload_signal (line 6)", "did you mean \"HUP\""},
      {"\"reload_signal\": \"HUP\",", "", "/ (line 1)", "no \"reload_signal\""},
      {"\"/opt/some.so\"", "\"some.so\"", "/needs/0 (line 3)", "absolute path"},
      {"\"process_per_listener\": true,", "", "/lines_follow (line 9)", "without \"process_per_listener\""},
      {"\"3s\"", "3", "/ready_within (line 7)", "\"5s\""},
      {"\"error_log\": \"error.log\"", "\"error_log\": \"eror.log\"", "/error_log (line 7)", "none of \"logs\""},
      {"\\\\[alert\\\\]", "(alert", "/alarms/0 (line 8)", "does not compile"},
      {"\"reason\": \"because\", ", "", "/known/0 (line 10)", "\"reason\" is missing"}};
  expect_refused(gateway, rows);
}

TEST(ReadGateway, RefusesMistakesInWhatIsDrivenByHttp) {
  const std::vector<BadGateway> rows{{"[\"/opt/driven\"]", "[]", "/installation/folders (line 3)", "at least one"},
                                     {"\"version_file\": \"version\"", "\"version_file\": \"/etc/version\"",
                                      "/installation/version_file (line 3)", "relative path"},
                                     {"\"3.13\"", "\"new\"", "/installation/least_version (line 3)", "such as 3.13"},
                                     {"[\"lib\"]", "[\"../lib\"]", "/installation/links/0 (line 4)", "without \"..\""},
                                     {"\"module\"", "\"(module\"", "/program_must_say (line 2)", "does not compile"},
                                     {"{\"curl\": \"some", "{\"curl\": \"none", "/exports/curl (line 6)", "no file"},
                                     {"{\"port\": \"admin\", \"method\"", "{\"port\": \"admn\", \"method\"",
                                      "/push/port (line 8)", "did you mean \"admin\""},
                                     {"202", "2", "/push/status (line 8)", "100"},
                                     {"\"path\": \"/ready\"", "\"path\": \"\"", "/ready/0/path (line 9)", "empty"}};
  expect_refused(driven, rows);
}

TEST(ReadGateways, RefusesTwoOfAKindAndNone) {
  const Folder folder;
  EXPECT_THAT(read_gateways(folder.path()).error().what, HasSubstr("no gateway below"));
  EXPECT_THAT(read_gateways(folder.path() / "none").error().what, HasSubstr("expected a folder"));
  for (const std::string one : {"a", "b"}) {
    folder.write(one + "/gateway.json", gateway);
    folder.write(one + "/some.conf.mustache", "x");
  }
  const auto kinds = read_gateways(folder.path());
  ASSERT_FALSE(kinds);
  EXPECT_THAT(kinds.error().what, HasSubstr("the kind \"some\""));
}

// A rule book in a folder, one part replaced.

}  // namespace
}  // namespace mtls::catalog
