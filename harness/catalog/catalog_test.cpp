// The door: files and folders, the project's own ones included.
#include "harness/catalog/catalog.h"

#include <algorithm>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/catalog/small_standard.h"

namespace mtls::catalog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

const std::filesystem::path source = MTLSCHECK_SOURCE_DIR;
const std::string scenario =
    R"({"title": "t", "references": ["r"], "steps": [{"request": {}, "claims": ["refused"]}]})";

TEST(ReadPki, StandsAlone) {
  const Folder folder;
  const auto pki = read_pki(folder.write("mine.json", small_pki));
  ASSERT_TRUE(pki) << to_string(pki.error());
  EXPECT_EQ(pki->authorities.size(), 3u);
  EXPECT_EQ(pki->credentials.size(), 5u);
  EXPECT_EQ(pki->authorities[1].issuer, "root");
  EXPECT_TRUE(pki->authorities[1].authority);
}

TEST(ReadPki, MissesTheDefaultIssuerWhereThereIsNone) {
  const Folder folder;
  const auto pki = read_pki(folder.write("mine.json", R"({"credentials": {"c": {"subject": "CN=c"}}})"));
  ASSERT_FALSE(pki);
  EXPECT_THAT(pki.error().where, HasSubstr("mine.json: /credentials/c (line 1)"));
  EXPECT_THAT(pki.error().what, HasSubstr("no authority \"intermediate\""));
}

TEST(ReadStandard, NamesTheFileThatIsMissing) {
  const Folder folder;
  auto standard = read_standard(folder.path());
  ASSERT_FALSE(standard);
  EXPECT_THAT(standard.error().where, HasSubstr("pki/standard.json"));
  folder.write("pki/standard.json", small_pki);
  standard = read_standard(folder.path());
  ASSERT_FALSE(standard);
  EXPECT_THAT(standard.error().where, HasSubstr("sites/standard.json"));
  EXPECT_THAT(standard.error().what, HasSubstr("no such file"));
}

TEST(ReadStandard, HoldsSitesAgainstThePki) {
  const Folder folder;
  folder.write("pki/standard.json", small_pki);
  folder.write("sites/standard.json",
               R"({"upstreams": {}, "sites": {"s": {"names": ["a"], "control": {"present": "clint"}}}})");
  const auto standard = read_standard(folder.path());
  ASSERT_FALSE(standard);
  EXPECT_THAT(standard.error().where, HasSubstr("/sites/s/control/present"));
  EXPECT_THAT(standard.error().what, HasSubstr("did you mean \"client\""));
}

TEST(ReadScenarios, FindsThemSortedById) {
  const Folder folder;
  folder.write("b/one.json", scenario);
  folder.write("a/two.json", scenario);
  folder.write("a/one.json", scenario);
  folder.write("a/README.md", "not a scenario");
  folder.write("a/.one.json", "hidden");
  folder.write("scenario.schema.json", "{}");
  const auto scenarios = read_scenarios(folder.path(), read_small_standard());
  ASSERT_TRUE(scenarios) << to_string(scenarios.error());
  ASSERT_EQ(scenarios->size(), 3u);
  EXPECT_EQ((*scenarios)[0].id, "a/one");
  EXPECT_EQ((*scenarios)[1].id, "a/two");
  EXPECT_EQ((*scenarios)[2].id, "b/one");
  EXPECT_EQ((*scenarios)[2].file, (folder.path() / "b/one.json").string());
}

TEST(ReadScenarios, RefusesWhatLiesWrong) {
  const Standard standard = read_small_standard();
  for (const char* name : {"one.json", "a/b/c.json", "a/One.json", "a_b/one.json"}) {
    const Folder folder;
    folder.write(name, scenario);
    const auto scenarios = read_scenarios(folder.path(), standard);
    ASSERT_FALSE(scenarios) << name;
    EXPECT_THAT(scenarios.error().where, HasSubstr(name));
    EXPECT_THAT(scenarios.error().what, HasSubstr("<topic>/<name>.json"));
  }
  const Folder empty;
  EXPECT_THAT(read_scenarios(empty.path(), standard).error().what, HasSubstr("no scenario below"));
  EXPECT_THAT(read_scenarios(empty.path() / "none", standard).error().what, HasSubstr("expected a folder"));
}

