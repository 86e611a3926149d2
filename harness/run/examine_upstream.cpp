// Turns what a client meets at a server into what the gateway meets at its upstream.
#include "harness/run/examine_upstream.h"

#include <algorithm>
#include <array>
#include <utility>

#include "harness/run/examine_conclude.h"

namespace mtls::run {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 41> legs{{
    {"client-cert-missing", "upstream-client-cert-missing"},
    {"client-cert-untrusted-issuer", "upstream-client-cert-untrusted"},
    {"client-cert-self-signed", "upstream-client-cert-untrusted"},
    {"client-chain-incomplete", "upstream-client-cert-untrusted"},
    {"client-chain-too-long", "upstream-client-cert-untrusted"},
    {"client-ca-constraint-violated", "upstream-client-cert-untrusted"},
    {"gateway-trust-incomplete", "upstream-client-cert-untrusted"},
    {"client-cert-expired", "upstream-client-cert-expired"},
    {"client-ca-expired", "upstream-client-cert-expired"},
    {"client-cert-revoked", "upstream-client-cert-revoked"},
    {"client-ca-revoked", "upstream-client-cert-revoked"},
    {"client-cert-not-yet-valid", "upstream-client-cert-unusable"},
    {"client-cert-wrong-eku", "upstream-client-cert-unusable"},
    {"client-cert-wrong-key-usage", "upstream-client-cert-unusable"},
    {"client-cert-weak-key", "upstream-client-cert-unusable"},
    {"client-cert-weak-signature", "upstream-client-cert-unusable"},
    {"client-cert-unknown-critical-extension", "upstream-client-cert-unusable"},
    {"client-key-mismatch", "upstream-client-cert-unusable"},
    {"client-proof-invalid", "upstream-client-cert-unusable"},
    {"client-credential-unreadable", "upstream-client-cert-unusable"},
    {"client-trust-unreadable", "upstream-trust-incomplete"},
    {"server-cert-untrusted", "upstream-cert-untrusted"},
    {"server-cert-self-signed", "upstream-cert-untrusted"},
    {"server-chain-incomplete", "upstream-cert-untrusted"},
    {"server-cert-wrong-eku", "upstream-cert-untrusted"},
    {"server-cert-weak", "upstream-cert-untrusted"},
    {"server-cert-revoked", "upstream-cert-untrusted"},
    {"server-cert-expired", "upstream-cert-expired"},
    {"server-cert-not-yet-valid", "upstream-cert-expired"},
    {"server-name-mismatch", "upstream-name-mismatch"},
    {"sni-unknown", "upstream-sni-rejected"},
    {"sni-missing", "upstream-sni-missing"},
    {"protocol-version-unsupported", "upstream-protocol-version"},
    {"connection-refused", "upstream-refused"},
    {"connection-reset", "upstream-refused"},
    {"name-not-resolved", "upstream-refused"},
    {"connection-timeout", "upstream-timeout"},
    {"handshake-timeout", "upstream-timeout"},
    {"tls-to-plaintext-port", "upstream-speaks-plaintext"},
    {"plaintext-to-tls-port", "upstream-expects-tls"},
    {"client-identity-not-authorised", "upstream-client-cert-untrusted"},
}};

constexpr int issuer_of_an_issuer_missing = 2;

bool lacks_the_root(const ClientView& view) {
  const auto& verify = view.handshake.verify;
  return verify && std::find(verify->all.begin(), verify->all.end(), issuer_of_an_issuer_missing) != verify->all.end();
}

// A plain connection that ends without a byte says nothing of TLS; one that is silent says nothing at all.
std::string by_its_silence(const ClientView& view) {
  if (view.timed_out) return "upstream-timeout";
  const bool mute = !view.sent.tls && view.connected && !view.http && view.plaintext_answer.empty() &&
                    view.closed != Closed::open && view.failure.find("TLS") == std::string::npos;
  return mute ? "upstream-refused" : "";
}

}  // namespace

std::string on_the_upstream_leg(const std::string& code) {
  const auto found = std::find_if(legs.begin(), legs.end(), [&](const auto& row) { return row.first == code; });
  return found == legs.end() ? std::string() : std::string(found->second);
}

std::vector<Diagnosis> upstream_findings(const Observation& as_gateway, const diagnose::Rules& rules) {
  const std::string asked = "Asked as the gateway, the upstream gives: " + outcome_of(as_gateway) + ".";
  if (const std::string code = by_its_silence(as_gateway.client); !code.empty())
    return {diagnosis_of(code, 0.9, asked, rules)};
  if (lacks_the_root(as_gateway.client))
    return {
        diagnosis_of("upstream-trust-incomplete", 0.93,
                     "An issuer of the upstream's chain stands in the gateway's trust bundle, the root above it does "
                     "not.",
                     rules)};
  std::vector<Diagnosis> findings;
  for (const Diagnosis& seen : diagnose::diagnose(diagnose::facts(as_gateway, rules), rules)) {
    const std::string code = on_the_upstream_leg(seen.code);
    const bool known =
        std::any_of(findings.begin(), findings.end(), [&](const Diagnosis& one) { return one.code == code; });
    if (code.empty() || known) continue;
    findings.push_back(diagnosis_of(code, seen.confidence, asked, rules));
    findings.back().evidence.insert(findings.back().evidence.end(), seen.evidence.begin(), seen.evidence.end());
  }
  return findings;
}

}  // namespace mtls::run
