// Hostile text in every field of a report: every format stays well-formed, bounded, and free of commands.
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>
#include <pugixml.hpp>

#include "harness/base/files.h"
#include "harness/base/process.h"
#include "harness/base/text.h"
#include "reports/fixed_report.h"
#include "reports/reports.h"

namespace mtls::reports {
namespace {

using testing::HasSubstr;
using testing::Not;

void fill(CertificateView& view, const std::string& text) {
  for (auto* field : {&view.subject, &view.issuer, &view.serial, &view.sha256, &view.key, &view.signature})
    *field = text;
  for (auto* list : {&view.sans, &view.key_usage, &view.extended_key_usage}) *list = {text, text};
}

void fill(CredentialView& view, const std::string& text) {
  fill(view.leaf, text);
  view.chain = {view.leaf};
  view.verify = VerifyResult{10, text, 0, {10}};
}

void fill(ClientView& view, const std::string& text) {
  auto& sent = view.sent;
  for (auto* field : {&sent.host, &sent.path, &sent.nonce, &view.connect_error, &view.source, &view.failure})
    *field = text;
  sent.sni = text;
  sent.headers = {{text, text}};
  sent.alpn = {text};
  sent.presented = CredentialView{};
  fill(*sent.presented, text);
  auto& handshake = view.handshake;
  for (auto* field : {&handshake.version, &handshake.cipher, &handshake.group, &handshake.alpn}) *field = text;
  handshake.acceptable_issuers = {text};
  handshake.server_chain = {sent.presented->leaf};
  handshake.verify = VerifyResult{10, text, 0, {10}};
  view.alert_received = view.alert_sent = Alert{45, text, true, AlertPhase::after};
  view.http = HttpView{200, text, {{text, text}}, text, false};
  view.curl = CurlView{35, text, 0};
  view.timeline = {{1, text, text, text}};
}

void fill(UpstreamView& view, const std::string& text) {
  view.kind = text;
  view.presented = CredentialView{};
  fill(*view.presented, text);
  view.requests = {{text, text, text, text, {{text, text}}, text, 200}};
  UpstreamHandshake handshake;
  handshake.sni = text;
  for (auto* field : {&handshake.version, &handshake.client_subject, &handshake.client_sha256, &handshake.failure})
    *field = text;
  handshake.client_verify = VerifyResult{10, text, 0, {}};
  handshake.alert_received = handshake.alert_sent = Alert{48, text, true, AlertPhase::handshake};
  view.handshakes = {handshake};
}

StepRecord hostile_step(const std::string& text) {
  StepRecord step;
  step.title = step.planted = step.verdict.undecided = text;
  fill(step.observation.client, text);
  fill(step.observation.upstream, text);
  step.observation.gateway.kind = text;
  step.observation.gateway.log = {text, text};
  step.observation.material = MaterialView{};
  fill(step.observation.material->credential, text);
  step.observation.material->crls = {CrlView{text, 0, 0, {text}}};
  step.verdict.findings = {{text, Level::must, false, text, text}, {text, Level::should, false, text, text}};
  Diagnosis diagnosis;
  diagnosis.code = diagnosis.cause = diagnosis.remedy = text;
  diagnosis.evidence = diagnosis.references = {text, text};
  diagnosis.remedy_for = {{text, text}};
  step.diagnoses = {diagnosis, diagnosis};
  return step;
}

Report hostile_report(const std::string& text) {
  Report report;
  for (auto* field : {&report.tool_version, &report.openssl_version, &report.libcurl_version, &report.run_id,
                      &report.shard, &report.os, &report.kernel}) {
    *field = text;
  }
  report.command = {text};
  report.gateways = {{text, text, text, {text}, 1, 1, text}, {"b" + text, text, text, {text}, 1, 1, text}};
  const auto step = hostile_step(text);
  for (const auto outcome : all_outcomes) {
    CaseRecord record;
    for (auto* field : {&record.id, &record.gateway, &record.title, &record.sort, &record.reason, &record.reason_code,
                        &record.file, &record.reproduce.mtlscheck, &record.reproduce.curl, &record.reproduce.openssl}) {
      *field = text;
    }
    record.variant = {{text, text}};
    record.references = record.controls = {text};
    record.control = {{text, text, false, text}};
    record.outcome = outcome;
    record.steps = {step};
    if (outcome == Outcome::fail) record.steps.push_back(step);
    report.cases.push_back(record);
  }
  return report;
}

const std::vector<std::string>& texts() {
  using namespace std::string_literals;
  static const std::vector<std::string> list{
      "\x1b[31mred\x1b]0;title\x07\x1b[2J"s,
      "nul\0inside"s,
      "\xff\xfe broken \xc3( \xed\xa0\x80 \xf5\x80\x80\x80 \xe2\x82"s,
      "]]><!-- --><failure/>&amp;&#x1b;"s,
      "</script><script>alert(1)</script>"s,
      "\xef\xbf\xbe \xef\xbf\xbf \xc2\x85 \xc2\x9b"s,
      "::error::pwned"s,
      "  ::set-env name=X::pwned\n::error::pwned\r\n::stop-commands::x"s,
      "##vso[task.setvariable]x ##[error]pwned"s,
      "=HYPERLINK(\"http://evil\")\n=1+1"s,
      "| a | b |\n# h\n[x](javascript:alert(1)) ![i](http://e/i.png) `c` </pre></details> @all www.evil.test http://evil.test"s,
      "\xe2\x80\xae rtl \xe2\x80\xa8 line"s,
      "a\"b'c\\d%s{}{0}%0A"s,
      ""s,
      std::string(300, '\x1b'),
  };
  return list;
}

// Code points that no format may hold: C0 but tab and newline (and CR in CSV line ends), DEL, C1, U+FFFE, U+FFFF.
std::string first_control(const std::string& text, bool carriage_returns) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0;
    const bool c0 = c < 0x20 && c != '\n' && c != '\t' && !(carriage_returns && c == '\r' && next == '\n');
    const bool c1 = c == 0xc2 && next >= 0x80 && next <= 0x9f;
    if (c0 || c1 || c == 0x7f) return "control character at " + std::to_string(i);
  }
  if (text.find("\xef\xbf\xbe") != std::string::npos || text.find("\xef\xbf\xbf") != std::string::npos)
    return "noncharacter";
  return "";
}

