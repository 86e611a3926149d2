// Reads the log lines of fixtures/upstreams/nginx: fields key=value, tabs between.
#include "harness/run/nginx_upstream.h"

#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include <charconv>

#include "harness/base/text.h"

namespace mtls::run {
namespace {

std::map<std::string, std::string, std::less<>> fields_of(std::string_view line) {
  std::map<std::string, std::string, std::less<>> fields;
  for (const std::string& field : split(line, '\t')) {
    const auto equals = field.find('=');
    if (equals == std::string::npos) continue;
    const std::string value = field.substr(equals + 1);
    fields[field.substr(0, equals)] = value == "-" ? std::string{} : value;
  }
  return fields;
}

// nginx gives the words only ("FAILED:certificate has expired"); the number behind them is OpenSSL's.
VerifyResult verify_result(std::string_view words) {
  constexpr std::string_view failed = "FAILED:";
  if (!words.starts_with(failed)) return {X509_V_OK, "ok", 0, {}};
  words.remove_prefix(failed.size());
  for (int code = 1; code < 100; ++code)
    if (words == X509_verify_cert_error_string(code)) return {code, std::string(words), 0, {code}};
  return {X509_V_ERR_UNSPECIFIED, std::string(words), 0, {X509_V_ERR_UNSPECIFIED}};
}

UpstreamHandshake handshake_of(const std::map<std::string, std::string, std::less<>>& fields) {
  UpstreamHandshake handshake;
  handshake.completed = true;
  const std::string& version = fields.at("tls");
  handshake.version = version.starts_with("TLSv") ? version.substr(4) : version;
  if (!fields.at("sni").empty()) handshake.sni = fields.at("sni");
  handshake.client_subject = fields.at("client_dn");
  const std::string& verify = fields.at("verify");
  if (!verify.empty() && verify != "NONE") handshake.client_verify = verify_result(verify);
  return handshake;
}

}  // namespace

void note_nginx_upstream(std::string_view line, const std::map<std::string, UpstreamView*>& by_nonce) {
  auto fields = fields_of(line);
  const auto view = by_nonce.find(fields["nonce"]);
  if (view == by_nonce.end() || fields["nonce"].empty()) return;
  for (const char* key : {"status", "method", "uri", "host", "tls", "sni", "verify", "client_dn", "identity"})
    fields.try_emplace(key);
  UpstreamRequest request{fields["nonce"], fields["method"], fields["uri"], fields["host"], {}, {}, 0};
  std::from_chars(fields["status"].data(), fields["status"].data() + fields["status"].size(), request.answered);
  if (!fields["identity"].empty()) request.headers.emplace_back("X-Client-DN", fields["identity"]);
  if (fields["verify"] == "SUCCESS") request.client_subject = fields["client_dn"];
  UpstreamView& seen = *view->second;
  seen.reached = seen.reached || request.answered < 400;
  ++seen.connections;
  seen.requests.push_back(std::move(request));
  if (!fields["tls"].empty()) seen.handshakes.push_back(handshake_of(fields));
}

}  // namespace mtls::run
