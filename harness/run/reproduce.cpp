// Command lines for the last request of a case: what a reader would type to see it.
#include "harness/run/reproduce.h"

#include <fmt/format.h>

#include "harness/base/text.h"

namespace mtls::run {
namespace {

std::string mtlscheck_line(const CaseRecord& record, const Live* live) {
  std::string line = "mtlscheck run ";
  if (live) line += fmt::format("--inventory {} ", shell_quote(live->gateway.inventory));
  line += fmt::format("--gateway {} --scenario {}", record.gateway, shell_quote(record.id));
  const auto tls = record.variant.find("tls");
  if (tls != record.variant.end()) line += " --tls " + tls->second;
  return line;
}

client::Paths minted_paths(const Request& request) {
  client::Paths paths;
  if (!request.present.empty()) {
    paths.certificate = fmt::format("pki/credentials/{}/chain.crt", request.present);
    paths.key = fmt::format("pki/credentials/{}/key.pem", request.present);
  }
  if (!request.trust.empty()) paths.trust = fmt::format("pki/authorities/{}.crt", request.trust.front());
  return paths;
}

// Nothing where the credential is in no file that curl and openssl read.
std::optional<client::Paths> given_paths(const Request& request, const RunningGateway& gateway) {
  client::Paths paths;
  paths.trust = gateway.trust;
  if (request.present.empty()) return paths;
  const auto given = gateway.credentials.find(request.present);
  if (given == gateway.credentials.end() || given->second.certificate.empty()) return std::nullopt;
  paths.certificate = given->second.certificate;
  paths.key = given->second.key.empty() ? given->second.certificate : given->second.key;
  return paths;
}

}  // namespace

Reproduce reproduce(const PlannedTrials& trials, const std::vector<Trial>& tried, const Live* live) {
  Reproduce lines;
  lines.mtlscheck = mtlscheck_line(trials.record, live);
  for (std::size_t n = trials.steps.size(); n-- > 0;) {
    const auto* request = std::get_if<Request>(&trials.steps[n].stimulus);
    if (!request) continue;
    std::optional<client::Paths> paths =
        live ? given_paths(*request, live->gateway) : std::optional(minted_paths(*request));
    if (!paths) break;
    paths->resumes = request->resume_step.has_value();
    lines.curl = client::curl_line(tried[n].probe, *paths);
    lines.openssl = client::openssl_line(tried[n].probe, *paths);
    break;
  }
  return lines;
}

}  // namespace mtls::run