// Strict UTF-8, as JSON's own parser asks for it.
bool valid_utf8(const std::string& text) {
  try {
    (void)nlohmann::json(text).dump();
    return true;
  } catch (const nlohmann::json::exception&) {
    return false;
  }
}

// Every format of one report; made once, looked at by several tests.
struct Written {
  explicit Written(Report from) : report(std::move(from)) {
    for (const auto& format : formats()) text[std::string(format.name)] = format.write(report);
    text["annotations"] = github_annotations(report);
    for (const auto& record : report.cases) text["terminal"] += finished(record, Style{}) + detail(record, Style{});
    text["terminal"] += closing(report, Style{});
  }
  Report report;
  std::map<std::string, std::string> text;
};

class Hostile : public testing::TestWithParam<std::size_t> {
 protected:
  const std::string& text(const std::string& format) const {
    static std::map<std::size_t, Written> cache;
    return cache.try_emplace(GetParam(), hostile_report(texts()[GetParam()])).first->second.text.at(format);
  }
};

void expect_clean(const std::string& text, const std::string& format) {
  EXPECT_EQ(first_control(text, format == "csv"), "") << format;
  EXPECT_TRUE(valid_utf8(text)) << format;
  EXPECT_LT(text.size(), 16u << 20) << format;
  EXPECT_EQ(key_material_in(text), std::nullopt) << format;
}

TEST_P(Hostile, every_format_is_clean_and_bounded) {
  for (const auto* format : {"json", "junit", "text", "github", "csv", "annotations", "terminal"}) {
    expect_clean(text(format), format);
  }
}

TEST_P(Hostile, json_parses) {
  const auto json = nlohmann::json::parse(text("json"), nullptr, false);
  ASSERT_FALSE(json.is_discarded());
  EXPECT_EQ(json["cases"].size(), all_outcomes.size());
}

TEST_P(Hostile, junit_parses_and_stays_bounded) {
  const auto& junit = text("junit");
  pugi::xml_document document;
  const auto parsed = document.load_buffer(junit.data(), junit.size(), pugi::parse_full, pugi::encoding_utf8);
  ASSERT_TRUE(parsed) << parsed.description();
  EXPECT_EQ(junit.find("CDATA"), std::string::npos);
  EXPECT_EQ(junit.find("<script"), std::string::npos);
  std::size_t cases = 0;
  for (const auto& node : document.select_nodes("//testcase")) {
    ++cases;
    EXPECT_LT(std::string(node.node().child("system-out").text().get()).size(), 64u * 1024);
    std::size_t children = 0;
    for (const auto* tag : {"failure", "error", "skipped"}) children += node.node().child(tag) ? 1 : 0;
    EXPECT_LE(children, 1u);
    EXPECT_LE(std::string(node.node().attribute("name").value()).size(), 250u);
  }
  EXPECT_EQ(cases, all_outcomes.size());
}

TEST_P(Hostile, junit_parses_with_xmllint) {
  const auto xmllint = find_program("xmllint");
  if (xmllint.empty()) GTEST_SKIP() << "xmllint is not installed (libxml2-utils): XML was held against pugixml only";
  auto folder = TempDir::make();
  ASSERT_TRUE(folder) << to_string(folder.error());
  const auto path = folder->path() / "TEST-hostile.xml";
  ASSERT_TRUE(write_file(path, text("junit")));
  ProcessSpec spec;
  spec.program = xmllint;
  spec.arguments = {"--noout", "--nonet", path.string()};
  const auto output = run_to_end(spec, std::chrono::seconds(30));
  ASSERT_TRUE(output) << to_string(output.error());
  EXPECT_EQ(output->exit.code, 0) << output->text;
}

