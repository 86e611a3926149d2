// Facts of what it came to: let in, refused, by whom, and whether the client's certificate was the reason.
#include <algorithm>
#include <array>

#include "harness/base/text.h"
#include "harness/diagnose/facts.h"

namespace mtls::diagnose {
namespace {

bool admitted(const Observation& observation) {
  const auto& http = observation.client.http;
  if (!http || http->status < 200 || http->status >= 300) return false;
  return !observation.upstream.watched || observation.upstream.reached;
}

// The client broke off over the chain that it was shown.
bool server_rejected(const ClientView& client) {
  const HandshakeView& handshake = client.handshake;
  if (client.http || client.alert_received || !handshake.verify || handshake.verify->code == 0) return false;
  return client.alert_sent.has_value() || !handshake.completed || !client.failure.empty();
}

bool body_says(const ClientView& client, std::string_view words) {
  return client.http && lower(client.http->body).find(words) != std::string::npos;
}

// Alerts by which a server judges a client's certificate (RFC 8446, 6.2).
bool judges_certificate(const Alert& alert) {
  constexpr std::array numbers{42, 43, 44, 45, 46, 48, 49, 51};
  return std::find(numbers.begin(), numbers.end(), alert.number) != numbers.end();
}

// In TLS 1.3 a refusal can be nothing but a connection that ends after the handshake: the alert is easily lost, and
// some gateways send none.
bool cut_off(const Observation& observation) {
  const ClientView& client = observation.client;
  return client.sent.tls && client.handshake.completed && !client.http && !client.alert_received &&
         !client.alert_sent && !client.timed_out && client.closed != Closed::open;
}

bool upstream_answered(const Observation& observation) {
  const UpstreamView& upstream = observation.upstream;
  return upstream.watched && (upstream.reached || !upstream.requests.empty());
}

bool upstream_failed_in_handshake(const UpstreamView& upstream) {
  return std::any_of(upstream.handshakes.begin(), upstream.handshakes.end(), [](const UpstreamHandshake& one) {
    return !one.completed || one.alert_sent || one.alert_received;
  });
}

// The gateway itself turned the client away, and for its certificate.
bool certificate_refused(const Observation& observation, const FactSheet& sheet) {
  const ClientView& client = observation.client;
  if (!client.sent.presented || !client.sent.tls || admitted(observation) || server_rejected(client)) return false;
  if (upstream_answered(observation)) return false;
  if (client.http && client.http->status >= 500) return false;
  if (sheet.has("gateway.verify.error") || sheet.list_has("gateway.log.says", "client-certificate-refused"))
    return true;
  if (body_says(client, "ssl certificate error") || (client.http && client.http->status == 495)) return true;
  if (client.alert_received && judges_certificate(*client.alert_received)) return true;
  return cut_off(observation) && client.handshake.client_certificate_sent;
}

bool no_certificate_refused(const Observation& observation, const FactSheet& sheet) {
  const ClientView& client = observation.client;
  if (client.handshake.client_certificate_sent || !client.sent.tls || admitted(observation)) return false;
  if (server_rejected(client) || upstream_answered(observation)) return false;
  if (sheet.list_has("gateway.log.says", "client-certificate-missing")) return true;
  if (body_says(client, "no required ssl certificate") || (client.http && client.http->status == 496)) return true;
  if (client.alert_received && client.alert_received->number == 116) return true;
  const bool handshake_failure = client.alert_received && client.alert_received->number == 40;
  return client.handshake.client_certificate_requested && (handshake_failure || cut_off(observation));
}

}  // namespace

void outcome_facts(const Observation& observation, FactSheet& sheet) {
  const ClientView& client = observation.client;
  const bool in = admitted(observation);
  const bool answered = client.http.has_value() || client.alert_received.has_value() || client.closed != Closed::open;
  sheet.flag("outcome.admitted", in);
  sheet.flag("outcome.refused", client.connected && !in && answered);
  sheet.flag("outcome.silent", client.connected && !answered && client.timed_out);
  sheet.flag("outcome.cut_off", cut_off(observation));
  sheet.flag("outcome.server_rejected", server_rejected(client));
  sheet.flag("outcome.certificate_refused", certificate_refused(observation, sheet));
  sheet.flag("outcome.no_certificate_refused", no_certificate_refused(observation, sheet));
  sheet.flag("outcome.upstream_answered", upstream_answered(observation));
  sheet.flag("outcome.upstream_handshake_failed", upstream_failed_in_handshake(observation.upstream));
  sheet.flag("outcome.gateway_error", client.http && client.http->status >= 500 && !upstream_answered(observation));
}

Names outcome_fact_names() {
  return {"outcome.admitted",
          "outcome.refused",
          "outcome.silent",
          "outcome.cut_off",
          "outcome.server_rejected",
          "outcome.certificate_refused",
          "outcome.no_certificate_refused",
          "outcome.upstream_answered",
          "outcome.upstream_handshake_failed",
          "outcome.gateway_error"};
}

}  // namespace mtls::diagnose
