// One row per case, for spreadsheets (RFC 4180); no cell is taken for a formula.
#include <fmt/format.h>

#include "harness/base/text.h"
#include "reports/printable.h"
#include "reports/reports.h"

namespace mtls::reports {

namespace {

// Spreadsheets run what begins with one of these, also after blanks.
bool formula(std::string_view text) {
  const auto begin = trim(text).substr(0, 1);
  return !begin.empty() && std::string_view("=+-@|%").find(begin) != std::string_view::npos;
}

std::string field(const std::string& text) {
  auto safe = printable_line(text);
  for (auto& c : safe) {
    if (c == '\t') c = ' ';
  }
  if (formula(safe)) safe.insert(0, "'");
  std::string quoted = "\"";
  for (const char c : safe) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

std::string row(const std::vector<std::string>& cells) {
  std::vector<std::string> quoted;
  for (const auto& each : cells) quoted.push_back(field(each));
  return join(quoted, ",") + "\r\n";
}

std::string planted(const CaseRecord& record) {
  std::vector<std::string> codes;
  for (const auto& step : record.steps) {
    if (!step.planted.empty()) codes.push_back(step.planted);
  }
  return join(codes, " ");
}

std::string named(const CaseRecord& record) {
  std::vector<std::string> codes;
  for (const auto& step : record.steps) {
    if (!step.diagnoses.empty()) codes.push_back(step.diagnoses.front().code);
  }
  return join(codes, " ");
}

}  // namespace

std::string write_csv(const Report& report) {
  auto text = row({"gateway", "scenario", "variant", "title", "sort", "level", "outcome", "reason_code", "reason",
                   "took_ms", "planted", "named", "references", "controls", "file", "line", "reproduce"});
  for (const auto& record : report.cases) {
    text += row({record.gateway, record.id, variant_text(record.variant), record.title, record.sort,
                 std::string(name(record.level)), std::string(name(record.outcome)), record.reason_code, record.reason,
                 fmt::format("{}", milliseconds(record.took_ms)), planted(record), named(record),
                 join(record.references, "; "), join(record.controls, "; "), record.file, std::to_string(record.line),
                 record.reproduce.mtlscheck});
  }
  return text;
}

}  // namespace mtls::reports
