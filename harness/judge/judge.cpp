// Claims against an observation, one finding each, and whether the observation decides anything at all.
#include "harness/judge/judge.h"

#include "harness/judge/weigh.h"

namespace mtls::judge {

namespace {

struct Word {
  std::string operator()(const Admitted&) const { return "admitted"; }
  std::string operator()(const Refused&) const { return "refused"; }
  std::string operator()(const ServerRejected&) const { return "server_rejected"; }
  std::string operator()(const ServerVerifies&) const { return "server_verifies"; }
  std::string operator()(const StatusIs&) const { return "status"; }
  std::string operator()(const AlertIs&) const { return "alert"; }
  std::string operator()(const CertificateRequested&) const { return "certificate_requested"; }
  std::string operator()(const IssuersName&) const { return "issuers_name"; }
  std::string operator()(const Resumed&) const { return "resumed"; }
  std::string operator()(const UpstreamReached&) const { return "upstream_reached"; }
  std::string operator()(const UpstreamRefused&) const { return "upstream_refused"; }
  std::string operator()(const UpstreamSawClient&) const { return "upstream_saw_client"; }
  std::string operator()(const UpstreamSni&) const { return "upstream_sni"; }
  std::string operator()(const UpstreamHeader&) const { return "upstream_header"; }
  std::string operator()(const LogSays&) const { return "log_says"; }
  std::string operator()(const TimelineShows&) const { return "timeline_shows"; }
  std::string operator()(const CurlExit&) const { return "curl_exit"; }
  std::string operator()(const Named&) const { return "named"; }
  std::string operator()(const MaterialVerifies&) const { return "material_verifies"; }
  std::string operator()(const MaterialUsage&) const { return "material_usage"; }
  std::string operator()(const MaterialPkcs12Opens&) const { return "material_pkcs12_opens"; }
  std::string operator()(const MaterialListed&) const { return "material_listed"; }
  std::string operator()(const MaterialCrlComplete&) const { return "material_crl_complete"; }
};

// Why this claim decides nothing; empty: it does.
std::string undecided_by(const Weighed& weighed, const std::string& silent) {
  if (!weighed.undecided.empty()) return weighed.undecided;
  switch (weighed.needs) {
    case Needs::nothing: return "";
    case Needs::evidence: return weighed.held ? "" : silent;
    case Needs::answer: return silent;
  }
  return "";
}

}  // namespace

std::string word(const Statement& statement) {
  return std::visit(Word{}, statement);
}

Verdict judge(const std::vector<Claim>& claims, const Observation& observation, const std::vector<Diagnosis>& diagnoses,
              const Names& names) {
  const Scene scene{observation, diagnoses, names};
  const auto silent = silence(observation);
  Verdict verdict;
  for (const auto& claim : claims) {
    const auto weighed = std::visit([&](const auto& statement) { return weigh(statement, scene); }, claim.statement);
    const auto why = undecided_by(weighed, silent);
    if (verdict.undecided.empty() && claim.level != Level::may) verdict.undecided = why;
    Finding finding{word(claim.statement), claim.level, weighed.held && why.empty(), weighed.expected,
                    weighed.observed};
    if (finding.observed.empty()) finding.observed = why;
    verdict.findings.push_back(std::move(finding));
  }
  return verdict;
}

}  // namespace mtls::judge