TEST_P(Hostile, no_line_of_terminal_or_annotations_is_a_foreign_command) {
  for (const auto& line : split(text("terminal"), '\n')) {
    EXPECT_NE(trim(line).substr(0, 2), "::") << line.substr(0, 200);
    EXPECT_EQ(line.find("##"), std::string::npos) << line.substr(0, 200);
  }
  for (const auto& line : split(text("annotations"), '\n')) {
    if (line.empty()) continue;
    EXPECT_TRUE(line.rfind("::error ", 0) == 0 || line.rfind("::warning ", 0) == 0) << line.substr(0, 200);
  }
}

TEST_P(Hostile, summary_has_no_foreign_markup) {
  const auto& summary = text("github");
  EXPECT_LE(summary.size(), 901u * 1024);
  for (const auto* markup : {"<script", "](javascript", "![i]", "http://", "www.", "</pre></details> @", "@all"}) {
    EXPECT_EQ(summary.find(markup), std::string::npos) << markup;
  }
}

TEST_P(Hostile, csv_has_no_formula_and_whole_rows) {
  const auto& csv = text("csv");
  std::size_t quotes = 0;
  for (std::size_t i = 0; i + 1 < csv.size(); ++i) {
    if (csv[i] != '"') continue;
    if (quotes++ % 2 == 0) {
      EXPECT_EQ(std::string("=+-@").find(csv[i + 1]), std::string::npos) << csv.substr(i, 40);
    }
  }
  EXPECT_EQ(quotes % 2, 0u);
  EXPECT_EQ(split(csv, '\n').size(), all_outcomes.size() + 2);
}

INSTANTIATE_TEST_SUITE_P(Texts, Hostile, testing::Range<std::size_t>(0, texts().size()));

TEST(Bounds, a_megabyte_in_one_field_is_cut_in_every_format) {
  for (const char c : {'x', '\x1b'}) {
    auto report = fixed_report();
    const std::string megabyte(1 << 20, c);
    auto& record = report.cases[2];
    auto& step = record.steps[0];
    record.reason = record.reproduce.curl = step.verdict.findings[0].observed = megabyte;
    step.observation.gateway.log = {megabyte};
    step.observation.client.http->body = megabyte;
    step.diagnoses[0].evidence = {megabyte};
    report.gateways[0].trouble = megabyte;
    const Written written(report);
    for (const auto& [format, text] : written.text) {
      expect_clean(text, format);
      EXPECT_LT(text.size(), 256u * 1024) << format;
    }
  }
}

TEST(Bounds, lists_are_cut_and_the_rest_is_counted) {
  auto report = fixed_report();
  auto& seen = report.cases[0].steps[0].observation;
  seen.client.http->headers.assign(10000, {"X-Many", std::string(10000, 'v')});
  seen.gateway.log.assign(5000, "line");
  seen.upstream.requests.assign(300, UpstreamRequest{});
  seen.client.http->body.assign(100000, 'b');
  const auto json = nlohmann::json::parse(write_json(report));
  const auto& observation = json["cases"][0]["steps"][0]["observation"];
  EXPECT_EQ(observation["client"]["http"]["headers"].size(), 100u);
  EXPECT_EQ(observation["client"]["http"]["headers_left_out"], 9900);
  EXPECT_LE(observation["client"]["http"]["headers"][0][1].get<std::string>().size(), 4u * 1024 + 64);
  EXPECT_EQ(observation["gateway"]["log"].size(), 200u);
  EXPECT_EQ(observation["gateway"]["log_left_out"], 4800);
  EXPECT_EQ(observation["upstream"]["requests_left_out"], 200);
  EXPECT_LE(observation["client"]["http"]["body"].get<std::string>().size(), 4u * 1024 + 64);
}

TEST(Summary, stays_under_the_limit_of_github) {
  auto report = fixed_report();
  auto record = report.cases[2];
  record.steps[0].verdict.findings[0].observed.assign(8000, '<');
  report.cases.assign(130, record);
  const auto text = github_summary(report);
  EXPECT_LE(text.size(), 901u * 1024);
  EXPECT_THAT(text, HasSubstr("left out"));
}

TEST(Annotations, are_at_most_ten_of_a_kind) {
  auto report = fixed_report();
  report.cases.assign(30, report.cases[2]);
  const auto lines = split(github_annotations(report), '\n');
  EXPECT_EQ(lines.size(), 11u);  // and what follows the last line end
  EXPECT_EQ(lines[9], "::error title=mtlscheck::21 more, see the summary");
}

}  // namespace
}  // namespace mtls::reports
