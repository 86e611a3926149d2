// mtlscheck list: what there is, as a table or as JSON.
#include "tools/list_command.h"

#include <fmt/format.h>

#include "harness/gateway/gateway.h"
#include "reports/reports.h"
#include "tools/data.h"
#include "tools/exit_code.h"
#include "tools/rules.h"
#include "tools/terminal.h"

namespace mtls::tools {
namespace {

using Rows = std::vector<reports::Row>;

Rows scenarios_of(const Data& data) {
  Rows rows;
  for (const Scenario& scenario : data.scenarios) {
    std::vector<std::string> versions;
    for (const TlsVersion version : scenario.tls) versions.emplace_back(name(version));
    rows.push_back({{"id", scenario.id},
                    {"title", scenario.title},
                    {"sort", std::string(name(scenario.sort))},
                    {"level", std::string(name(scenario.level))},
                    {"variant", scenario.variant},
                    {"tls", versions},
                    {"references", scenario.references},
                    {"controls", scenario.controls}});
  }
  return rows;
}

Rows gateways_of(const Data& data) {
  Rows rows;
  for (const GatewayKind& kind : data.gateways) {
    const auto installed = gateway::find(kind);
    rows.push_back({{"id", kind.kind},
                    {"title", kind.title},
                    {"installed", static_cast<bool>(installed)},
                    {"version", installed ? installed->version : "not installed: package " + kind.package},
                    {"package", kind.package},
                    {"capabilities", kind.capabilities}});
  }
  return rows;
}

Rows diagnoses_of(const diagnose::Rules& rules) {
  Rows rows;
  for (const Cause& cause : rules.book().causes)
    rows.push_back({{"id", cause.code},
                    {"title", cause.cause},
                    {"party", std::string(name(cause.party))},
                    {"remedy", cause.remedy}});
  return rows;
}

Rows controls_of(const Data& data) {
  std::map<std::string, int> scenarios;
  for (const Scenario& scenario : data.scenarios)
    for (const std::string& control : scenario.controls) ++scenarios[control];
  Rows rows;
  for (const auto& [id, count] : scenarios)
    rows.push_back({{"id", id}, {"title", fmt::format("{} scenarios bear on it", count)}, {"scenarios", count}});
  return rows;
}

Rows formats_of() {
  Rows rows;
  for (const reports::Format& format : reports::formats())
    rows.push_back({{"id", std::string(format.name)}, {"title", std::string(format.about)}});
  return rows;
}

std::string word_of(const reports::Row& row, std::string_view key) {
  for (const auto& [name, cell] : row)
    if (name == key)
      if (const auto* text = std::get_if<std::string>(&cell)) return *text;
  return {};
}

std::string as_text(const Rows& rows) {
  std::size_t width = 0;
  for (const reports::Row& row : rows) width = std::max(width, word_of(row, "id").size());
  std::string text;
  for (const reports::Row& row : rows) {
    text += fmt::format("{:<{}}  {}", word_of(row, "id"), width, word_of(row, "title"));
    if (const std::string version = word_of(row, "version"); !version.empty()) text += " (" + version + ")";
    for (const auto& [key, cell] : row)
      if (const auto* variant = std::get_if<std::map<std::string, std::string>>(&cell))
        for (const auto& [name, value] : *variant) text += fmt::format(" [{}={}]", name, value);
    text += "\n";
  }
  return text;
}

}  // namespace

int list_command(const ListOptions& options) {
  Rows rows;
  if (options.what == "formats") {
    rows = formats_of();
  } else if (options.what == "diagnoses") {
    const Result<diagnose::Rules> rules = shipped_rules();
    if (!rules) return say(to_string(rules.error())), exit_usage;
    rows = diagnoses_of(*rules);
  } else {
    const Result<Data> data = read_data({}, {});
    if (!data) return say(to_string(data.error())), exit_usage;
    if (options.what == "scenarios") rows = scenarios_of(*data);
    if (options.what == "gateways") rows = gateways_of(*data);
    if (options.what == "controls") rows = controls_of(*data);
  }
  print(options.json ? reports::write_rows(rows) : as_text(rows));
  return exit_ok;
}

}  // namespace mtls::tools
