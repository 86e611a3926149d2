// Cases from scenarios, sites merged into listeners, controls found.
#include "harness/run/plan.h"

#include <algorithm>
#include <map>

#include "harness/run/left_out.h"
#include "harness/run/live_needs.h"
#include "harness/run/plan_by_name.h"
#include "harness/run/plan_case.h"

namespace mtls::run {
namespace {

void resolve(UpstreamSpec& upstream, const Scenario& scenario, PkiPlan& pki) {
  upstream.credential = pki.credential(scenario, upstream.credential);
  upstream.trust = pki.authorities(scenario, upstream.trust);
  upstream.crls = pki.crls(scenario, upstream.crls);
}

// The leg speaks the case's TLS version where the scenario leaves it open: what an upstream's refusal looks like
// depends on it. The witness sees to it, so that one site serves both versions; for another upstream the gateway has
// to.
void speak(TlsVersion tls, SiteSpec& site) {
  if (!site.leg.tls || site.leg.versions != TlsRange{}) return;
  if (!takes_turns(site) || site.upstream.versions != TlsRange{}) {
    site.leg.versions = {tls, tls};
    return;
  }
  site.upstream.versions = {tls, tls};
  if (site.control.upstream && site.control.upstream->versions == TlsRange{})
    site.control.upstream->versions = {tls, tls};
}

// Labels are cleared, so that sites which tell the gateway the same compare equal.
SiteSpec resolve(SiteSpec site, const Scenario& scenario, std::optional<TlsVersion> tls, PkiPlan& pki) {
  site.name.clear();
  site.listener.clear();
  site.credential = site.tls ? pki.credential(scenario, site.credential) : "";
  site.trust = pki.authorities(scenario, site.trust);
  site.crls = pki.crls(scenario, site.crls);
  if (site.ocsp) site.ocsp->crls = pki.crls(scenario, site.ocsp->crls);
  site.leg.credential = pki.credential(scenario, site.leg.credential);
  site.leg.trust = pki.authorities(scenario, site.leg.trust);
  site.leg.crls = pki.crls(scenario, site.leg.crls);
  resolve(site.upstream, scenario, pki);
  site.control.present = pki.credential(scenario, site.control.present);
  if (site.control.upstream) resolve(*site.control.upstream, scenario, pki);
  if (tls) speak(*tls, site);
  return site;
}

}  // namespace

bool same_for_the_gateway(const PlannedSite& a, const SiteSpec& b, bool own_upstreams) {
  SiteSpec left = a.spec, right = b;
  left.control = right.control = {};
  if (!own_upstreams && takes_turns(left) && takes_turns(right)) left.upstream = right.upstream = {};
  return left == right;
}

namespace {

// Trials on one listener that wait for each other are few enough not to be what the run waits for.
constexpr int most_alone = 16;

int numbered(const UpstreamSpec& upstream, std::vector<UpstreamSpec>& all) {
  const auto same = std::find(all.begin(), all.end(), upstream);
  if (same != all.end()) return static_cast<int>(same - all.begin());
  all.push_back(upstream);
  return static_cast<int>(all.size()) - 1;
}

// Where each of `sites`, which share a port, stands.
std::vector<SiteRef> place(StagePlan& stage, const std::vector<SiteSpec>& sites) {
  auto at = std::find_if(stage.listeners.begin(), stage.listeners.end(), [&](const PlannedListener& other) {
    return other.alone < most_alone && std::equal(other.sites.begin(), other.sites.end(), sites.begin(), sites.end(),
                                                  [&](const PlannedSite& a, const SiteSpec& b) {
                                                    return same_for_the_gateway(a, b, stage.own_upstreams);
                                                  });
  });
  if (at == stage.listeners.end()) {
    at = stage.listeners.insert(at, PlannedListener{});
    for (const SiteSpec& site : sites) at->sites.push_back({site, {site.upstream}});
  }
  std::vector<SiteRef> placed;
  for (std::size_t n = 0; n < sites.size(); ++n)
    placed.push_back({static_cast<int>(at - stage.listeners.begin()), static_cast<int>(n),
                      numbered(sites[n].upstream, at->sites[n].upstreams)});
  return placed;
}

struct Placed {
  std::map<std::string, SiteRef> site;                      // by the scenario's name for it
  std::map<std::string, std::vector<SiteSpec>> neighbours;  // those on its port, itself included

