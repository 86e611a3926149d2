// mtlscheck run: selects, runs, writes the reports.
#include "tools/run_command.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <future>

#include <fmt/format.h>

#include "harness/base/files.h"
#include "harness/base/text.h"
#include "harness/base/time.h"
#include "harness/run/run.h"
#include "reports/reports.h"
#include "tools/data.h"
#include "tools/exit_code.h"
#include "tools/interrupt.h"
#include "tools/selection.h"
#include "tools/terminal.h"

namespace mtls::tools {
namespace {

struct Failure {
  int exit_code;
  std::string message;
};

// The kinds asked for, or every one that is installed.
std::variant<std::vector<run::Target>, Failure> targets_of(const RunOptions& options, const Data& data) {
  std::vector<run::Target> targets;
  std::vector<std::string> known, missing;
  for (const GatewayKind& kind : data.gateways) known.push_back(kind.kind);
  for (const std::string& asked : options.gateways)
    if (std::find(known.begin(), known.end(), asked) == known.end()) {
      const std::string near = nearest(asked, known);
      return Failure{exit_usage, fmt::format("--gateway {}: no such kind{}; known are {}", sanitise_line(asked),
                                             near.empty() ? "" : ", did you mean " + near + "?", join(known, ", "))};
    }
  for (const GatewayKind& kind : data.gateways) {
    const auto& asked = options.gateways;
    if (!asked.empty() && std::find(asked.begin(), asked.end(), kind.kind) == asked.end()) continue;
    auto installed = gateway::find(kind);
    if (installed)
      targets.push_back({kind, std::move(*installed)});
    else
      missing.push_back(to_string(installed.error()));
  }
  if (targets.empty()) return Failure{exit_nothing_ran, "no gateway to test: " + join(missing, "; ")};
  if (!options.gateways.empty() && !missing.empty()) return Failure{exit_nothing_ran, join(missing, "; ")};
  return targets;
}

std::optional<run::Target> nginx_upstream(const Data& data) {
  auto kind = catalog::read_gateway(data.folder / "fixtures" / "upstreams" / "nginx");
  if (!kind) return std::nullopt;
  auto installed = gateway::find(*kind);
  if (!installed) return std::nullopt;
  return run::Target{std::move(*kind), std::move(*installed)};
}

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

void print_report(const Report& report, const RunOptions& options) {
  if (options.json) {
    print(reports::write_json(report));
    return;
  }
  const reports::Style style = style_of(STDOUT_FILENO);
  for (const CaseRecord& record : report.cases)
    if (record.outcome == Outcome::fail || record.outcome == Outcome::error) print(reports::detail(record, style));
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
  Result<Data> data = read_data(options.scenario_folders, options.gateway_folders);
  if (!data) return say(to_string(data.error())), exit_usage;
  auto compiling = std::async(std::launch::async, [&] { return diagnose::Rules::compile(data->rules); });
  run::Options run;
  if (!options.waivers.empty()) {
    auto waivers = catalog::read_waivers(options.waivers);
    if (!waivers) return say(to_string(waivers.error())), exit_usage;
    run.waivers = std::move(*waivers);
  }
  run.standard_pki = data->standard.pki;
  run.scenarios = select(std::move(data->scenarios), options);
  if (run.scenarios.empty()) return say("no scenario matches; see: mtlscheck list scenarios"), exit_nothing_ran;
  auto targets = targets_of(options, *data);
  const Result<diagnose::Rules> rules = compiling.get();
  if (!rules) return say(to_string(rules.error())), exit_usage;
  run.rules = *rules;
  if (const Failure* failure = std::get_if<Failure>(&targets)) return say(failure->message), failure->exit_code;
  run.targets = std::get<std::vector<run::Target>>(std::move(targets));
  if (options.list) return print_list(run, options.json), exit_ok;

  sweep_stale_folders();
  run.nginx_upstream = nginx_upstream(*data);
  run.jobs = options.jobs;
  run.now = options.now.value_or(now_seconds());
  run.seed =
      options.seed.value_or(static_cast<std::uint64_t>(now_milliseconds()) ^ static_cast<std::uint64_t>(getpid()));
  run.keep = options.keep;
  run.interrupted = &watch_for_interrupt();
  Progress progress(options.json);
  run.finished = [&](const CaseRecord& record, int done, int all) { progress.finished(record, done, all); };
  Result<Report> report = run::run(run);
  progress.end();
  if (!report) return say(to_string(report.error())), exit_undecided;
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
