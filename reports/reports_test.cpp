// What each format says of a report, and that the JSON is what its schema describes.
#include "reports/reports.h"

#include <limits>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>
#include <pugixml.hpp>

#include "harness/base/files.h"
#include "harness/base/process.h"
#include "reports/fixed_report.h"

namespace mtls::reports {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Summarise, counts_outcomes_and_the_diagnosis_of_judged_cases) {
  const auto summary = summarise(fixed_report());
  EXPECT_EQ(summary.cases, 8);
  EXPECT_EQ(summary.outcomes.at(Outcome::pass), 2);
  EXPECT_EQ(summary.outcomes.at(Outcome::skip), 1);
  EXPECT_EQ(summary.diagnosis_expected, 3);
  EXPECT_EQ(summary.diagnosis_correct, 2) << "client-cert-missing was planted, client-cert-expired named";
  EXPECT_EQ(summary.diagnosis_first, 2);
}

TEST(Summarise, named_second_is_correct_but_not_first) {
  Report report;
  Diagnosis other, planted;
  other.code = "other";
  planted.code = "planted";
  StepRecord step;
  step.planted = "planted";
  step.diagnoses = {other, planted};
  CaseRecord record;
  record.steps = {step};
  for (const auto outcome : all_outcomes) {
    record.outcome = outcome;
    report.cases.push_back(record);
  }
  const auto summary = summarise(report);
  EXPECT_EQ(summary.diagnosis_expected, 4) << "pass, warn, fail, known";
  EXPECT_EQ(summary.diagnosis_correct, 4);
  EXPECT_EQ(summary.diagnosis_first, 0);
}

TEST(Summarise, a_fault_that_may_pass_and_did_brought_about_nothing_to_name) {
  Report report;
  StepRecord step;
  step.planted = "client-cert-wrong-eku";
  step.verdict.findings = {{"refused", Level::may, false, "", ""}};
  CaseRecord record;
  record.outcome = Outcome::pass;
  record.steps = {step};
  report.cases = {record};
  EXPECT_EQ(summarise(report).diagnosis_expected, 0);
  report.cases[0].steps[0].verdict.findings[0].held = true;
  EXPECT_EQ(summarise(report).diagnosis_expected, 1);
  report.cases[0].steps[0].verdict.findings[0] = {"refused", Level::must, false, "", ""};
  EXPECT_EQ(summarise(report).diagnosis_expected, 1);
}

TEST(Formats, are_found_by_name) {
  for (const auto* name : {"json", "junit", "text", "github", "csv"}) {
    ASSERT_NE(find_format(name), nullptr) << name;
    EXPECT_FALSE(find_format(name)->write(fixed_report()).empty());
  }
  EXPECT_EQ(find_format("xml"), nullptr);
}

Output validate(const std::vector<std::string>& texts) {
  const auto schema = std::filesystem::path(MTLSCHECK_SOURCE_DIR) / "reports/schema";
  auto folder = TempDir::make();
  EXPECT_TRUE(folder);
  ProcessSpec spec;
  spec.program = find_program("python3");
  if (spec.program.empty()) return Output{Exit{77, 0}, ""};
  spec.arguments = {(schema / "validate.py").string(), (schema / "report.schema.json").string()};
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const auto path = folder->path() / (std::to_string(i) + ".json");
    EXPECT_TRUE(write_file(path, texts[i]));
    spec.arguments.push_back(path.string());
  }
  const auto output = run_to_end(spec, std::chrono::seconds(60));
  EXPECT_TRUE(output) << to_string(output.error());
  return output ? *output : Output{};
}

#define SKIP_WITHOUT_VALIDATOR(output) \
  if ((output).exit.code == 77) GTEST_SKIP() << "SCHEMA NOT CHECKED: python3-jsonschema is not installed"

TEST(Schema, describes_what_is_written) {
  auto crowded = fixed_report();
  auto& seen = crowded.cases[0].steps[0].observation;
  seen.client.http->headers.assign(300, {"X-Many", "1"});
  seen.gateway.log.assign(300, "line");
  seen.client.timeline.assign(900, {1, "client", "tcp", "FIN"});
  seen.client.handshake.server_chain.assign(40, fixed_certificate("a", "b"));
  const auto output = validate({write_json(fixed_report()), write_json(crowded), write_json(Report{})});
  SKIP_WITHOUT_VALIDATOR(output);
  EXPECT_EQ(output.exit.code, 0) << output.text;
}

