// The table of formats.
#include "reports/account.h"
#include "reports/reports.h"

namespace mtls::reports {

namespace {

// The terminal's words as a file: every case, what went wrong, the table.
std::string write_plain(const Report& report) {
  const Style plain;
  std::string text;
  for (const auto& record : report.cases) text += finished(record, plain);
  text += "\n";
  for (const auto* record : troubled(report)) text += detail(*record, plain) + "\n";
  return text + closing(report, plain);
}

std::string write_json_report(const Report& report) {
  return write_json(report);
}

}  // namespace

const std::vector<Format>& formats() {
  static const std::vector<Format> table{
      {"json", "the whole report; every other format can be made from it", write_json_report},
      {"junit", "JUnit XML for CI systems", write_junit},
      {"text", "what a terminal shows, without colours", write_plain},
      {"github", "the step summary of GitHub Actions, in Markdown", github_summary},
      {"csv", "one row per case, for spreadsheets", write_csv},
  };
  return table;
}

const Format* find_format(std::string_view name) {
  for (const auto& format : formats()) {
    if (format.name == name) return &format;
  }
  return nullptr;
}

}  // namespace mtls::reports
