// What the three witnesses saw, as JSON (CONTRACT 5).
#include <algorithm>

#include "harness/base/time.h"
#include "reports/json_value.h"
#include "reports/printable.h"

namespace mtls::reports {

namespace {

// At most so many of a list; how many were left out stands beside it, under the list's name and "_left_out".
template <class List, class Writer>
void put_list(Json& into, const char* key, const List& list, std::size_t at_most, Writer write) {
  Json kept = Json::array();
  for (std::size_t i = 0; i < list.size() && i < at_most; ++i) kept.push_back(write(list[i]));
  into[key] = std::move(kept);
  if (list.size() > at_most) into[std::string(key) + "_left_out"] = list.size() - at_most;
}

template <class T>
Json or_null(const std::optional<T>& value, Json (*write)(const T&)) {
  return value ? write(*value) : Json(nullptr);
}

Json printed(const std::string& text) {
  return printable_line(text);
}

// An empty word means that there was none.
Json word(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(printable_line(text));
}

Json header(const Header& header) {
  return Json::array({printable_line(header.first), header_text(header)});
}

Json verify(const VerifyResult& result) {
  Json json{{"code", result.code}, {"name", printable_line(result.name)}, {"depth", result.depth}};
  put_list(json, "all", result.all, bounds.headers, [](int code) { return Json(code); });
  return json;
}

Json alert(const Alert& alert) {
  return {{"number", alert.number},
          {"name", printable_line(alert.name)},
          {"phase", name(alert.phase)},
          {"fatal", alert.fatal}};
}

Json certificate(const CertificateView& view) {
  Json json{{"subject", printable_line(view.subject)},
            {"issuer", printable_line(view.issuer)},
            {"serial", printable_line(view.serial)}};
  put_list(json, "sans", view.sans, bounds.headers, printed);
  json["not_before"] = utc(view.not_before);
  json["not_after"] = utc(view.not_after);
  json["sha256"] = printable_line(view.sha256);
  json["key"] = printable_line(view.key);
  json["signature"] = printable_line(view.signature);
  json["version"] = view.version;
  json["authority"] = view.authority;
  json["key_usage"] = view.has_key_usage ? to_json(view.key_usage, bounds.headers) : Json(nullptr);
  json["extended_key_usage"] =
      view.has_extended_key_usage ? to_json(view.extended_key_usage, bounds.headers) : Json(nullptr);
  json["self_signed"] = view.self_signed;
  return json;
}

Json credential(const CredentialView& view) {
  Json json{{"leaf", certificate(view.leaf)}};
  put_list(json, "chain", view.chain, 16, certificate);
  json["key_matches"] = view.key_matches;
  json["verify"] = or_null(view.verify, verify);
  json["listed_as_revoked"] = view.listed_as_revoked;
  json["chain_listed_as_revoked"] = view.chain_listed_as_revoked;
  return json;
}

Json sent(const Sent& sent) {
  Json json{{"tls", sent.tls},
            {"sni", sent.sni ? Json(printable_line(*sent.sni)) : Json(nullptr)},
            {"host", printable_line(sent.host)},
            {"path", printable_line(sent.path)}};
  put_list(json, "headers", sent.headers, bounds.headers, header);
  put_list(json, "alpn", sent.alpn, bounds.headers, printed);
  json["versions"] = {{"min", name(sent.versions.min)}, {"max", name(sent.versions.max)}};
  json["presented"] = or_null(sent.presented, credential);
  json["resumption_offered"] = sent.resumption_offered;
  json["nonce"] = printable_line(sent.nonce);
  return json;
}

Json handshake(const HandshakeView& view) {
  Json json{{"completed", view.completed},
            {"version", word(view.version)},
            {"cipher", word(view.cipher)},
            {"group", word(view.group)},
            {"alpn", word(view.alpn)},
            {"resumed", view.resumed},
            {"client_certificate_requested", view.client_certificate_requested},
            {"client_certificate_sent", view.client_certificate_sent}};
  put_list(json, "acceptable_issuers", view.acceptable_issuers, bounds.lines, printed);
  put_list(json, "acceptable_signatures", view.acceptable_signatures, bounds.lines, printed);
  put_list(json, "acceptable_key_types", view.acceptable_key_types, bounds.lines, printed);
  put_list(json, "server_chain", view.server_chain, 16, certificate);
  json["verify"] = or_null(view.verify, verify);
  return json;
}

Json http(const HttpView& view) {
  Json json{{"status", view.status}, {"version", printable_line(view.version)}};
  put_list(json, "headers", view.headers, bounds.headers, header);
  json["body"] = printable(view.body, 4096);
  json["truncated"] = view.truncated;
  return json;
}

Json curl(const CurlView& view) {
  return {{"exit", view.exit}, {"message", printable_line(view.message)}, {"status", view.status}};
}

Json timeline_entry(const TimelineEntry& entry) {
  return {{"us", entry.us},
          {"from", printable_line(entry.from)},
          {"record", printable_line(entry.record)},
          {"detail", printable_line(entry.detail)}};
}

Json client(const ClientView& view) {
  Json json{{"connected", view.connected},
            {"connect_error", word(view.connect_error)},
            {"source", word(view.source)},
            {"sent", sent(view.sent)},
            {"handshake", handshake(view.handshake)},
            {"alert_received", or_null(view.alert_received, alert)},
            {"alert_sent", or_null(view.alert_sent, alert)},
            {"closed", name(view.closed)},
            {"timed_out", view.timed_out},
            {"plaintext_answer", view.plaintext_answer},
            {"failure", word(view.failure)},
            {"http", or_null(view.http, http)},
            {"curl", or_null(view.curl, curl)}};
  put_list(json, "timeline", view.timeline, bounds.entries, timeline_entry);
  return json;
}

Json gateway(const GatewayView& view) {
  Json json{{"alive", view.alive}, {"kind", word(view.kind)}, {"log_available", view.log_available}};
  put_list(json, "log", view.log, bounds.lines, printed);
  return json;
}

Json request(const UpstreamRequest& request) {
  Json json{{"nonce", printable_line(request.nonce)},
            {"method", printable_line(request.method)},
            {"path", printable_line(request.path)},
            {"host", printable_line(request.host)}};
  put_list(json, "headers", request.headers, bounds.headers, header);
  json["client_subject"] = word(request.client_subject);
  json["answered"] = request.answered;
  return json;
}

Json upstream_handshake(const UpstreamHandshake& view) {
  return {{"completed", view.completed},
          {"tls", view.tls},
          {"version", word(view.version)},
          {"sni", view.sni ? Json(printable_line(*view.sni)) : Json(nullptr)},
          {"client_subject", word(view.client_subject)},
          {"client_sha256", word(view.client_sha256)},
          {"client_verify", or_null(view.client_verify, verify)},
          {"alert_received", or_null(view.alert_received, alert)},
          {"alert_sent", or_null(view.alert_sent, alert)},
          {"failure", word(view.failure)}};
}

Json upstream(const UpstreamView& view) {
  Json json{{"watched", view.watched},
            {"reached", view.reached},
            {"connections", view.connections},
            {"kind", word(view.kind)},
            {"tls", view.tls},
            {"presented", or_null(view.presented, credential)},
            {"wants_client_certificate", view.wants_client_certificate}};
  put_list(json, "requests", view.requests, bounds.headers, request);
  put_list(json, "handshakes", view.handshakes, bounds.headers, upstream_handshake);
  return json;
}

Json crl(const CrlView& view) {
  Json json{{"issuer", printable_line(view.issuer)},
            {"this_update", utc(view.this_update)},
            {"next_update", view.next_update == 0 ? Json(nullptr) : Json(utc(view.next_update))}};
  put_list(json, "revoked", view.revoked, bounds.entries, printed);
  return json;
}

Json material(const MaterialView& view) {
  Json json{{"credential", credential(view.credential)},
            {"pkcs12_opens", view.pkcs12_opens ? Json(*view.pkcs12_opens) : Json(nullptr)}};
  put_list(json, "crls", view.crls, bounds.headers, crl);
  json["crl_for_every_authority"] = view.crl_for_every_authority;
  return json;
}

}  // namespace

Json to_json(const std::vector<std::string>& lines, std::size_t at_most) {
  Json kept = Json::array();
  for (std::size_t i = 0; i < lines.size() && i < at_most; ++i) kept.push_back(printable_line(lines[i]));
  return kept;
}

Json to_json(const Observation& observation) {
  return {{"at", utc(observation.at)},
          {"client", client(observation.client)},
          {"gateway", gateway(observation.gateway)},
          {"upstream", upstream(observation.upstream)},
          {"material", or_null(observation.material, material)}};
}

}  // namespace mtls::reports
