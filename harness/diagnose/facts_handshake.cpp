// Facts of the TLS handshake as the client saw it, and of alerts in both directions.
#include "harness/diagnose/facts.h"

namespace mtls::diagnose {
namespace {

void alert_facts(const std::string& prefix, const Alert& alert, FactSheet& sheet) {
  sheet.number(prefix + ".number", alert.number);
  sheet.text(prefix + ".name", alert.name);
  sheet.text(prefix + ".phase", std::string(name(alert.phase)));
}

}  // namespace

void handshake_facts(const Observation& observation, FactSheet& sheet) {
  const ClientView& client = observation.client;
  if (client.alert_received && client.alert_received->fatal) alert_facts("alert", *client.alert_received, sheet);
  if (client.alert_sent && client.alert_sent->fatal) alert_facts("alert.sent", *client.alert_sent, sheet);
  if (!client.sent.tls) return;
  const HandshakeView& handshake = client.handshake;
  sheet.flag("handshake.completed", handshake.completed);
  sheet.text("handshake.version", handshake.version);
  sheet.text("handshake.alpn", handshake.alpn);
  sheet.flag("handshake.resumed", handshake.resumed);
  sheet.flag("handshake.certificate_requested", handshake.client_certificate_requested);
  sheet.flag("handshake.certificate_sent", handshake.client_certificate_sent);
  sheet.list("handshake.issuers", handshake.acceptable_issuers);
}

Names handshake_fact_names() {
  return {"alert.number",
          "alert.name",
          "alert.phase",
          "alert.sent.number",
          "alert.sent.name",
          "alert.sent.phase",
          "handshake.completed",
          "handshake.version",
          "handshake.alpn",
          "handshake.resumed",
          "handshake.certificate_requested",
          "handshake.certificate_sent",
          "handshake.issuers"};
}

}  // namespace mtls::diagnose
