// Data, selection and programs, each with what to say where it is not there.
#include "tools/preparation.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <future>

#include <fmt/format.h>

#include "harness/base/text.h"
#include "harness/base/time.h"
#include "tools/data.h"
#include "tools/exit_code.h"
#include "tools/inventory.h"
#include "tools/rules.h"
#include "tools/selection.h"

namespace mtls::tools {
namespace {

using Targets = std::variant<std::vector<run::Target>, Failure>;

// Gateways that already run.
Targets running_ones(const RunOptions& options, const Data& data, const Result<diagnose::Rules>& rules) {
  if (!rules) return Failure{exit_usage, to_string(rules.error())};
  auto targets = running_targets(options, data, rules->book());
  if (!targets) return Failure{exit_usage, to_string(targets.error())};
  return std::move(*targets);
}

bool names_something(const std::string& variable) {
  const char* text = variable.empty() ? nullptr : std::getenv(variable.c_str());
  return text && *text;
}

// Whether somebody counts on this kind: who asked for it, brought it, or said where its program is would not notice
// that it was left out.
bool is_expected(const GatewayKind& kind, const RunOptions& options) {
  const auto holds_it = [folder = std::filesystem::path(kind.folder).parent_path()](const std::filesystem::path& from) {
    std::error_code failed;
    return std::filesystem::equivalent(folder, from, failed) && !failed;
  };
  return !options.gateways.empty() || names_something(kind.program_variable) ||
         (kind.installation && names_something(kind.installation->variable)) ||
         std::any_of(options.gateway_folders.begin(), options.gateway_folders.end(), holds_it);
}

// The kinds asked for, or every one that is installed.
Targets installed_ones(const RunOptions& options, const Data& data) {
  std::vector<run::Target> targets;
  std::vector<std::string> known, missing;
  for (const GatewayKind& kind : data.gateways) known.push_back(kind.kind);
  for (const std::string& asked : options.gateways)
    if (std::find(known.begin(), known.end(), asked) == known.end()) {
      const std::string near = nearest(asked, known);
      return Failure{exit_usage, fmt::format("--gateway {}: no such kind{}; known are {}", sanitise_line(asked),
                                             near.empty() ? "" : ", did you mean " + near + "?", join(known, ", "))};
    }
  bool any = false;
  for (const GatewayKind& kind : data.gateways) {
    const auto& asked = options.gateways;
    if (!asked.empty() && std::find(asked.begin(), asked.end(), kind.kind) == asked.end()) continue;
    auto found = gateway::find(kind);
    any = any || found;
    if (!found) missing.push_back(to_string(found.error()));
    if (found)
      targets.push_back({kind, std::move(*found)});
    else if (is_expected(kind, options))
      targets.push_back({kind, {}, nullptr, found.error()});
  }
  if (!any) return Failure{exit_nothing_ran, "no gateway to test: " + join(missing, "; ")};
  return targets;
}

std::optional<run::Target> installed_nginx_upstream(const Data& data) {
  auto kind = catalog::read_gateway(data.folder / "fixtures" / "upstreams" / "nginx");
  if (!kind) return std::nullopt;
  auto installed = gateway::find(*kind);
  if (!installed) return std::nullopt;
  return run::Target{std::move(*kind), std::move(*installed), nullptr};
}

}  // namespace

std::variant<run::Options, Failure> prepare(const RunOptions& options) {
  auto rules = std::async(std::launch::async, shipped_rules).share();
  Result<Data> data = read_data(options.scenario_folders, options.gateway_folders);
  if (!data) return Failure{exit_usage, to_string(data.error())};
  run::Options run;
  run.rules = std::move(rules);
  if (!options.waivers.empty()) {
    auto waivers = catalog::read_waivers(options.waivers);
    if (!waivers) return Failure{exit_usage, to_string(waivers.error())};
    run.waivers = std::move(*waivers);
  }
  run.standard_pki = data->standard.pki;
  run.scenarios = select(std::move(data->scenarios), options);
  if (run.scenarios.empty()) return Failure{exit_nothing_ran, "no scenario matches; see: mtlscheck list scenarios"};
  auto targets =
      options.inventory.empty() ? installed_ones(options, *data) : running_ones(options, *data, run.rules.get());
  if (Failure* failure = std::get_if<Failure>(&targets)) return std::move(*failure);
  run.targets = std::get<std::vector<run::Target>>(std::move(targets));
  run.nginx_upstream = installed_nginx_upstream(*data);
  run.jobs = options.jobs;
  run.now = options.now.value_or(now_seconds());
  run.seed =
      options.seed.value_or(static_cast<std::uint64_t>(now_milliseconds()) ^ static_cast<std::uint64_t>(getpid()));
  run.keep = options.keep;
  return run;
}

}  // namespace mtls::tools