TEST(ReadScenarios, NamesTheFileOfAMistake) {
  const Folder folder;
  folder.write("a/one.json", scenario);
  folder.write("a/two.json", "{\n\"title\": 3");
  const auto scenarios = read_scenarios(folder.path(), read_small_standard());
  ASSERT_FALSE(scenarios);
  EXPECT_THAT(scenarios.error().where, HasSubstr("a/two.json: "));
}

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
  "exports": {"curl": "some.conf.mustache"}, "sites_by_name": true,
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
  const Folder folder;
  folder.write("some.conf.mustache", "x");
  for (const BadGateway& row : rows) {
    std::string text = gateway;
    const std::size_t at = text.find(row.from);
    ASSERT_NE(at, std::string::npos) << row.from;
    folder.write("gateway.json", text.replace(at, row.from.size(), row.to));
    const auto kind = read_gateway(folder.path());
    ASSERT_FALSE(kind) << row.to;
    EXPECT_THAT(kind.error().where, HasSubstr("gateway.json: " + row.where)) << kind.error().what;
    EXPECT_THAT(kind.error().what, HasSubstr(row.what));
  }
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
  const Folder folder;
  folder.write("some.conf.mustache", "x");
  for (const BadGateway& row : rows) {
    std::string text = driven;
    const std::size_t at = text.find(row.from);
    ASSERT_NE(at, std::string::npos) << row.from;
    folder.write("gateway.json", text.replace(at, row.from.size(), row.to));
    const auto kind = read_gateway(folder.path());
    ASSERT_FALSE(kind) << row.to;
    EXPECT_THAT(kind.error().where, HasSubstr("gateway.json: " + row.where)) << kind.error().what;
    EXPECT_THAT(kind.error().what, HasSubstr(row.what)) << kind.error().where;
  }
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
Result<RuleBook> rules_with(const std::string& from, const std::string& to) {
  std::vector<std::pair<std::string, std::string>> files{{"causes.json", R"({"causes": {
  "client-cert-expired": {"party": "client", "cause": "It expired.", "remedy": "Renew it.",
    "remedy_for": {"nginx": "Renew."}, "references": ["RFC 5280 4.1.2.5"]},
  "healthy": {"party": "user", "cause": "Nothing.", "remedy": ""}}})"},
                                                         {"dates.json", R"({"rules": [
  {"code": "client-cert-expired", "confidence": 0.9, "when": {"alert": 45, "words": {"matches": "expired"},
    "n": {"at_least": 1, "at_most": 3}, "kind": {"any_of": ["nginx", "envoy"]}, "up": true},
   "unless": {"x": {"present": false}}, "evidence": "alert {alert}", "proof": ["dates/expired"]},
  {"id": "mine", "code": "healthy", "confidence": 1, "when": {"status": 200}, "evidence": "fine"}]})"},
                                                         {"lines/nginx.json", R"({"producer": "nginx", "lines": [
  {"side": "gateway", "pattern": "certificate has expired", "examples": ["the certificate has expired"],
   "causes": [["client-cert-expired", 0.9]], "says": "client-expired", "source": "ngx"}]})"}};
  const Folder folder;
  bool replaced = from.empty();
  for (auto& [name, text] : files) {
    const std::size_t at = from.empty() ? std::string::npos : text.find(from);
    if (at != std::string::npos && !replaced) {
      text.replace(at, from.size(), to);
      replaced = true;
    }
    folder.write(name, text);
  }
  EXPECT_TRUE(replaced) << from;
  return read_rules(folder.path());
}

