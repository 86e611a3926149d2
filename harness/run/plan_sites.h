// Where the sites of a scenario stand among those of a stage.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "harness/run/plan.h"

namespace mtls::run {

struct PlacedOne {
  SiteRef at;
  std::vector<SiteSpec> on_its_port;  // of the same scenario, itself included, names resolved
  std::size_t number = 0;             // which of them it is
  bool by_path = false;

  const SiteSpec& spec() const { return on_its_port[number]; }
};

using PlacedSites = std::map<std::string, PlacedOne>;  // by the scenario's name for the site

// Puts the scenario's sites into `stage` where equal ones are not there yet. Those of a gateway whose policy is its
// owner's are all its one site.
PlacedSites place_sites(const Scenario& scenario, std::optional<TlsVersion> tls, StagePlan& stage, PkiPlan& pki);

// Where each of `sites`, which share a port, stands. `by_path`: one site alone may share a port with others that differ
// from it behind the gateway only.
std::vector<SiteRef> place(StagePlan& stage, const std::vector<SiteSpec>& sites, bool by_path);

}  // namespace mtls::run
