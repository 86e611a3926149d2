// Reads an inventory, its files, and what is known of the kinds in it.
#include "tools/inventory.h"

#include <algorithm>

#include <fmt/format.h>

#include "harness/base/text.h"
#include "harness/base/time.h"

namespace mtls::tools {
namespace {

using Names = std::vector<std::string>;

bool has(const Names& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

Error unknown(const std::string& what, const std::string& name, const Names& known, const std::string& where) {
  const std::string near = nearest(name, known);
  return {"inventory",
          fmt::format("no {} is called {}{}; known are {}", what, sanitise_line(name),
                      near.empty() ? "" : ", did you mean " + near + "?", join(known, ", ")),
          where};
}

// The kinds that can be launched, and those whose log lines are known.
Names kinds_of(const Data& data, const RuleBook& book) {
  Names kinds;
  for (const GatewayKind& kind : data.gateways) kinds.push_back(kind.kind);
  for (const LinePattern& line : book.lines)
    if (line.side == "gateway" && !has(kinds, line.producer)) kinds.push_back(line.producer);
  return kinds;
}

GatewayKind kind_of(const std::string& name, const Data& data) {
  for (const GatewayKind& kind : data.gateways)
    if (kind.kind == name) return kind;
  GatewayKind none;
  none.kind = name;
  return none;
}

}  // namespace

Result<std::vector<run::Target>> running_targets(const RunOptions& options, const Data& data, const RuleBook& book) {
  const auto gateways = catalog::read_inventory(options.inventory, data.standard);
  if (!gateways) return gateways.error();
  const std::string where = sanitise_line(options.inventory.string());
  Names names;
  for (const RunningGateway& gateway : *gateways) names.push_back(gateway.name);
  for (const std::string& asked : options.gateways)
    if (!has(names, asked)) return unknown("gateway", asked, names, where);
  const Names kinds = kinds_of(data, book);
  std::vector<run::Target> targets;
  for (const RunningGateway& gateway : *gateways) {
    if (!gateway.kind.empty() && !has(kinds, gateway.kind)) return unknown("kind", gateway.kind, kinds, where);
    if (!options.gateways.empty() && !has(options.gateways, gateway.name)) continue;
    auto live = run::open_live(gateway, data.standard.pki, options.now.value_or(now_seconds()));
    if (!live) return live.error();
    targets.push_back({kind_of(gateway.kind, data), {}, std::make_shared<const run::Live>(std::move(*live))});
  }
  return targets;
}

}  // namespace mtls::tools
