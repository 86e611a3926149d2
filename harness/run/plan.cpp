// Cases from scenarios, and the controls that they need.
#include "harness/run/plan.h"

#include <algorithm>
#include <map>

#include "harness/run/left_out.h"
#include "harness/run/live_needs.h"
#include "harness/run/plan_by_name.h"
#include "harness/run/plan_case.h"
#include "harness/run/plan_sites.h"

namespace mtls::run {
namespace {

// A trial more on this site.
void count(const SiteRef& site, StagePlan& stage) {
  PlannedListener& listener = stage.listeners[static_cast<std::size_t>(site.listener)];
  PlannedSite& own = listener.sites[static_cast<std::size_t>(site.site)];
  if (takes_turns(own.spec)) ++own.alone;
}

int control_for(const std::string& label, const PlacedOne& placed, std::optional<TlsVersion> tls, StagePlan& stage) {
  std::vector<SiteSpec> sites = placed.on_its_port;
  SiteSpec& own = sites[placed.number];
  PlannedControl planned{placed.at, label, own.control.present, own.control.tls ? own.control.tls : tls};
  if (own.control.upstream) {
    own.upstream = *own.control.upstream;
    planned.site = place(stage, sites, placed.by_path)[placed.number];
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

PlannedStep plan_step(const Step& step, const Scenario& scenario, const PlacedSites& placed, StagePlan& stage,
                      PkiPlan& pki) {
  PlannedStep planned{&step, step.stimulus, {}};
  if (auto* request = std::get_if<Request>(&planned.stimulus)) {
    if (request->site.empty()) request->site = scenario.sites.front().name;
    planned.site = placed.at(request->site).at;
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
  const PlacedSites placed = place_sites(scenario, tls, stage, pki);
  trials.merged_name = names_in_claims(scenario, pki);
  if (scenario.gateway_refuses_to_start) stage.sound_credential = pki.credential(scenario, SiteSpec{}.credential);
  for (const Step& step : scenario.steps) {
    trials.steps.push_back(plan_step(step, scenario, placed, stage, pki));
    const auto* request = std::get_if<Request>(&trials.steps.back().stimulus);
    if (!request || !placed.at(request->site).spec().control.wanted || scenario.gateway_refuses_to_start) continue;
    const int control = control_for(request->site, placed.at(request->site), tls, stage);
    if (std::find(trials.controls.begin(), trials.controls.end(), control) == trials.controls.end())
      trials.controls.push_back(control);
  }
  return trials;
}

std::vector<std::optional<TlsVersion>> versions_of(const Scenario& scenario) {
  if (scenario.tls.empty()) return {std::nullopt};
  return {scenario.tls.begin(), scenario.tls.end()};
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
