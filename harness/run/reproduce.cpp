// Command lines for the last request of a case: what a reader would type to see it.
#include "harness/run/reproduce.h"

#include <fmt/format.h>

#include "harness/base/text.h"

namespace mtls::run {
namespace {

std::string mtlscheck_line(const CaseRecord& record) {
  std::string line = fmt::format("mtlscheck run --gateway {} --scenario {}", record.gateway, shell_quote(record.id));
  const auto tls = record.variant.find("tls");
  if (tls != record.variant.end()) line += " --tls " + tls->second;
  return line;
}

}  // namespace

Reproduce reproduce(const PlannedTrials& trials, const std::vector<Trial>& tried) {
  Reproduce lines;
  lines.mtlscheck = mtlscheck_line(trials.record);
  for (std::size_t n = trials.steps.size(); n-- > 0;) {
    const auto* request = std::get_if<Request>(&trials.steps[n].stimulus);
    if (!request) continue;
    client::Paths paths;
    if (!request->present.empty()) {
      paths.certificate = fmt::format("pki/credentials/{}/chain.crt", request->present);
      paths.key = fmt::format("pki/credentials/{}/key.pem", request->present);
    }
    if (!request->trust.empty()) paths.trust = fmt::format("pki/authorities/{}.crt", request->trust.front());
    lines.curl = client::curl_line(tried[n].probe, paths);
    lines.openssl = client::openssl_line(tried[n].probe, paths);
    break;
  }
  return lines;
}

}  // namespace mtls::run
