// Observations for tests: a good client let in, and what turns it into the ways in which things go wrong.
#pragma once

#include <string>

#include "harness/model/observation.h"

namespace mtls::run::sample {

inline constexpr std::int64_t now = 1'800'000'000;

inline CertificateView certificate(const std::string& subject, const std::string& issuer) {
  CertificateView view;
  view.subject = "CN=" + subject + ",O=Lab";
  view.issuer = "CN=" + issuer + ",O=Lab";
  view.serial = "0A";
  view.not_before = now - 3600;
  view.not_after = now + 3600;
  view.key = "EC-P-256";
  view.security_bits = 128;
  view.signature = "ecdsa-with-SHA256";
  view.has_extended_key_usage = true;
  view.extended_key_usage = {"clientAuth"};
  view.subject_key_id = "id of " + subject;
  view.authority_key_id = "id of " + issuer;
  view.self_signed = subject == issuer;
  return view;
}

inline CertificateView authority(const std::string& subject, const std::string& issuer) {
  CertificateView view = certificate(subject, issuer);
  view.has_extended_key_usage = false;
  view.authority = true;
  return view;
}

inline CredentialView credential() {
  CredentialView view;
  view.leaf = certificate("client", "intermediate");
  view.chain = {authority("intermediate", "root")};
  view.verify = VerifyResult{0, "ok", 0, {}};
  return view;
}

// A good client, let in by a site that names the root.
inline Observation healthy() {
  Observation observation;
  observation.at = now;
  ClientView& client = observation.client;
  client.connected = true;
  client.sent.sni = "gateway.test";
  client.sent.host = "gateway.test";
  client.sent.presented = credential();
  HandshakeView& handshake = client.handshake;
  handshake.completed = true;
  handshake.version = "1.3";
  handshake.client_certificate_requested = true;
  handshake.client_certificate_sent = true;
  handshake.acceptable_issuers = {"CN=root,O=Lab"};
  CertificateView server = certificate("gateway.test", "intermediate");
  server.sans = {"DNS:gateway.test"};
  handshake.server_chain = {server, authority("intermediate", "root")};
  handshake.verify = VerifyResult{0, "ok", 0, {}};
  client.http = HttpView{200, "1.1", {}, "ok", false};
  client.closed = Closed::clean;
  observation.gateway.kind = "nginx";
  observation.gateway.log_available = true;
  observation.upstream.watched = true;
  observation.upstream.reached = true;
  UpstreamRequest request;
  request.headers = {{"X-Client-DN", "CN=client,O=Lab"}};
  observation.upstream.requests = {request};
  return observation;
}

inline void unreached(Observation& observation, int status, const std::string& body) {
  observation.client.http = HttpView{status, "1.1", {}, body, false};
  observation.upstream.reached = false;
  observation.upstream.requests.clear();
}

// As nginx refuses a certificate: its page, and its line.
inline void refused_by_nginx(Observation& observation, const std::string& error) {
  unreached(observation, 400, "<center>The SSL certificate error</center>");
  observation.gateway.log = {"[info] 1#1: *2 client SSL certificate verify error: (" + error +
                             ") while reading client request headers, client: 127.0.0.2, server: gateway.test"};
}

inline void without_certificate(Observation& observation) {
  observation.client.sent.presented.reset();
  observation.client.handshake.client_certificate_sent = false;
}

inline void alerted(Observation& observation, int number) {
  unreached(observation, 0, "");
  observation.client.http.reset();
  observation.client.alert_received = Alert{number, "an alert", true, AlertPhase::after};
}

inline void server_rejected(Observation& observation, int error) {
  unreached(observation, 0, "");
  observation.client.http.reset();
  observation.client.handshake.verify = VerifyResult{error, "words", 0, {error}};
  observation.client.alert_sent = Alert{48, "unknown_ca", true, AlertPhase::handshake};
}

inline CredentialView foreign() {
  CredentialView view = credential();
  view.leaf = certificate("client", "other intermediate");
  view.chain = {authority("other intermediate", "other root")};
  view.verify = VerifyResult{20, "unable to get local issuer certificate", 1, {20}};
  return view;
}

inline CredentialView self_signed() {
  CredentialView view = credential();
  view.leaf = certificate("client", "client");
  view.chain.clear();
  view.verify = VerifyResult{18, "self-signed certificate", 0, {18}};
  return view;
}

inline CredentialView deep() {
  CredentialView view = credential();
  view.leaf = certificate("client", "third");
  view.chain = {authority("third", "second"), authority("second", "intermediate"), authority("intermediate", "root")};
  return view;
}

inline void behind_tls(Observation& observation) {
  observation.upstream.tls = true;
  observation.upstream.wants_client_certificate = true;
  observation.upstream.connections = 1;
  CredentialView presented = credential();
  presented.leaf = certificate("upstream.test", "intermediate");
  presented.leaf.sans = {"DNS:upstream.test"};
  observation.upstream.presented = presented;
  UpstreamHandshake handshake;
  handshake.completed = true;
  handshake.sni = "upstream.test";
  handshake.client_subject = "CN=gateway,O=Lab";
  observation.upstream.handshakes = {handshake};
}

}  // namespace mtls::run::sample