TEST(ReadRules, ReadsEveryField) {
  const auto book = rules_with("", "");
  ASSERT_TRUE(book) << to_string(book.error());
  ASSERT_EQ(book->causes.size(), 2u);
  EXPECT_EQ(book->causes[0].party, Party::client);
  EXPECT_THAT(book->causes[0].remedy_for, ElementsAre(Pair("nginx", "Renew.")));
  ASSERT_EQ(book->rules.size(), 2u);
  const Rule& rule = book->rules[0];
  EXPECT_EQ(rule.id, "dates/1");
  EXPECT_DOUBLE_EQ(rule.confidence, 0.9);
  ASSERT_EQ(rule.when.size(), 5u);
  EXPECT_EQ(rule.when[0].is, FactValue(std::int64_t{45}));
  EXPECT_EQ(rule.when[1].matches, "expired");
  EXPECT_EQ(rule.when[2].at_least, 1);
  EXPECT_EQ(rule.when[2].at_most, 3);
  EXPECT_THAT(rule.when[3].any_of, ElementsAre(FactValue(std::string("nginx")), FactValue(std::string("envoy"))));
  EXPECT_EQ(rule.when[4].is, FactValue(true));
  EXPECT_EQ(rule.unless.at(0).present, false);
  EXPECT_THAT(rule.proof, ElementsAre("dates/expired"));
  EXPECT_EQ(book->rules[1].id, "mine");
  EXPECT_EQ(book->lines.at(0).id, "nginx/1");
  EXPECT_EQ(book->lines[0].producer, "nginx");
  EXPECT_THAT(book->lines[0].causes, ElementsAre(Pair("client-cert-expired", 0.9)));
  EXPECT_EQ(book->lines[0].says, "client-expired");
}

TEST(ReadRules, ReadsALibrarysWordsBySide) {
  const auto book = rules_with("\"producer\": \"nginx\", \"lines\": [", R"("producer": "openssl", "library": true,
  "frames": [{"side": "upstream", "pattern": "to upstream"}], "lines": [
  {"pattern": "expired", "fallback": true, "examples": ["expired"], "sides": {
    "client": {"says": "server-expired", "causes": [["healthy", 0.8]]},
    "gateway": {"says": "client-expired", "causes": [["client-cert-expired", 0.7]]}}},)");
  ASSERT_TRUE(book) << to_string(book.error());
  ASSERT_EQ(book->lines.size(), 3u);
  EXPECT_EQ(book->lines[0].id, "openssl/1/client");
  EXPECT_EQ(book->lines[1].side, "gateway");
  EXPECT_EQ(book->lines[1].says, "client-expired");
  EXPECT_EQ(book->lines[1].pattern, "expired");
  EXPECT_EQ(book->lines[1].voice, Voice::fallback);
  EXPECT_EQ(book->lines[2].voice, Voice::library);
  ASSERT_EQ(book->frames.size(), 1u);
  EXPECT_EQ(book->frames[0].side, "upstream");
  EXPECT_EQ(book->frames[0].voice, Voice::library);
}

TEST(ReadRules, RefusesMistakes) {
  const std::vector<BadGateway> rows{
      {"\"party\": \"client\"", "\"party\": \"clients\"", "causes.json: /causes/client-cert-expired/party (line 2)",
       "did you mean \"client\""},
      {"\"remedy\": \"Renew it.\",", "", "causes.json: /causes/client-cert-expired (line 2)", "\"remedy\" is missing"},
      {"\"code\": \"client-cert-expired\"", "\"code\": \"client-cert-expird\"", "dates.json: /rules/0/code (line 2)",
       "did you mean \"client-cert-expired\""},
      {"\"confidence\": 0.9", "\"confidence\": 90", "dates.json: /rules/0/confidence (line 2)", "at most 1"},
      {"\"status\": 200", "", "dates.json: /rules/1/when (line 5)", "always hold"},
      {"\"alert\": 45", "\"alert\": [45]", "dates.json: /rules/0/when/alert (line 2)", "found a list"},
      {"\"at_least\"", "\"atleast\"", "dates.json: /rules/0/when/n/atleast (line 3)", "did you mean \"at_least\""},
      {"\"matches\": \"expired\"", "\"matches\": \"(\"", "dates.json: /rules/0/when/words/matches (line 2)", "RE2"},
      {"\"dates/expired\"", "\"expired\"", "dates.json: /rules/0/proof/0 (line 4)", "topic/name"},
      {"\"id\": \"mine\"", "\"id\": \"dates/1\"", "dates.json: /rules/1 (line 5)", "here and before"},
      {"\"side\": \"gateway\"", "\"side\": \"gate\"", "lines/nginx.json: /lines/0/side (line 2)", "\"gateway\""},
      {"[\"client-cert-expired\", 0.9]", "[\"client-cert\", 0.9]", "lines/nginx.json: /lines/0/causes/0/0 (line 3)",
       "no cause \"client-cert\""},
      {"[[\"client-cert-expired\", 0.9]]", "[\"client-cert-expired\", 0.9]", "/lines/0/causes/0 (line 3)", "a pair"}};
  for (const BadGateway& row : rows) {
    const auto book = rules_with(row.from, row.to);
    ASSERT_FALSE(book) << row.to;
    EXPECT_THAT(book.error().where, HasSubstr(row.where)) << book.error().what;
    EXPECT_THAT(book.error().what, HasSubstr(row.what));
  }
}

TEST(CheckCodes, NamesFileAndLineOfAnUnknownWord) {
  const auto book = rules_with("", "");
  ASSERT_TRUE(book);
  const Standard standard = read_small_standard();
  const Folder folder;
  const auto file = folder.write("a/one.json", R"({"title": "t", "references": ["r"], "steps": [
  {"request": {}, "claims": ["refused"], "planted": "client-cert-expired"},
  {"request": {}, "claims": ["refused", {"named": "healthy"}],
   "planted": "client-cert-expried"}]})");
  auto scenarios = read_scenarios(folder.path(), standard);
  ASSERT_TRUE(scenarios);
  const auto checked = check_codes(*scenarios, *book);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().where, file.string() + ": /steps/1/planted (line 4)");
  EXPECT_THAT(checked.error().what, HasSubstr("did you mean \"client-cert-expired\""));
  scenarios->front().steps[1].planted = "healthy";
  EXPECT_TRUE(check_codes(*scenarios, *book));
  scenarios->front().steps[0].claims.push_back({Level::must, Named{"helthy"}});
  EXPECT_FALSE(check_codes(*scenarios, *book));
}

