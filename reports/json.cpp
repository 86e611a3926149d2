// report.json, the file that every other format can be made from (CONTRACT 5).
#include "harness/base/time.h"
#include "reports/json_value.h"
#include "reports/printable.h"
#include "reports/reports.h"

namespace mtls::reports {

namespace {

Json or_null(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(printable_line(text));
}

Json texts(const std::map<std::string, std::string>& map) {
  Json json = Json::object();
  for (const auto& [key, value] : map) json[printable_line(key)] = printable(value);
  return json;
}

Json finding(const Finding& finding) {
  return {{"claim", printable_line(finding.claim)},
          {"level", name(finding.level)},
          {"held", finding.held},
          {"expected", printable(finding.expected)},
          {"observed", printable(finding.observed)}};
}

Json step(const StepRecord& step) {
  Json json{{"title", printable_line(step.title)}, {"observation", to_json(step.observation)},
            {"findings", Json::array()},           {"undecided", or_null(step.verdict.undecided)},
            {"diagnoses", Json::array()},          {"planted", or_null(step.planted)}};
  for (const auto& each : step.verdict.findings) json["findings"].push_back(finding(each));
  for (const auto& each : step.diagnoses) json["diagnoses"].push_back(to_json(each));
  return json;
}

Json control(const ControlRecord& control) {
  return {{"site", printable_line(control.site)},
          {"present", or_null(control.present)},
          {"admitted", control.admitted},
          {"observed", printable_line(control.observed)}};
}

Json case_json(const CaseRecord& record) {
  Json json{{"id", printable_line(record.id)},
            {"gateway", printable_line(record.gateway)},
            {"variant", texts(record.variant)},
            {"title", printable_line(record.title)},
            {"sort", printable_line(record.sort)},
            {"level", name(record.level)},
            {"references", to_json(record.references, bounds.lines)},
            {"controls", to_json(record.controls, bounds.lines)},
            {"outcome", name(record.outcome)},
            {"reason", or_null(record.reason)},
            {"reason_code", or_null(record.reason_code)},
            {"took_ms", milliseconds(record.took_ms)},
            {"file", printable_line(record.file)},
            {"line", record.line},
            {"control", Json::array()},
            {"steps", Json::array()},
            {"reproduce",
             {{"mtlscheck", printable_line(record.reproduce.mtlscheck)},
              {"curl", or_null(record.reproduce.curl)},
              {"openssl", or_null(record.reproduce.openssl)}}}};
  for (const auto& each : record.control) json["control"].push_back(control(each));
  for (const auto& each : record.steps) json["steps"].push_back(step(each));
  return json;
}

Json gateway(const GatewayRecord& record) {
  return {{"kind", printable_line(record.kind)},
          {"version", or_null(record.version)},
          {"program", or_null(record.program)},
          {"capabilities", to_json(record.capabilities, bounds.lines)},
          {"ready_ms", milliseconds(record.ready_ms)},
          {"sites", record.sites},
          {"trouble", record.trouble.empty() ? Json(nullptr) : Json(printable(record.trouble))}};
}

Json summary(const Summary& summary) {
  Json json{{"cases", summary.cases}};
  for (const auto& [outcome, count] : summary.outcomes) json[std::string(name(outcome))] = count;
  json["diagnosis"] = {{"expected", summary.diagnosis_expected},
                       {"correct", summary.diagnosis_correct},
                       {"named_first", summary.diagnosis_first}};
  return json;
}

Json run(const Report& report) {
  return {
      {"id", printable_line(report.run_id)},
      {"started", utc_ms(report.started_ms)},
      {"finished", utc_ms(report.finished_ms)},
      {"duration_ms", milliseconds(report.duration_ms)},
      {"seed", report.seed},
      {"jobs", report.jobs},
      {"shard", or_null(report.shard)},
      {"command", to_json(report.command, bounds.entries)},
      {"host", {{"os", printable_line(report.os)}, {"kernel", printable_line(report.kernel)}, {"cpus", report.cpus}}}};
}

}  // namespace

Json to_json(const Diagnosis& diagnosis) {
  return {{"code", printable_line(diagnosis.code)},
          {"party", name(diagnosis.party)},
          {"confidence", milliseconds(diagnosis.confidence)},
          {"cause", printable(diagnosis.cause)},
          {"evidence", to_json(diagnosis.evidence, bounds.lines)},
          {"remedy", printable(diagnosis.remedy)},
          {"remedy_for", texts(diagnosis.remedy_for)},
          {"references", to_json(diagnosis.references, bounds.lines)}};
}

std::string dump(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string write_json(const Report& report) {
  Json json{{"schema", "mtlscheck.report/1"},
            {"complete", report.complete},
            {"tool",
             {{"name", "mtlscheck"},
              {"version", printable_line(report.tool_version)},
              {"openssl", printable_line(report.openssl_version)},
              {"libcurl", printable_line(report.libcurl_version)}}},
            {"run", run(report)},
            {"gateways", Json::array()},
            {"summary", summary(summarise(report))},
            {"cases", Json::array()}};
  for (const auto& each : report.gateways) json["gateways"].push_back(gateway(each));
  for (const auto& each : report.cases) json["cases"].push_back(case_json(each));
  return dump(json);
}

std::string write_json(const Observation& observation) {
  return dump(to_json(observation));
}

std::string write_json(const std::vector<Diagnosis>& diagnoses) {
  Json json = Json::array();
  for (const auto& each : diagnoses) json.push_back(to_json(each));
  return dump(json);
}

}  // namespace mtls::reports
