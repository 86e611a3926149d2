// mtlscheck run: selects, runs, writes the reports.
#include "tools/run_command.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include <fmt/format.h>

#include "harness/base/files.h"
#include "harness/base/text.h"
#include "harness/base/time.h"
#include "harness/run/run.h"
#include "reports/reports.h"
#include "tools/exit_code.h"
#include "tools/interrupt.h"
#include "tools/preparation.h"
#include "tools/terminal.h"

namespace mtls::tools {
namespace {

void print_list(const run::Options& options, bool json) {
  std::vector<reports::Row> rows;
  std::string text;
  for (const run::PlannedCase& planned : run::plan(options)) {
    rows.push_back({{"id", planned.id}, {"gateway", planned.gateway}, {"variant", planned.variant}});
    text += fmt::format("{} {}", planned.gateway, planned.id);
    for (const auto& [key, value] : planned.variant) text += fmt::format(" {}={}", key, value);
    text += "\n";
  }
  print(json ? reports::write_rows(rows) : text);
}

void write_github(const Report& report) {
  const char* actions = std::getenv("GITHUB_ACTIONS");
  if (!actions || std::string_view(actions) != "true") return;
  print(reports::github_annotations(report));
  const char* summary = std::getenv("GITHUB_STEP_SUMMARY");
  if (!summary || !*summary) return;
  if (FILE* file = std::fopen(summary, "a")) {
    const std::string text = reports::github_summary(report);
    std::fwrite(text.data(), 1, text.size(), file);
    std::fclose(file);
  } else {
    say(fmt::format("cannot append to the step summary {}", sanitise_line(summary)));
  }
}

// What all cases of a gateway have in common is told once: at the end where it could not be used, and by a case of its
// own where it shuts everybody out.
bool is_told_elsewhere(const CaseRecord& record, const Report& report) {
  static constexpr std::array<std::string_view, 3> of_the_gateway{"gateway-not-found", "gateway-not-started",
                                                                  "gateway-not-reached"};
  const std::string& code = record.reason_code;
  if (std::find(of_the_gateway.begin(), of_the_gateway.end(), code) != of_the_gateway.end())
    return std::any_of(report.gateways.begin(), report.gateways.end(), [&](const GatewayRecord& gateway) {
      return gateway.kind == record.gateway && !gateway.trouble.empty();
    });
  return code == "control-failed" &&
         std::any_of(report.cases.begin(), report.cases.end(), [&](const CaseRecord& other) {
           return other.id == run::right_client_case && other.gateway == record.gateway &&
                  other.outcome == Outcome::fail;
         });
}

void print_report(const Report& report, const RunOptions& options) {
  if (options.json) {
    print(reports::write_json(report));
    return;
  }
  const reports::Style style = style_of(STDOUT_FILENO);
  for (const CaseRecord& record : report.cases)
    if ((record.outcome == Outcome::fail || record.outcome == Outcome::error) && !is_told_elsewhere(record, report))
      print(reports::detail(record, style));
  print(reports::closing(report, style));
}

// Every report is tried even where one cannot be written.
bool write_reports(const Report& report, const RunOptions& options) {
  bool written = true;
  for (const auto& [format, path] : options.reports) {
    const Result<void> result = reports::write_report(*reports::find_format(format), report, path);
    if (!result) say("report not written: " + to_string(result.error()));
    written = written && static_cast<bool>(result);
  }
  return written;
}

}  // namespace

int run_command(const RunOptions& options, const std::vector<std::string>& command) {
  auto prepared = prepare(options);
  if (const Failure* failure = std::get_if<Failure>(&prepared)) return say(failure->message), failure->exit_code;
  run::Options& run = std::get<run::Options>(prepared);
  if (options.list) return print_list(run, options.json), exit_ok;

  sweep_stale_folders();
  run.interrupted = &watch_for_interrupt();
  Progress progress(options.json);
  run.finished = [&](const CaseRecord& record, int done, int all) { progress.finished(record, done, all); };
  Result<Report> report = run::run(run);
  progress.end();
  if (!report) return say(to_string(report.error())), run.rules.get() ? exit_undecided : exit_usage;
  report->tool_version = MTLSCHECK_VERSION;
  report->command = command;
  if (options.shard) report->shard = fmt::format("{}/{}", options.shard->first, options.shard->second);
  print_report(*report, options);
  const bool written = write_reports(*report, options);
  write_github(*report);
  if (const int interrupted = interrupt_exit_code()) return interrupted;
  const int code = exit_code_of(*report, options.strict);
  return written || code == exit_failed ? code : exit_usage;
}

}  // namespace mtls::tools