TEST(Schema, refuses_what_is_not_in_it) {
  auto json = nlohmann::json::parse(write_json(fixed_report()));
  auto extra = json;
  extra["cases"][0]["steps"][0]["observation"]["client"]["surprise"] = 1;
  auto missing = json;
  missing["run"].erase("seed");
  auto word = json;
  word["cases"][0]["outcome"] = "waived";
  const auto output = validate({extra.dump(), missing.dump(), word.dump()});
  SKIP_WITHOUT_VALIDATOR(output);
  EXPECT_EQ(output.exit.code, 1);
  EXPECT_THAT(output.text, HasSubstr("'surprise' was unexpected"));
  EXPECT_THAT(output.text, HasSubstr("'seed' is a required property"));
  EXPECT_THAT(output.text, HasSubstr("'waived' is not one of"));
}

TEST(Json, numbers_are_rounded_and_finite) {
  auto report = fixed_report();
  report.cases[0].took_ms = 1.23456789;
  report.cases[1].took_ms = std::numeric_limits<double>::quiet_NaN();
  report.seed = std::numeric_limits<std::uint64_t>::max();
  const auto json = nlohmann::json::parse(write_json(report));
  EXPECT_EQ(json["cases"][0]["took_ms"], 1.235);
  EXPECT_EQ(json["cases"][1]["took_ms"], 0);
  EXPECT_EQ(json["run"]["seed"].get<std::uint64_t>(), report.seed);
  EXPECT_EQ(json["run"]["started"], "2026-11-21T10:00:00.123Z");
}

TEST(Json, parts_stand_alone_as_in_the_report) {
  const auto report = nlohmann::json::parse(write_json(fixed_report()));
  const auto& step = report["cases"][0]["steps"][0];
  EXPECT_EQ(nlohmann::json::parse(write_json(fixed_refusal())), step["observation"]);
  EXPECT_EQ(nlohmann::json::parse(write_json(std::vector<Diagnosis>{fixed_diagnosis()})), step["diagnoses"]);
}

TEST(Junit, counts_names_and_single_children) {
  pugi::xml_document document;
  const auto text = write_junit(fixed_report());
  ASSERT_TRUE(document.load_buffer(text.data(), text.size()));
  const auto root = document.child("testsuites");
  EXPECT_EQ(root.attribute("tests").as_int(), 8);
  EXPECT_EQ(root.attribute("failures").as_int(), 1);
  EXPECT_EQ(root.attribute("errors").as_int(), 1);
  EXPECT_EQ(root.attribute("skipped").as_int(), 3);
  const auto failed = document.select_node("//testcase[failure]").node();
  EXPECT_STREQ(failed.attribute("classname").value(), "mtlscheck.nginx.client-auth");
  EXPECT_STREQ(failed.attribute("name").value(), "missing [tls=1.3]");
  EXPECT_STREQ(failed.attribute("file").value(), "scenarios/client-auth/missing.json");
  EXPECT_STREQ(failed.child("failure").attribute("type").value(), "unexpected-accept");
  const std::string body = failed.child("failure").text().get();
  for (const auto* part : {"expected: the request is refused", "observed: HTTP 200", "cause: client-cert-expired",
                           "evidence: ", "remedy: Issue a new certificate; nginx", "reproduce: mtlscheck run"}) {
    EXPECT_THAT(body, HasSubstr(part));
  }
  EXPECT_EQ(document.select_nodes("//testsuites/testsuite/testsuite").size(), 0u);
}

TEST(Junit, equal_cases_get_names_of_their_own) {
  auto report = fixed_report();
  report.cases.assign(3, report.cases[0]);
  const auto text = write_junit(report);
  EXPECT_THAT(text, HasSubstr("name=\"expired [tls=1.3]\""));
  EXPECT_THAT(text, HasSubstr("name=\"expired [tls=1.3] #3\""));
}

TEST(Terminal, colours_only_where_the_style_has_them) {
  const auto report = fixed_report();
  for (const auto& record : report.cases) {
    EXPECT_THAT(finished(record, Style{}) + detail(record, Style{}), Not(HasSubstr("\x1b")));
    EXPECT_THAT(finished(record, Style{true, 100}), HasSubstr("\x1b["));
  }
  EXPECT_THAT(closing(report, Style{}), Not(HasSubstr("\x1b")));
  EXPECT_THAT(closing(report, Style{true, 100}), HasSubstr("\x1b["));
}

TEST(Terminal, a_failure_shows_what_is_needed) {
  const auto text = detail(fixed_report().cases[2], Style{});
  for (const auto* part : {"expected", "observed", "cause", "remedy", "reproduce", "mtlscheck run --gateway nginx"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
  EXPECT_EQ(detail(fixed_report().cases[0], Style{}), "");
}

TEST(Terminal, says_that_a_report_is_incomplete) {
  auto report = fixed_report();
  report.complete = false;
  EXPECT_THAT(closing(report, Style{}), HasSubstr("incomplete"));
  EXPECT_THAT(github_summary(report), HasSubstr("incomplete"));
}

}  // namespace
}  // namespace mtls::reports
