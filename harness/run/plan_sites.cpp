// Sites of a scenario: names resolved, equal ones merged, those that differ behind the gateway alone put behind one
// port.
#include "harness/run/plan_sites.h"

#include <algorithm>

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

bool takes_turns(const SiteSpec& site) {
  return site.upstream.kind == UpstreamKind::witness && site.upstream.behaviour == Behaviour::answering &&
         (site.leg.tls || site.upstream.tls);
}

namespace {

// Trials on one site that wait for each other are few enough not to be what the run waits for.
constexpr int most_alone = 16;

int numbered(const UpstreamSpec& upstream, std::vector<UpstreamSpec>& all) {
  const auto same = std::find(all.begin(), all.end(), upstream);
  if (same != all.end()) return static_cast<int>(same - all.begin());
  all.push_back(upstream);
  return static_cast<int>(all.size()) - 1;
}

// Behind the same TLS policy: a gateway that goes by the path as well needs one context for all of them.
bool same_in_front(SiteSpec a, SiteSpec b) {
  a.leg = b.leg = {};
  a.upstream = b.upstream = {};
  a.control = b.control = {};
  return a == b;
}

// A port for sites that are told apart by their names, or by nothing.
std::vector<SiteRef> place_together(StagePlan& stage, const std::vector<SiteSpec>& sites) {
  auto at = std::find_if(stage.listeners.begin(), stage.listeners.end(), [&](const PlannedListener& other) {
    return !other.by_path && std::equal(other.sites.begin(), other.sites.end(), sites.begin(), sites.end(),
                                        [&](const PlannedSite& a, const SiteSpec& b) {
                                          return a.alone < most_alone &&
                                                 same_for_the_gateway(a, b, stage.own_upstreams);
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

SiteRef place_by_path(StagePlan& stage, const SiteSpec& site) {
  auto at = std::find_if(stage.listeners.begin(), stage.listeners.end(), [&](const PlannedListener& other) {
    return other.by_path && same_in_front(other.sites.front().spec, site);
  });
  if (at == stage.listeners.end()) at = stage.listeners.insert(at, PlannedListener{{}, true});
  auto own = std::find_if(at->sites.begin(), at->sites.end(), [&](const PlannedSite& other) {
    return other.alone < most_alone && same_for_the_gateway(other, site, stage.own_upstreams);
  });
  if (own == at->sites.end()) own = at->sites.insert(own, {site, {site.upstream}});
  return {static_cast<int>(at - stage.listeners.begin()), static_cast<int>(own - at->sites.begin()),
          numbered(site.upstream, own->upstreams)};
}

// A request whose target is no path of the site's own asks for what the whole port answers.
bool goes_by_path(const Scenario& scenario, const StagePlan& stage) {
  return stage.target->kind.sites_by_path && !stage.own_upstreams &&
         std::all_of(scenario.steps.begin(), scenario.steps.end(), [](const Step& step) {
           const auto* request = std::get_if<Request>(&step.stimulus);
           return !request || request->path.starts_with("/");
         });
}

}  // namespace

std::vector<SiteRef> place(StagePlan& stage, const std::vector<SiteSpec>& sites, bool by_path) {
  if (by_path && sites.size() == 1) return {place_by_path(stage, sites.front())};
  return place_together(stage, sites);
}

namespace {

// Sites with the same listener label share a port, in the order of the file: the first is the one for unknown names.
PlacedSites share_ports(const Scenario& scenario, std::optional<TlsVersion> tls, StagePlan& stage, PkiPlan& pki) {
  std::vector<std::pair<std::string, std::vector<const SiteSpec*>>> groups;
  for (const SiteSpec& site : scenario.sites) {
    const std::string label = site.listener.empty() ? "own " + site.name : "shared " + site.listener;
    auto group = std::find_if(groups.begin(), groups.end(), [&](const auto& g) { return g.first == label; });
    if (group == groups.end()) group = groups.insert(groups.end(), {label, {}});
    group->second.push_back(&site);
  }
  PlacedSites placed;
  const bool by_path = goes_by_path(scenario, stage);
  for (const auto& [label, members] : groups) {
    std::vector<SiteSpec> sites;
    for (const SiteSpec* site : members) sites.push_back(resolve(*site, scenario, tls, pki));
    const std::vector<SiteRef> at = place(stage, sites, by_path);
    for (std::size_t n = 0; n < members.size(); ++n) placed[members[n]->name] = {at[n], sites, n, by_path};
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
PlacedSites stand_in(const Scenario& scenario, StagePlan& stage, PkiPlan& pki) {
  const Target& target = *stage.target;
  SiteSpec only;
  if (target.live)
    only.names = {server_name(target.live->gateway)};
  else
    only = owned_site(scenario, target.kind, pki);
  if (stage.listeners.empty()) stage.listeners.push_back({{{only, {only.upstream}}}});
  only.control.present = pki.credential(scenario, SiteSpec{}.control.present);
  PlacedSites placed;
  for (const SiteSpec& site : scenario.sites) placed[site.name] = {{0, 0, 0}, {only}};
  return placed;
}

}  // namespace

PlacedSites place_sites(const Scenario& scenario, std::optional<TlsVersion> tls, StagePlan& stage, PkiPlan& pki) {
  return stage.target->has_policy() ? stand_in(scenario, stage, pki) : share_ports(scenario, tls, stage, pki);
}

}  // namespace mtls::run
