// What will be run on one gateway: listeners, cases and their controls, all names resolved.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "harness/model/report.h"
#include "harness/model/scenario.h"
#include "harness/run/pki_plan.h"
#include "harness/run/run.h"

namespace mtls::run {

// Whether the witness can put this site's upstream to work behind a port that others use as well, one after another.
bool takes_turns(const SiteSpec& site);

// A site, and what may stand at the end of its leg: the witness can put one service after another behind the same port,
// so that sites which tell the gateway the same are one. The first is the site's own.
struct PlannedSite {
  SiteSpec spec;
  std::vector<UpstreamSpec> upstreams;
  int alone = 0;  // trials and controls on it that run one at a time, for they put an upstream to work
};

// Sites that share one address and port; names in them are those of the merged PkiSpec. Equal listeners are one.
struct PlannedListener {
  std::vector<PlannedSite> sites;
  bool by_path = false;  // they differ behind the gateway alone, and requests tell them apart by their path
};

struct SiteRef {
  int listener = -1;
  int site = 0;
  int upstream = 0;
  bool operator==(const SiteRef&) const = default;
};

// The right client on the same site, with the same TLS version: made once, used by every case on that site.
struct PlannedControl {
  SiteRef site;
  std::string label;  // the site's name in the scenario that asked first
  std::string present;
  std::optional<TlsVersion> tls;
};

struct PlannedStep {
  const Step* step = nullptr;
  Stimulus stimulus;  // of the step, names resolved
  SiteRef site;       // of a Request
};

struct PlannedTrials {
  const Scenario* scenario = nullptr;
  std::optional<TlsVersion> tls;
  std::vector<PlannedStep> steps;
  std::vector<int> controls;
  std::map<std::string, std::string> merged_name;  // of what claims name, by the scenario's word for it
  CaseRecord record;  // filled as far as is known before the run; its outcome is set where the case will not run
  bool runs = true;
};

// One gateway process and the cases it serves.
struct StagePlan {
  const Target* target = nullptr;
  bool own_upstreams = false;
  std::string part;  // which of the target's stages: "front", "upstream", or the id of a case of its own
  std::vector<PlannedListener> listeners;
  std::vector<PlannedControl> controls;
  std::vector<PlannedTrials> cases;
  bool refuses_to_start = false;  // the planted fault is one that the gateway does not load
  std::string sound_credential;   // with which each of its sites would start
};

// The stages of one target: cases that only look share two, those with a TLS upstream behind the gateway and the
// others, so that one half is probed while the other still starts; each case that must not start has one of its own.
// Where the kind tells sites apart by their names alone, a stage has one TLS listener and those cases that need it.
std::vector<StagePlan> plan_stages(const Target& target, const Options& options, PkiPlan& pki);

// Credentials that must exist before a gateway or an upstream can start.
std::vector<std::string> held_by_servers(const std::vector<StagePlan>& stages);

}  // namespace mtls::run
