// Reports as bytes: a table of formats, each a pure function of a Report.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "harness/base/result.h"
#include "harness/model/diagnosis.h"
#include "harness/model/examination.h"
#include "harness/model/pki.h"
#include "harness/model/report.h"

namespace mtls::reports {

struct Format {
  std::string_view name;
  std::string_view about;
  std::string (*write)(const Report& report);
};

const std::vector<Format>& formats();
const Format* find_format(std::string_view name);  // null: none

Summary summarise(const Report& report);

// Written beside and renamed. An Error where the text holds key material (a private key, TLS secrets): nothing is
// written then.
Result<void> write_report(const Format& format, const Report& report, const std::filesystem::path& path);

// Any other text with the same gate before it: `what` names it in the Error ("explanation", "manifest").
Result<void> write_text(std::string_view what, std::string_view text, const std::filesystem::path& path);

// What kind of key material stands in a text ("a TLS secret"); nothing: none.
std::optional<std::string> key_material_in(std::string_view text);

std::string write_json(const Report& report);
// Parts of it, as they stand in the report, for other documents: `diagnose --json`.
std::string write_json(const Observation& observation);
std::string write_json(const std::vector<Diagnosis>& diagnoses);
std::string write_junit(const Report& report);

// Lines for a terminal. `finished` is one line per case; `detail` what a failure needs; `closing` the table and the
// summary.
struct Style {
  bool colour = false;
  int width = 100;
};
std::string finished(const CaseRecord& record, const Style& style);
std::string detail(const CaseRecord& record, const Style& style);
std::string closing(const Report& report, const Style& style);

// Comma-separated values, one row per case (RFC 4180); no cell is a formula to a spreadsheet.
std::string write_csv(const Report& report);

// manifest.json of `mtlscheck pki`: what each authority, credential and revocation list is, and what verification must
// say.
std::string write_manifest(const PkiSpec& spec, std::int64_t now);

// Rows of a listing as JSON: `mtlscheck list`, `doctor`, `run --list`.
using Cell = std::variant<bool, int, std::string, std::vector<std::string>, std::map<std::string, std::string>>;
using Row = std::vector<std::pair<std::string, Cell>>;
std::string write_rows(const std::vector<Row>& rows);
// One row as one line.
std::string write_row(const Row& row);

// The answer of `mtlscheck diagnose`: for people in fewer than 40 lines, and as JSON (CONTRACT 5). `kind`: whose remedy
// is told besides the general one; empty: none.
std::string diagnosis_text(const Examination& examination, const std::string& kind, const Style& style);
std::string write_diagnosis(const Examination& examination);
// One page in itself: no script, nothing loaded, everything escaped.
std::string diagnosis_html(const Examination& examination, const std::string& kind);

// One cause that a text, or the lines of a log, support. `lines`, `first_line` and `last_line` only of a log.
struct Explained {
  Diagnosis diagnosis;
  std::string text;
  std::size_t lines = 0;
  std::size_t first_line = 0;
  std::size_t last_line = 0;
};
std::string explanation_text(const std::vector<Explained>& matches, const Style& style);
std::string write_explanation(const std::vector<Explained>& matches);
// A cause's page.
std::string page_text(const Cause& cause, const Style& style);

// GitHub Actions: annotations for stdout, and the step summary (at most 900 KiB), sanitised against command injection.
std::string github_annotations(const Report& report);
std::string github_summary(const Report& report);

}  // namespace mtls::reports
