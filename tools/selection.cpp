// Filters scenarios.
#include "tools/selection.h"

#include <algorithm>
#include <cstdint>

#include "harness/base/text.h"

namespace mtls::tools {
namespace {

bool matches_any(const std::vector<std::string>& globs, const std::string& text) {
  return globs.empty() ||
         std::any_of(globs.begin(), globs.end(), [&](const std::string& glob) { return glob_matches(glob, text); });
}

bool bears_on(const std::vector<std::string>& wanted, const Scenario& scenario) {
  return wanted.empty() || std::any_of(scenario.controls.begin(), scenario.controls.end(),
                                       [&](const std::string& control) { return matches_any(wanted, control); });
}

// FNV-1a: the same on every machine and in every version of the standard library.
std::uint64_t stable_hash(const std::string& text) {
  std::uint64_t hash = 14695981039346656037u;
  for (const unsigned char byte : text) hash = (hash ^ byte) * 1099511628211u;
  return hash;
}

bool in_shard(const RunOptions& options, const std::string& id) {
  if (!options.shard) return true;
  const auto [part, all] = *options.shard;
  return stable_hash(id) % static_cast<std::uint64_t>(all) == static_cast<std::uint64_t>(part - 1);
}

// False where the scenario is tried in TLS versions and none of them was asked for. One that is tried in none of them
// (files, plain HTTP, a gateway that must not start) means the same whichever was.
bool keep_versions(const RunOptions& options, Scenario& scenario) {
  if (options.tls.empty() || scenario.tls.empty()) return true;
  std::erase_if(scenario.tls, [&](TlsVersion version) {
    return std::find(options.tls.begin(), options.tls.end(), version) == options.tls.end();
  });
  return !scenario.tls.empty();
}

}  // namespace

std::vector<Scenario> select(std::vector<Scenario> scenarios, const RunOptions& options) {
  std::vector<Scenario> selected;
  for (Scenario& scenario : scenarios)
    if (matches_any(options.scenarios, scenario.id) && bears_on(options.controls, scenario) &&
        in_shard(options, scenario.id) && keep_versions(options, scenario))
      selected.push_back(std::move(scenario));
  return selected;
}

}  // namespace mtls::tools
