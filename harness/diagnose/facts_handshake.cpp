// Facts of the TLS handshake as the client saw it, and of alerts in both directions.
#include <algorithm>
#include <array>
#include <utility>

#include "harness/base/text.h"
#include "harness/diagnose/facts.h"

namespace mtls::diagnose {
namespace {

void alert_facts(const std::string& prefix, const Alert& alert, FactSheet& sheet) {
  sheet.number(prefix + ".number", alert.number);
  sheet.text(prefix + ".name", alert.name);
  sheet.text(prefix + ".phase", std::string(name(alert.phase)));
}

// Whether a key of this kind makes signatures by this scheme (RFC 8446, 4.2.3). TLS 1.3 ties ECDSA to one curve and has
// no PKCS#1 in its proof.
bool can_sign(const std::string& key, const std::string& scheme, bool tls13) {
  if (key.starts_with("RSA-PSS")) return scheme.starts_with("rsa_pss_pss");
  if (key.starts_with("RSA")) return scheme.starts_with("rsa_pss_rsae") || (!tls13 && scheme.starts_with("rsa_pkcs1"));
  if (key == "Ed25519" || key == "Ed448") return scheme == lower(key);
  if (!key.starts_with("EC")) return true;  // a kind of key that is not known here
  if (!scheme.starts_with("ecdsa")) return false;
  if (!tls13) return true;
  constexpr std::array<std::pair<std::string_view, std::string_view>, 3> curves{
      {{"EC-P-256", "ecdsa_secp256r1"}, {"EC-P-384", "ecdsa_secp384r1"}, {"EC-P-521", "ecdsa_secp521r1"}}};
  return std::none_of(curves.begin(), curves.end(), [&](const auto& one) { return one.first == key; }) ||
         std::any_of(curves.begin(), curves.end(),
                     [&](const auto& one) { return one.first == key && scheme.starts_with(one.second); });
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
  sheet.list("handshake.signatures", handshake.acceptable_signatures);
  if (!client.sent.presented || handshake.acceptable_signatures.empty()) return;
  const auto& all = handshake.acceptable_signatures;
  sheet.flag("client.signature_shared", std::any_of(all.begin(), all.end(), [&](const std::string& scheme) {
               return can_sign(client.sent.presented->leaf.key, scheme, handshake.version == "1.3");
             }));
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
          "handshake.issuers",
          "handshake.signatures",
          "client.signature_shared"};
}

}  // namespace mtls::diagnose
