// Facts of what stood behind the gateway: what it presents, who came, and what it answered.
#include <algorithm>

#include "harness/diagnose/certificate_names.h"
#include "harness/diagnose/facts.h"

namespace mtls::diagnose {
namespace {

void alert_fact(const char* name, const std::optional<Alert>& alert, FactSheet& sheet) {
  if (alert && alert->fatal) sheet.number(name, alert->number);
}

// Gateways try again where an upstream fails; the last handshake is the one that the client's answer came of.
void handshake_facts_of(const std::vector<UpstreamHandshake>& handshakes, FactSheet& sheet) {
  sheet.number("upstream.handshake.count", static_cast<std::int64_t>(handshakes.size()));
  if (handshakes.empty()) return;
  const UpstreamHandshake& last = handshakes.back();
  const auto any = [&](auto test) { return std::any_of(handshakes.begin(), handshakes.end(), test); };
  sheet.flag("upstream.handshake.completed", last.completed);
  sheet.flag("upstream.handshake.not_tls", any([](const UpstreamHandshake& one) { return !one.tls; }));
  sheet.text("upstream.handshake.version", last.version);
  sheet.text("upstream.failure", last.failure);
  sheet.flag("upstream.sni_sent", last.sni.has_value());
  sheet.text("upstream.sni", last.sni.value_or(""));
  sheet.flag("upstream.client_presented", any([](const UpstreamHandshake& one) {
               return !one.client_subject.empty() || !one.client_sha256.empty();
             }));
  sheet.text("upstream.client_subject", last.client_subject);
  if (last.client_verify) {
    sheet.number("upstream.client_verify.code", last.client_verify->code);
    sheet.text("upstream.client_verify.name", last.client_verify->name);
    sheet.numbers("upstream.client_verify.all", last.client_verify->all);
  }
  for (const UpstreamHandshake& one : handshakes) {
    alert_fact("upstream.alert_sent.number", one.alert_sent, sheet);
    alert_fact("upstream.alert_received.number", one.alert_received, sheet);
  }
}

void request_facts(const std::vector<UpstreamRequest>& requests, FactSheet& sheet) {
  sheet.number("upstream.request.count", static_cast<std::int64_t>(requests.size()));
  if (requests.empty()) return;
  sheet.number("upstream.request.status", requests.back().answered);
  sheet.flag("upstream.request.refused", requests.back().answered >= 400);
  sheet.text("upstream.request.client_subject", requests.back().client_subject);
}

}  // namespace

void upstream_facts(const Observation& observation, FactSheet& sheet) {
  const UpstreamView& upstream = observation.upstream;
  sheet.flag("upstream.watched", upstream.watched);
  if (!upstream.watched) return;
  sheet.flag("upstream.reached", upstream.reached);
  sheet.number("upstream.connections", upstream.connections);
  sheet.text("upstream.kind", upstream.kind);
  sheet.flag("upstream.tls", upstream.tls);
  sheet.flag("upstream.wants_client_certificate", upstream.wants_client_certificate);
  handshake_facts_of(upstream.handshakes, sheet);
  request_facts(upstream.requests, sheet);
  if (!upstream.presented) return;
  credential_facts("upstream.presented", *upstream.presented, observation.at, sheet);
  if (!upstream.handshakes.empty() && upstream.handshakes.back().sni) {
    sheet.flag("upstream.presented.covers_sni", covers(upstream.presented->leaf, *upstream.handshakes.back().sni));
  }
}

Names upstream_fact_names() {
  Names names{"upstream.watched",
              "upstream.reached",
              "upstream.connections",
              "upstream.kind",
              "upstream.tls",
              "upstream.wants_client_certificate",
              "upstream.handshake.count",
              "upstream.handshake.completed",
              "upstream.handshake.not_tls",
              "upstream.handshake.version",
              "upstream.failure",
              "upstream.sni_sent",
              "upstream.sni",
              "upstream.client_presented",
              "upstream.client_subject",
              "upstream.client_verify.code",
              "upstream.client_verify.name",
              "upstream.client_verify.all",
              "upstream.alert_sent.number",
              "upstream.alert_received.number",
              "upstream.request.count",
              "upstream.request.status",
              "upstream.request.refused",
              "upstream.request.client_subject",
              "upstream.presented.covers_sni"};
  const Names presented = credential_fact_names("upstream.presented");
  names.insert(names.end(), presented.begin(), presented.end());
  return names;
}

}  // namespace mtls::diagnose
