// manifest.json of a minted PKI: what each piece is, where it lies, and what verification must say of it.
#include <algorithm>

#include "harness/base/time.h"
#include "reports/json_value.h"
#include "reports/printable.h"
#include "reports/reports.h"

namespace mtls::reports {

namespace {

template <class Names>
Json names_of(const Names& values) {
  Json json = Json::array();
  for (const auto value : values) json.push_back(name(value));
  return json;
}

template <class Names>
Json names_of(const std::optional<Names>& values) {
  return values ? names_of(*values) : Json(nullptr);
}

Json certificate(const CertificateSpec& spec, std::int64_t now) {
  Json json{{"name", printable_line(spec.name)},
            {"about", printable_line(spec.about)},
            {"issuer", spec.issuer.empty() ? Json(nullptr) : Json(printable_line(spec.issuer))},
            {"subject", printable_line(spec.subject)},
            {"sans", to_json(spec.sans, bounds.headers)},
            {"key", name(spec.key)},
            {"signature", name(spec.signature)},
            {"not_before", utc(now + spec.not_before.count())},
            {"not_after", utc(now + spec.not_after.count())},
            {"version", spec.version},
            {"authority", spec.authority}};
  if (spec.version == 3) {
    json["key_usage"] = names_of(spec.key_usage);
    json["extended_key_usage"] = names_of(spec.extended_key_usage);
  }
  if (spec.path_length) json["path_length"] = *spec.path_length;
  if (spec.unknown_critical_extension) json["unknown_critical_extension"] = true;
  return json;
}

Json authority(const CertificateSpec& spec, std::int64_t now) {
  auto json = certificate(spec, now);
  const auto stem = "authorities/" + printable_line(spec.name);
  json["files"] = {{"certificate", stem + ".crt"}, {"key", stem + ".key"}};
  return json;
}

// The issuers that are sent after the leaf, where the spec does not name them: all of them but the root.
Json chain(const CredentialSpec& credential, const PkiSpec& spec) {
  if (credential.chain) return to_json(*credential.chain, bounds.headers);
  Json json = Json::array();
  auto next = credential.certificate.issuer;
  for (std::size_t steps = 0; steps < spec.authorities.size() && !next.empty(); ++steps) {
    const auto named = [&](const CertificateSpec& each) { return each.name == next; };
    const auto issuer = std::find_if(spec.authorities.begin(), spec.authorities.end(), named);
    if (issuer == spec.authorities.end() || issuer->issuer.empty()) break;
    json.push_back(printable_line(issuer->name));
    next = issuer->issuer;
  }
  return json;
}

Json credential(const CredentialSpec& spec, const PkiSpec& pki, std::int64_t now) {
  auto json = certificate(spec.certificate, now);
  json["chain"] = chain(spec, pki);
  json["fault"] = spec.fault.empty() ? Json(nullptr) : Json(printable_line(spec.fault));
  json["expect_verify"] = spec.expect_verify ? Json(*spec.expect_verify) : Json(nullptr);
  if (spec.forged_proof) json["forged_proof"] = true;
  if (!spec.key_of.empty()) json["key_of"] = printable_line(spec.key_of);
  const auto folder = "credentials/" + printable_line(spec.certificate.name);
  json["files"] = {{"leaf", folder + "/leaf.crt"}, {"chain", folder + "/chain.crt"}, {"key", folder + "/key.pem"}};
  if (!spec.pkcs12_passphrase.empty()) {
    json["files"]["pkcs12"] = folder + "/bundle.p12";
    json["pkcs12_passphrase"] = printable_line(spec.pkcs12_passphrase);
  }
  return json;
}

Json crl(const CrlSpec& spec, std::int64_t now) {
  return {{"name", printable_line(spec.name)},
          {"about", printable_line(spec.about)},
          {"authority", printable_line(spec.authority)},
          {"signed_by", printable_line(spec.signed_by.empty() ? spec.authority : spec.signed_by)},
          {"revoked", to_json(spec.revoked, bounds.entries)},
          {"this_update", utc(now + spec.this_update.count())},
          {"next_update", utc(now + spec.next_update.count())},
          {"files", {{"crl", "crls/" + printable_line(spec.name) + ".crl"}}}};
}

}  // namespace

std::string write_manifest(const PkiSpec& spec, std::int64_t now) {
  Json json{{"schema", "mtlscheck.pki/1"},
            {"warning", "TEST ONLY: throwaway keys; trust none of these authorities outside a test"},
            {"made", utc(now)},
            {"authorities", Json::array()},
            {"credentials", Json::array()},
            {"crls", Json::array()}};
  for (const auto& each : spec.authorities) json["authorities"].push_back(authority(each, now));
  for (const auto& each : spec.credentials) json["credentials"].push_back(credential(each, spec, now));
  for (const auto& each : spec.crls) json["crls"].push_back(crl(each, now));
  return dump(json);
}

}  // namespace mtls::reports
