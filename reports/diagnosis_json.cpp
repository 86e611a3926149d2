// The answers of diagnose and explain as JSON (CONTRACT 5).
#include "reports/json_value.h"
#include "reports/printable.h"
#include "reports/reports.h"

namespace mtls::reports {
namespace {

Json text_or_null(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(printable_line(text));
}

Json match(const Explained& explained) {
  const Diagnosis& diagnosis = explained.diagnosis;
  Json json{{"code", printable_line(diagnosis.code)},
            {"confidence", milliseconds(diagnosis.confidence)},
            {"text", printable(explained.text)},
            {"party", name(diagnosis.party)},
            {"cause", printable(diagnosis.cause)},
            {"remedy", printable(diagnosis.remedy)},
            {"references", to_json(diagnosis.references, bounds.lines)}};
  if (explained.lines > 0) {
    json["lines"] = explained.lines;
    json["first_line"] = explained.first_line;
    json["last_line"] = explained.last_line;
  }
  return json;
}

}  // namespace

std::string write_diagnosis(const Examination& examination) {
  Json json{{"schema", "mtlscheck.diagnosis/1"},
            {"endpoint",
             {{"address", printable_line(examination.address)},
              {"sni", examination.sni ? Json(printable_line(*examination.sni)) : Json(nullptr)},
              {"host", printable_line(examination.host)}}},
            {"healthy", examination.healthy},
            {"conclusive", examination.conclusive},
            {"diagnoses", Json::array()},
            {"decide_by", text_or_null(examination.decide_by)},
            {"notes", to_json(examination.notes, bounds.lines)},
            {"probes", Json::array()},
            {"took_ms", milliseconds(examination.took_ms)}};
  for (const Diagnosis& diagnosis : examination.diagnoses) json["diagnoses"].push_back(to_json(diagnosis));
  for (const ProbeRecord& probe : examination.probes)
    json["probes"].push_back({{"purpose", printable_line(probe.purpose)}, {"observation", to_json(probe.observation)}});
  return dump(json);
}

std::string write_explanation(const std::vector<Explained>& matches) {
  Json json{{"schema", "mtlscheck.explanation/1"}, {"matches", Json::array()}};
  for (const Explained& one : matches) json["matches"].push_back(match(one));
  return dump(json);
}

}  // namespace mtls::reports