TEST(CheckProofs, WantsTheScenario) {
  const auto book = rules_with("", "");
  ASSERT_TRUE(book);
  Scenario proof;
  proof.id = "dates/expired";
  EXPECT_TRUE(check_proofs(*book, {proof}));
  const auto checked = check_proofs(*book, {});
  ASSERT_FALSE(checked);
  EXPECT_THAT(checked.error().what, HasSubstr("dates/expired"));
  EXPECT_EQ(checked.error().where, "rule dates/1");
}

// The project's own data: what is there must be read, all of it.
TEST(Fixtures, AreRead) {
  const auto standard = read_standard(source / "fixtures");
  ASSERT_TRUE(standard) << to_string(standard.error());
  EXPECT_GE(standard->sites.size(), 5u);
  for (const auto& folder : std::filesystem::directory_iterator(source / "fixtures" / "gateways")) {
    if (!std::filesystem::exists(folder.path() / "gateway.json")) continue;
    const auto kind = read_gateway(folder.path());
    EXPECT_TRUE(kind) << to_string(kind.error());
  }
  if (std::filesystem::exists(source / "fixtures" / "upstreams" / "nginx" / "gateway.json")) {
    const auto kind = read_gateway(source / "fixtures" / "upstreams" / "nginx");
    EXPECT_TRUE(kind) << to_string(kind.error());
  }
}

TEST(Fixtures, RulesAndScenariosAgreeOnCodes) {
  const auto folder = source / "fixtures" / "diagnoses";
  if (!std::filesystem::exists(folder / "causes.json")) GTEST_SKIP() << "there is no rule book yet";
  const auto book = read_rules(folder);
  ASSERT_TRUE(book) << to_string(book.error());
  std::set<std::string> codes;
  for (const Cause& cause : book->causes) codes.insert(cause.code);
  const auto standard = read_standard(source / "fixtures");
  ASSERT_TRUE(standard);
  for (const CredentialSpec& spec : standard->pki.credentials) {
    EXPECT_TRUE(spec.fault.empty() || codes.count(spec.fault)) << spec.certificate.name << ": " << spec.fault;
  }
  bool any = false;
  for (const auto& entry : std::filesystem::directory_iterator(source / "scenarios")) any |= entry.is_directory();
  if (!any) return;
  const auto scenarios = read_scenarios(source / "scenarios", *standard);
  ASSERT_TRUE(scenarios) << to_string(scenarios.error());
  const auto checked = check_codes(*scenarios, *book);
  EXPECT_TRUE(checked) << to_string(checked.error());
}

}  // namespace
}  // namespace mtls::catalog
