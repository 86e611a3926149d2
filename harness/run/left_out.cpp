// Sets the outcome of cases that do not run.
#include "harness/run/left_out.h"

#include <algorithm>

#include "harness/run/live_needs.h"

namespace mtls::run {
namespace {

bool needs_nginx_upstream(const Scenario& scenario) {
  return std::any_of(scenario.sites.begin(), scenario.sites.end(),
                     [](const SiteSpec& site) { return site.upstream.kind == UpstreamKind::nginx; });
}

bool not_at_hand(std::string missing, CaseRecord& record) {
  if (missing.empty()) return false;
  record.outcome = Outcome::skip;
  record.reason_code = "not-at-hand";
  record.reason = std::move(missing);
  return true;
}

}  // namespace

bool left_out(const Scenario& scenario, std::optional<TlsVersion> tls, const Target& target, const Options& options,
              CaseRecord& record) {
  if (target.live) return not_at_hand(missing_for(scenario, tls, offer_of(*target.live)), record);
  for (const std::string& capability : scenario.requires_) {
    const auto& has = target.kind.capabilities;
    if (std::find(has.begin(), has.end(), capability) != has.end()) continue;
    const auto why = target.kind.lacks.find(capability);
    record.outcome = Outcome::unsupported;
    record.reason_code = "capability-missing";
    record.reason = target.kind.kind + " lacks " + capability +
                    (why == target.kind.lacks.end() ? std::string{} : ": " + why->second);
    return true;
  }
  if (target.kind.is_own())
    return not_at_hand(missing_for(scenario, tls, offer_of(target.kind, options.standard_pki)), record);
  if (needs_nginx_upstream(scenario) && !options.nginx_upstream) {
    record.outcome = Outcome::skip;
    record.reason_code = "program-missing";
    record.reason = "needs a real nginx as upstream, and none is installed";
    return true;
  }
  return false;
}

}  // namespace mtls::run
