// One report that never changes, with every outcome and every kind of view in it: what golden files are made from.
#pragma once

#include "harness/model/report.h"

namespace mtls::reports {

inline constexpr std::int64_t fixed_now = 1795255200;  // 2026-11-21T10:00:00Z

inline CertificateView fixed_certificate(const std::string& name, const std::string& issuer) {
  CertificateView view;
  view.subject = "CN=" + name + ",O=mtlscheck TEST ONLY";
  view.issuer = "CN=" + issuer + ",O=mtlscheck TEST ONLY";
  view.serial = "0A1B2C";
  view.sans = {"DNS:" + name};
  view.not_before = fixed_now - 3600;
  view.not_after = fixed_now + 86400;
  view.sha256 = std::string(64, 'a');
  view.key = "EC-P-256";
  view.signature = "ecdsa-with-SHA256";
  view.has_key_usage = true;
  view.key_usage = {"digitalSignature"};
  view.has_extended_key_usage = true;
  view.extended_key_usage = {"clientAuth"};
  return view;
}

inline Observation fixed_observation() {
  Observation seen;
  seen.at = fixed_now;
  auto& client = seen.client;
  client.sent.sni = "gateway.test";
  client.sent.host = "gateway.test";
  client.sent.path = "/";
  client.sent.headers = {{"Authorization", "Bearer not-for-reports"}, {"X-Client-DN", "CN=admin"}};
  client.sent.alpn = {"http/1.1"};
  client.sent.nonce = "n-0001";
  client.sent.presented =
      CredentialView{fixed_certificate("client", "intermediate"), {}, true, VerifyResult{}, false, false};
  client.connected = true;
  client.source = "127.0.0.11";
  client.handshake.completed = true;
  client.handshake.version = "1.3";
  client.handshake.cipher = "TLS_AES_256_GCM_SHA384";
  client.handshake.group = "x25519";
  client.handshake.alpn = "http/1.1";
  client.handshake.client_certificate_requested = true;
  client.handshake.client_certificate_sent = true;
  client.handshake.acceptable_issuers = {"CN=root,O=mtlscheck TEST ONLY"};
  client.handshake.acceptable_signatures = {"ecdsa_secp256r1_sha256", "rsa_pss_rsae_sha256"};
  client.handshake.server_chain = {fixed_certificate("gateway.test", "intermediate")};
  client.handshake.verify = VerifyResult{0, "ok", 0, {}};
  client.closed = Closed::clean;
  client.timeline = {{0, "client", "handshake", "ClientHello"}, {812, "gateway", "handshake", "CertificateRequest"}};
  seen.gateway.log_available = true;
  seen.gateway.kind = "nginx";
  seen.upstream.watched = true;
  seen.upstream.kind = "witness";
  return seen;
}

inline Observation fixed_refusal() {
  auto seen = fixed_observation();
  seen.client.http =
      HttpView{400, "1.1", {{"Server", "nginx"}, {"Set-Cookie", "session=not-for-reports"}}, "<html>400</html>", false};
  seen.client.curl = CurlView{0, "", 400};
  seen.gateway.log = {"2026/11/21 10:00:00 [info] client SSL certificate verify error: (10:certificate has expired)"};
  return seen;
}

inline Observation fixed_admission() {
  auto seen = fixed_observation();
  seen.client.http = HttpView{200, "1.1", {}, "ok", false};
  seen.upstream.reached = true;
  seen.upstream.connections = 1;
  seen.upstream.requests = {{"n-0001", "GET", "/", "gateway.test", {{"X-Client-DN", "CN=client"}}, "CN=gateway", 200}};
  UpstreamHandshake handshake;
  handshake.completed = true;
  handshake.version = "1.3";
  handshake.sni = "upstream.test";
  handshake.client_subject = "CN=gateway";
  handshake.client_sha256 = std::string(64, 'b');
  handshake.client_verify = VerifyResult{0, "ok", 0, {}};
  seen.upstream.handshakes = {handshake};
  seen.upstream.presented =
      CredentialView{fixed_certificate("upstream.test", "root"), {}, true, std::nullopt, false, false};
  return seen;
}

inline Observation fixed_alert() {
  auto seen = fixed_observation();
  seen.client.alert_received = Alert{45, "certificate_expired", true, AlertPhase::after};
  seen.client.closed = Closed::abrupt;
  seen.client.timeline.push_back({1904, "gateway", "alert", "fatal certificate_expired(45)"});
  return seen;
}

inline Observation fixed_examination() {
  Observation seen;
  seen.at = fixed_now;
  seen.material = MaterialView{};
  seen.material->credential.leaf = fixed_certificate("client", "intermediate");
  seen.material->pkcs12_opens = true;
  seen.material->crls = {CrlView{"CN=root", fixed_now - 3600, fixed_now + 86400, {"0A1B2C"}}};
  return seen;
}

inline Diagnosis fixed_diagnosis() {
  Diagnosis diagnosis;
  diagnosis.code = "client-cert-expired";
  diagnosis.confidence = 0.97;
  diagnosis.party = Party::client;
  diagnosis.cause = "The client's certificate has expired.";
  diagnosis.evidence = {"the gateway's log says (10:certificate has expired)", "notAfter is 2026-11-20T10:00:00Z"};
  diagnosis.remedy = "Issue a new certificate.";
  diagnosis.remedy_for = {{"nginx", "Issue a new certificate; nginx needs no reload for it."}};
  diagnosis.references = {"RFC 5280 4.1.2.5"};
  return diagnosis;
}

inline StepRecord fixed_step(Observation seen, const Finding& finding, const std::string& planted = "") {
  StepRecord step;
  step.title = "the request";
  step.observation = std::move(seen);
  step.verdict.findings = {finding};
  step.planted = planted;
  if (!planted.empty()) step.diagnoses = {fixed_diagnosis()};
  return step;
}

inline CaseRecord fixed_case(const std::string& id, const std::string& gateway, Outcome outcome,
                             std::vector<StepRecord> steps) {
  CaseRecord record;
  record.id = id;
  record.gateway = gateway;
  record.variant = {{"tls", "1.3"}};
  record.title = "Title of " + id;
  record.sort = "conformance";
  record.references = {"RFC 5280 4.1.2.5", "S0.12"};
  record.controls = {"F3"};
  record.outcome = outcome;
  record.took_ms = 12.3456;
  record.file = "scenarios/" + id + ".json";
  record.control = {{"main", "client", true, "HTTP 200"}};
  record.steps = std::move(steps);
  record.reproduce.mtlscheck = "mtlscheck run --gateway " + gateway + " --scenario " + id + " --tls 1.3";
  record.reproduce.curl = "curl --cert chain.crt --key key.pem https://gateway.test:9443/";
  return record;
}

inline Report fixed_report() {
  const Finding held{"refused", Level::must, true, "the request is refused, and the upstream sees nothing of it",
                     "HTTP 400; the upstream saw 0 requests with this nonce"};
  const Finding let_in{"refused", Level::must, false, held.expected,
                       "HTTP 200; the upstream saw 1 request with this nonce"};
  const Finding status{"status", Level::should, false, "HTTP 400", "alert certificate_expired(45) after the handshake"};
  Report report;
  report.complete = true;
  report.tool_version = "0.1.0";
  report.openssl_version = "OpenSSL 3.0.19";
  report.libcurl_version = "7.88.1";
  report.run_id = "0123456789abcdef";
  report.started_ms = fixed_now * 1000 + 123;
  report.finished_ms = fixed_now * 1000 + 1623;
  report.duration_ms = 1500.0004;
  report.seed = 42;
  report.jobs = 4;
  report.command = {"mtlscheck", "run", "--jobs", "4"};
  report.os = "Debian GNU/Linux 12";
  report.kernel = "6.1.0";
  report.cpus = 2;
  report.gateways = {{"nginx", "1.22.1", "/usr/sbin/nginx", {"crl", "client-auth"}, 13.2, 7, ""},
                     {"haproxy", "2.6.12", "/usr/sbin/haproxy", {"crl"}, 52.1, 7, ""}};
  const auto add = [&](const std::string& id, const std::string& gateway, Outcome outcome,
                       std::vector<StepRecord> steps, const std::string& code = "", const std::string& reason = "") {
    auto record = fixed_case(id, gateway, outcome, std::move(steps));
    record.reason_code = code;
    record.reason = reason;
    report.cases.push_back(std::move(record));
  };
  add("client-auth/expired", "nginx", Outcome::pass, {fixed_step(fixed_refusal(), held, "client-cert-expired")});
  add("client-auth/expired", "haproxy", Outcome::warn, {fixed_step(fixed_alert(), status, "client-cert-expired")},
      "wrong-status", "expected: HTTP 400; observed: alert certificate_expired(45) after the handshake");
  add("client-auth/missing", "nginx", Outcome::fail, {fixed_step(fixed_admission(), let_in, "client-cert-missing")},
      "unexpected-accept", "expected: " + let_in.expected + "; observed: " + let_in.observed);
  add("client-auth/missing", "haproxy", Outcome::known, {fixed_step(fixed_admission(), let_in)}, "unexpected-accept",
      "a documented deviation");
  add("material/bundle", "nginx", Outcome::pass,
      {fixed_step(fixed_examination(), {"material_pkcs12_opens", Level::must, true, "opens", "it opened"})});
  auto silent =
      fixed_step(fixed_observation(), {"refused", Level::must, false, held.expected, "no answer before the deadline"});
  silent.verdict.undecided = "no answer came before the deadline";
  add("revocation/ocsp", "nginx", Outcome::error, {silent}, "undecided", silent.verdict.undecided);
  add("revocation/ocsp", "haproxy", Outcome::unsupported, {}, "", "needs ocsp: haproxy does not check it");
  add("revocation/reload", "nginx", Outcome::skip, {}, "", "interrupted");
  return report;
}

}  // namespace mtls::reports
