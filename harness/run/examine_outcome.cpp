// What one probe came to, in words and as yes or no.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "harness/run/examine_conclude.h"

namespace mtls::run {
namespace {

// Answers of applications to those who got in, besides success and redirections.
constexpr std::array application_answers{401, 404, 405, 406, 409, 410, 415, 422, 429};

std::string alert_words(const Alert& alert) {
  return fmt::format("alert {}({}) {}", alert.name, alert.number,
                     alert.phase == AlertPhase::after ? "after the handshake" : "in the handshake");
}

}  // namespace

std::string purpose_of(const Probed& probed) {
  switch (probed.aim) {
    case Aim::bare: return "without a client certificate";
    case Aim::credential: return "with the credential";
    case Aim::stranger: return "with a certificate of an unknown CA, made for this probe";
    case Aim::other_version:
      return fmt::format("with the credential, only TLS {}", name(probed.observation.client.sent.versions.max));
    case Aim::without_chain: return "with the credential, without its chain";
    case Aim::upstream: return "the upstream, asked as the gateway asks it";
    case Aim::upstream_other_way:
      return probed.observation.client.sent.versions == TlsRange{}
                 ? "the upstream, asked by TLS"
                 : fmt::format("the upstream, asked as the gateway, only TLS {}",
                               name(probed.observation.client.sent.versions.max));
    case Aim::without_name: return "without a server name (SNI)";
    case Aim::other_name:
      return fmt::format("with {} as the server name (SNI)", probed.observation.client.sent.sni.value_or(""));
  }
  return {};
}

bool let_in(const Observation& observation) {
  const auto& http = observation.client.http;
  if (!http) return false;
  const bool application =
      std::find(application_answers.begin(), application_answers.end(), http->status) != application_answers.end();
  return application || (http->status >= 200 && http->status < 400);
}

bool turned_away(const Observation& observation) {
  const ClientView& client = observation.client;
  if (!client.connected || client.alert_sent || client.timed_out || !client.plaintext_answer.empty()) return false;
  if (client.http) return client.http->status >= 400 && client.http->status < 500;
  if (client.alert_received && client.alert_received->fatal) return true;
  return client.handshake.client_certificate_requested && client.closed != Closed::open;
}

std::string outcome_of(const Observation& observation) {
  const ClientView& client = observation.client;
  if (client.http) return fmt::format("HTTP {}", client.http->status);
  if (!client.connected) return client.failure.empty() ? "no connection" : client.failure;
  if (client.alert_received && client.alert_received->fatal) return alert_words(*client.alert_received);
  if (client.alert_sent && client.handshake.verify && client.handshake.verify->code != 0)
    return "the client broke off: " + client.handshake.verify->name;
  if (client.timed_out || client.closed == Closed::open)
    return client.failure.empty() ? "no answer in time" : client.failure;
  return client.failure.empty() ? "the connection was cut off" : client.failure;
}

}  // namespace mtls::run
