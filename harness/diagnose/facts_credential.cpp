// Facts of a credential: what its holder can read off its certificates, without any peer.
#include <algorithm>
#include <array>

#include "harness/base/text.h"
#include "harness/base/time.h"
#include "harness/diagnose/chain.h"
#include "harness/diagnose/facts.h"

namespace mtls::diagnose {
namespace {

// 112 bits is what RFC 9325, 4.5 and OpenSSL's security level 2 ask for.
constexpr int least_security_bits = 112;

bool has(const std::vector<std::string>& all, std::string_view one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

bool weakly_signed(const CertificateView& certificate) {
  const std::string algorithm = lower(certificate.signature);
  return algorithm.find("sha1") != std::string::npos || algorithm.find("md5") != std::string::npos ||
         algorithm.find("md2") != std::string::npos;
}

// "absent", "any" where only that is named, else which of the two roles are allowed, or "other".
std::string usage(const CertificateView& leaf) {
  if (!leaf.has_extended_key_usage) return "absent";
  const bool client = has(leaf.extended_key_usage, "clientAuth");
  const bool server = has(leaf.extended_key_usage, "serverAuth");
  if (client) return server ? "both" : "client";
  if (server) return "server";
  return has(leaf.extended_key_usage, "anyExtendedKeyUsage") ? "any" : "other";
}

// Errors that say that no path to a trusted root was found; others say that something on the path is wrong.
bool misses_trust(const VerifyResult& verify) {
  constexpr std::array no_path{2, 7, 18, 19, 20, 21, 27, 28};
  return std::any_of(no_path.begin(), no_path.end(), [&](int error) {
    return verify.code == error || std::find(verify.all.begin(), verify.all.end(), error) != verify.all.end();
  });
}

void leaf_facts(const std::string& prefix, const CertificateView& leaf, std::int64_t at, FactSheet& sheet) {
  const auto named = [&](std::string_view name) { return prefix + ".leaf." + std::string(name); };
  sheet.text(named("subject"), leaf.subject);
  sheet.text(named("issuer"), leaf.issuer);
  sheet.text(named("not_before"), utc(leaf.not_before));
  sheet.text(named("not_after"), utc(leaf.not_after));
  sheet.flag(named("expired"), at > leaf.not_after);
  sheet.flag(named("not_yet_valid"), at < leaf.not_before);
  sheet.flag(named("self_signed"), leaf.self_signed);
  sheet.text(named("eku"), usage(leaf));
  sheet.text(named("key"), leaf.key);
  sheet.flag(named("key_usage_signs"), !leaf.has_key_usage || has(leaf.key_usage, "digitalSignature"));
  sheet.number(named("security_bits"), leaf.security_bits);
  sheet.flag(named("weak_key"), leaf.security_bits > 0 && leaf.security_bits < least_security_bits);
  sheet.flag(named("weak_signature"), !leaf.self_signed && weakly_signed(leaf));
  sheet.text(named("signature"), leaf.signature);
  sheet.list(named("unknown_critical"), leaf.unknown_critical_extensions);
  sheet.flag(named("version1"), leaf.version == 1);
  sheet.flag(named("is_authority"), leaf.authority);
}

void chain_facts(const std::string& prefix, const CredentialView& credential, std::int64_t at, FactSheet& sheet) {
  const auto named = [&](std::string_view name) { return prefix + ".chain." + std::string(name); };
  const auto path = path_of(credential.leaf, credential.chain);
  const auto any = [&](auto test) { return std::any_of(credential.chain.begin(), credential.chain.end(), test); };
  sheet.number(named("length"), static_cast<std::int64_t>(credential.chain.size()));
  sheet.number(named("intermediates"),
               std::count_if(path.begin() + 1, path.end(), [](const auto* one) { return !one->self_signed; }));
  sheet.flag(named("leaf_issuer_present"), path.size() > 1 || credential.leaf.self_signed);
  sheet.flag(named("has_expired"), any([&](const CertificateView& one) { return at > one.not_after; }));
  sheet.flag(named("has_not_yet_valid"), any([&](const CertificateView& one) { return at < one.not_before; }));
  sheet.flag(named("has_weak_signature"),
             any([](const CertificateView& one) { return !one.self_signed && weakly_signed(one); }));
  sheet.flag(named("path_length_violated"), path_length_violated(path));
  sheet.flag(named("issuer_not_authority"), issued_by_no_authority(path));
  sheet.text(named("top_issuer"), path.back()->issuer);
  const bool all_linked = path.size() == credential.chain.size() + 1;
  sheet.flag(named("links_fit"), all_linked);
}

}  // namespace

void credential_facts(std::string_view prefix, const CredentialView& credential, std::int64_t at, FactSheet& sheet) {
  const std::string start(prefix);
  leaf_facts(start, credential.leaf, at, sheet);
  chain_facts(start, credential, at, sheet);
  sheet.flag(start + ".key_matches", credential.key_matches);
  sheet.flag(start + ".revoked_listed", credential.listed_as_revoked);
  sheet.flag(start + ".chain_revoked_listed", credential.chain_listed_as_revoked);
  if (!credential.verify) return;
  sheet.number(start + ".verify.code", credential.verify->code);
  sheet.text(start + ".verify.name", credential.verify->name);
  sheet.number(start + ".verify.depth", credential.verify->depth);
  sheet.numbers(start + ".verify.all", credential.verify->all);
  sheet.flag(start + ".verify.trusted", !misses_trust(*credential.verify));
}

Names credential_fact_names(std::string_view prefix) {
  Names names;
  for (const char* name : {"leaf.subject",
                           "leaf.issuer",
                           "leaf.not_before",
                           "leaf.not_after",
                           "leaf.expired",
                           "leaf.not_yet_valid",
                           "leaf.self_signed",
                           "leaf.eku",
                           "leaf.key",
                           "leaf.key_usage_signs",
                           "leaf.security_bits",
                           "leaf.weak_key",
                           "leaf.weak_signature",
                           "leaf.signature",
                           "leaf.unknown_critical",
                           "leaf.version1",
                           "leaf.is_authority",
                           "chain.length",
                           "chain.intermediates",
                           "chain.leaf_issuer_present",
                           "chain.has_expired",
                           "chain.has_not_yet_valid",
                           "chain.has_weak_signature",
                           "chain.path_length_violated",
                           "chain.issuer_not_authority",
                           "chain.top_issuer",
                           "chain.links_fit",
                           "key_matches",
                           "revoked_listed",
                           "chain_revoked_listed",
                           "verify.code",
                           "verify.name",
                           "verify.depth",
                           "verify.all",
                           "verify.trusted"}) {
    names.push_back(std::string(prefix) + "." + name);
  }
  return names;
}

}  // namespace mtls::diagnose
