// One TLS listener for each stage.
#include "harness/run/plan_by_name.h"

#include <algorithm>

#include "harness/run/plan_case.h"

namespace mtls::run {
namespace {

// Those behind whom other upstreams stand, and who are else the same: whichever of them a name finds, it is right.
bool are_siblings(const PlannedListener& a, const PlannedListener& b) {
  return std::equal(a.sites.begin(), a.sites.end(), b.sites.begin(), b.sites.end(),
                    [](const PlannedSite& one, const PlannedSite& other) {
                      SiteSpec left = one.spec, right = other.spec;
                      left.upstream = right.upstream = {};
                      left.control = right.control = {};
                      return left == right;
                    });
}

// A gateway that tells sites apart by their names alone has one TLS policy for a name, and one way to speak to
// upstreams.
bool is_too_much_by_name(const StagePlan& stage) {
  const UpstreamLeg* leg = nullptr;
  const PlannedListener* tls = nullptr;
  for (const PlannedListener& listener : stage.listeners) {
    const bool speaks_tls = listener.sites.front().spec.tls;
    if (speaks_tls && tls && !are_siblings(*tls, listener)) return true;
    if (speaks_tls) tls = &listener;
    for (const PlannedSite& site : listener.sites) {
      if (leg && *leg != site.spec.leg) return true;
      leg = &site.spec.leg;
    }
  }
  return false;
}

bool same_listeners(const StagePlan& a, const StagePlan& b) {
  const auto same_site = [&a](const PlannedSite& left, const PlannedSite& right) {
    return same_for_the_gateway(left, right.spec, a.own_upstreams);
  };
  return std::equal(a.listeners.begin(), a.listeners.end(), b.listeners.begin(), b.listeners.end(),
                    [&](const PlannedListener& left, const PlannedListener& right) {
                      return std::equal(left.sites.begin(), left.sites.end(), right.sites.begin(), right.sites.end(),
                                        same_site);
                    });
}

// Cases that do not run need no listeners and stand together.
bool joins_idle(std::vector<StagePlan>& stages, StagePlan& own) {
  const auto idle = std::find_if(stages.begin(), stages.end(), [](const StagePlan& stage) {
    return !stage.refuses_to_start && !stage.cases.front().runs;
  });
  if (idle == stages.end()) return false;
  idle->cases.push_back(std::move(own.cases.front()));
  return true;
}

// Puts a case beside others that need the very same listeners.
bool joins(std::vector<StagePlan>& stages, StagePlan& own, const Options& options, PkiPlan& pki) {
  const PlannedTrials& trials = own.cases.front();
  if (!trials.runs) return joins_idle(stages, own);
  for (StagePlan& stage : stages) {
    if (stage.refuses_to_start || !stage.cases.front().runs || !same_listeners(stage, own)) continue;
    StagePlan with = stage;
    with.cases.push_back(plan_case(*trials.scenario, trials.tls, options, with, pki));
    if (with.listeners.size() != stage.listeners.size()) continue;
    stage = std::move(with);
    return true;
  }
  return false;
}

void leave_out_by_name(StagePlan& own) {
  PlannedTrials& trials = own.cases.front();
  trials.record.outcome = Outcome::unsupported;
  trials.record.reason_code = "sites-by-name";
  trials.record.reason =
      own.target->kind.kind +
      " tells sites apart by their names alone; this case needs two policies for one name, or for upstreams";
  trials.runs = false;
  trials.steps.clear();
  trials.controls.clear();
  own.listeners.clear();
  own.controls.clear();
}

}  // namespace

std::vector<StagePlan> plan_by_name(const Target& target, const Options& options, PkiPlan& pki) {
  std::vector<StagePlan> stages;
  for (const Scenario& scenario : options.scenarios) {
    for (const auto& tls : versions_of(scenario)) {
      StagePlan own;
      own.target = &target;
      own.part = scenario.id;
      own.refuses_to_start = scenario.gateway_refuses_to_start;
      own.own_upstreams = options.own_upstreams || target.kind.remembers_failures;
      own.cases.push_back(plan_case(scenario, tls, options, own, pki));
      if (is_too_much_by_name(own)) leave_out_by_name(own);
      if (own.refuses_to_start || !joins(stages, own, options, pki)) stages.push_back(std::move(own));
    }
  }
  return stages;
}

}  // namespace mtls::run