  const SiteSpec& spec(const std::string& label) const {
    return neighbours.at(label)[static_cast<std::size_t>(site.at(label).site)];
  }
};

// Sites with the same listener label share a port, in the order of the file: the first is the one for unknown names.
Placed place_sites(const Scenario& scenario, std::optional<TlsVersion> tls, StagePlan& stage, PkiPlan& pki) {
  std::vector<std::pair<std::string, std::vector<const SiteSpec*>>> groups;
  for (const SiteSpec& site : scenario.sites) {
    const std::string label = site.listener.empty() ? "own " + site.name : "shared " + site.listener;
    auto group = std::find_if(groups.begin(), groups.end(), [&](const auto& g) { return g.first == label; });
    if (group == groups.end()) group = groups.insert(groups.end(), {label, {}});
    group->second.push_back(&site);
  }
  Placed placed;
  for (const auto& [label, members] : groups) {
    std::vector<SiteSpec> sites;
    for (const SiteSpec* site : members) sites.push_back(resolve(*site, scenario, tls, pki));
    const std::vector<SiteRef> at = place(stage, sites);
    for (std::size_t n = 0; n < members.size(); ++n) {
      placed.site[members[n]->name] = at[n];
      placed.neighbours[members[n]->name] = sites;
    }
  }
  return placed;
}

// The policy that a configuration of somebody's own must have; `client` and `server` are the standard PKI's.
SiteSpec owned_site(const Scenario& scenario, const GatewayKind& kind, PkiPlan& pki) {
  SiteSpec site;
  site.names = {"gateway.test"};
  site.trust = {"root"};
  const auto& has = kind.capabilities;
  if (std::find(has.begin(), has.end(), "crl") != has.end()) site.crls = {"root-crl", "intermediate-crl"};
  return resolve(std::move(site), scenario, std::nullopt, pki);
}

// A gateway whose policy is its owner's has one site, which stands for every site whose policy is the same.
Placed stand_in(const Scenario& scenario, StagePlan& stage, PkiPlan& pki) {
  const Target& target = *stage.target;
  SiteSpec only;
  if (target.live)
    only.names = {server_name(target.live->gateway)};
  else
    only = owned_site(scenario, target.kind, pki);
  if (stage.listeners.empty()) stage.listeners.push_back({{{only, {only.upstream}}}, 0});
  only.control.present = pki.credential(scenario, SiteSpec{}.control.present);
  Placed placed;
  for (const SiteSpec& site : scenario.sites) {
    placed.site[site.name] = {0, 0, 0};
    placed.neighbours[site.name] = {only};
  }
  return placed;
}

// A trial more on this site.
void count(const SiteRef& site, StagePlan& stage) {
  PlannedListener& listener = stage.listeners[static_cast<std::size_t>(site.listener)];
  if (takes_turns(listener.sites[static_cast<std::size_t>(site.site)].spec)) ++listener.alone;
}

int control_for(const std::string& label, const Placed& placed, std::optional<TlsVersion> tls, StagePlan& stage) {
  const SiteRef site = placed.site.at(label);
  std::vector<SiteSpec> sites = placed.neighbours.at(label);
  SiteSpec& own = sites[static_cast<std::size_t>(site.site)];
  PlannedControl planned{site, label, own.control.present, own.control.tls ? own.control.tls : tls};
  if (own.control.upstream) {
    own.upstream = *own.control.upstream;
    planned.site = place(stage, sites)[static_cast<std::size_t>(site.site)];
  }
  for (std::size_t n = 0; n < stage.controls.size(); ++n) {
    const PlannedControl& other = stage.controls[n];
    if (other.site == planned.site && other.present == planned.present && other.tls == planned.tls)
      return static_cast<int>(n);
  }
  count(planned.site, stage);
  stage.controls.push_back(std::move(planned));
  return static_cast<int>(stage.controls.size()) - 1;
}

PlannedStep plan_step(const Step& step, const Scenario& scenario, const Placed& placed, StagePlan& stage,
                      PkiPlan& pki) {
  PlannedStep planned{&step, step.stimulus, {}};
  if (auto* request = std::get_if<Request>(&planned.stimulus)) {
    if (request->site.empty()) request->site = scenario.sites.front().name;
    planned.site = placed.site.at(request->site);
    count(planned.site, stage);
    request->present = pki.credential(scenario, request->present);
    request->trust = pki.authorities(scenario, request->trust);
    request->crls = pki.crls(scenario, request->crls);
    // Whether clients are refused shall not hang on how well a stranger's server certificate verifies.
    if (stage.target->live) request->verify_server = is_about_the_server(step);
  } else if (auto* examine = std::get_if<Examine>(&planned.stimulus)) {
    examine->credential = pki.credential(scenario, examine->credential);
    examine->trust = pki.authorities(scenario, examine->trust);
    examine->crls = pki.crls(scenario, examine->crls);
  }
  return planned;
}

CaseRecord describe(const Scenario& scenario, const Target& target, std::optional<TlsVersion> tls) {
  CaseRecord record;
  record.id = scenario.id;
  record.gateway = target.name();
  record.variant = scenario.variant;
  if (tls) record.variant["tls"] = name(*tls);
  record.title = scenario.title;
  record.sort = name(scenario.sort);
  record.level = scenario.level;
  record.references = scenario.references;
  record.controls = scenario.controls;
  record.file = scenario.file;
  record.line = scenario.line;
  return record;
}

bool has_tls_leg(const Scenario& scenario) {
  return std::any_of(scenario.sites.begin(), scenario.sites.end(),
                     [](const SiteSpec& site) { return site.leg.tls || site.upstream.tls; });
}

std::map<std::string, std::string> names_in_claims(const Scenario& scenario, PkiPlan& pki) {
  std::map<std::string, std::string> names;
  for (const Step& step : scenario.steps)
    for (const Claim& claim : step.claims) {
      if (const auto* issuers = std::get_if<IssuersName>(&claim.statement))
        names[issuers->authority] = pki.authority(scenario, issuers->authority);
      if (const auto* saw = std::get_if<UpstreamSawClient>(&claim.statement))
        names[saw->credential] = pki.credential(scenario, saw->credential);
    }
  return names;
}

}  // namespace

PlannedTrials plan_case(const Scenario& scenario, std::optional<TlsVersion> tls, const Options& options,
                        StagePlan& stage, PkiPlan& pki) {
  PlannedTrials trials;
  trials.scenario = &scenario;
  trials.tls = tls;
  trials.record = describe(scenario, *stage.target, tls);
  if (left_out(scenario, tls, *stage.target, options, trials.record)) {
    trials.runs = false;
    return trials;
  }
  const Placed placed =
      stage.target->has_policy() ? stand_in(scenario, stage, pki) : place_sites(scenario, tls, stage, pki);
  trials.merged_name = names_in_claims(scenario, pki);
  for (const Step& step : scenario.steps) {
    trials.steps.push_back(plan_step(step, scenario, placed, stage, pki));
    const auto* request = std::get_if<Request>(&trials.steps.back().stimulus);
    if (!request || !placed.spec(request->site).control.wanted || scenario.gateway_refuses_to_start) continue;
    const int control = control_for(request->site, placed, tls, stage);
    if (std::find(trials.controls.begin(), trials.controls.end(), control) == trials.controls.end())
      trials.controls.push_back(control);
  }
  return trials;
}

std::vector<std::optional<TlsVersion>> versions_of(const Scenario& scenario) {
  if (scenario.tls.empty()) return {std::nullopt};
  return {scenario.tls.begin(), scenario.tls.end()};
}

bool takes_turns(const SiteSpec& site) {
  return site.upstream.kind == UpstreamKind::witness && site.upstream.behaviour == Behaviour::answering &&
         (site.leg.tls || site.upstream.tls);
}

std::vector<StagePlan> plan_stages(const Target& target, const Options& options, PkiPlan& pki) {
  if (target.kind.sites_by_name && !target.live) return plan_by_name(target, options, pki);
  std::vector<StagePlan> stages(2);
  // Where a gateway bears an upstream's failure in mind, another's turn behind the same port would suffer from it.
  stages[0].own_upstreams = stages[1].own_upstreams = options.own_upstreams || target.kind.remembers_failures;
  stages[0].target = stages[1].target = &target;
  stages[0].part = "front";
  stages[1].part = "upstream";
  for (const Scenario& scenario : options.scenarios) {
    for (const auto& tls : versions_of(scenario)) {
      if (target.has_policy() || !scenario.gateway_refuses_to_start) {
        StagePlan& stage = stages[has_tls_leg(scenario) && !target.has_policy() ? 1 : 0];
        stage.cases.push_back(plan_case(scenario, tls, options, stage, pki));
        continue;
      }
      StagePlan own;
      own.target = &target;
      own.part = scenario.id;
      own.refuses_to_start = true;
      own.cases.push_back(plan_case(scenario, tls, options, own, pki));
      stages.push_back(std::move(own));
    }
  }
  std::erase_if(stages, [](const StagePlan& stage) { return stage.cases.empty(); });
  return stages;
}

std::vector<std::string> held_by_servers(const std::vector<StagePlan>& stages) {
  std::vector<std::string> names;
  for (const StagePlan& stage : stages)
    for (const PlannedListener& listener : stage.listeners)
      for (const PlannedSite& site : listener.sites) {
        names.push_back(site.spec.credential);
        names.push_back(site.spec.leg.credential);
        for (const UpstreamSpec& upstream : site.upstreams) names.push_back(upstream.credential);
      }
  return names;
}

std::vector<PlannedCase> plan(const Options& options) {
  std::vector<PlannedCase> cases;
  for (const Target& target : options.targets)
    for (const Scenario& scenario : options.scenarios)
      for (const auto& tls : versions_of(scenario)) {
        CaseRecord record = describe(scenario, target, tls);
        cases.push_back({record.id, record.gateway, record.variant});
      }
  return cases;
}

}  // namespace mtls::run
