// What was seen, as sentences for people, and the questions about it that several claims ask.
#include <fmt/format.h>

#include "harness/base/openssl.h"
#include "harness/judge/weigh.h"

namespace mtls::judge {

namespace {

constexpr int close_notify = 0;

bool success(int status) {
  return status >= 200 && status < 300;
}

bool alert_says_no(const ClientView& client) {
  return client.alert_received && client.alert_received->number != close_notify;
}

bool answered(const ClientView& client) {
  return alert_says_no(client) || (client.http && client.http->status != 0) || client.alert_sent ||
         client.closed != Closed::open || !client.plaintext_answer.empty();
}

}  // namespace

bool admitted(const Observation& observation) {
  const auto& http = observation.client.http;
  return http && success(http->status) && (!observation.upstream.watched || observation.upstream.reached);
}

std::vector<const UpstreamRequest*> own_requests(const Observation& observation) {
  const auto& nonce = observation.client.sent.nonce;
  std::vector<const UpstreamRequest*> own;
  for (const auto& request : observation.upstream.requests) {
    if (nonce.empty() || request.nonce == nonce) own.push_back(&request);
  }
  return own;
}

bool taken_up(const Observation& observation) {
  const auto own = own_requests(observation);
  if (own.empty()) return observation.upstream.reached;
  for (const auto* request : own) {
    if (request->answered < 400) return true;
  }
  return false;
}

bool client_broke_off(const ClientView& client) {
  return client.alert_sent && client.alert_sent->number != close_notify && !alert_says_no(client) && !client.http;
}

std::string silence(const Observation& observation) {
  const auto& client = observation.client;
  if (!client.connected) {
    if (client.connect_error.empty()) return "no connection was made";
    return "no connection was made: " + client.connect_error;
  }
  if (!observation.gateway.alive) return "the gateway no longer lived after the trial";
  if (answered(client)) return "";
  std::string what = client.timed_out ? "no answer came before the deadline" : "the trial ended without an answer";
  return client.failure.empty() ? what : what + ": " + client.failure;
}

std::string alert_words(int number, const std::string& name) {
  return fmt::format("{}({})", name.empty() ? std::string(alert_name(number)) : name, number);
}

std::string describe(const Alert& alert) {
  const auto phase = alert.phase == AlertPhase::after ? "after the handshake" : "in the handshake";
  return fmt::format("alert {} {}", alert_words(alert.number, alert.name), phase);
}

std::string describe(const VerifyResult& verify) {
  return verify.name.empty() ? std::to_string(verify.code) : fmt::format("{} ({})", verify.code, verify.name);
}

std::string describe_break_off(const ClientView& client) {
  const auto& verify = client.handshake.verify;
  if (verify && verify->code != 0) {
    return fmt::format("the client broke off: server certificate does not verify, {}", describe(*verify));
  }
  return client.alert_sent ? "the client broke off with " + describe(*client.alert_sent) : "the client broke off";
}

std::string describe_answer(const ClientView& client) {
  if (client.http && client.http->status != 0) return fmt::format("HTTP {}", client.http->status);
  if (alert_says_no(client)) return describe(*client.alert_received);
  if (client_broke_off(client)) return describe_break_off(client);
  const auto phase = client.handshake.completed ? "after the handshake"
                     : client.sent.tls          ? "in the handshake"
                                                : "without an answer";
  switch (client.closed) {
    case Closed::clean: return fmt::format("the gateway closed the connection {}", phase);
    case Closed::abrupt: return fmt::format("the gateway broke off the connection {}", phase);
    case Closed::open: break;
  }
  return client.timed_out ? "no answer before the deadline" : "no answer";
}

std::string describe_arrivals(const Observation& observation) {
  if (!observation.upstream.watched) return "no upstream was watched";
  const auto own = own_requests(observation);
  if (own.empty() && observation.upstream.reached) return "the upstream saw this nonce";
  std::string said =
      fmt::format("the upstream saw {} request{} with this nonce", own.size(), own.size() == 1 ? "" : "s");
  for (std::size_t i = 0; i < own.size() && i < 3; ++i) {
    said += fmt::format("{} {}", i == 0 ? ", answered" : " and", own[i]->answered);
  }
  return said;
}

}  // namespace mtls::judge
