// The table of weaknesses: what each does, what a diagnosis must call it, and where it shows.
#include "reference/flaws.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "harness/base/text.h"

namespace mtls::reference {
namespace {

constexpr std::size_t number_of_flaws = static_cast<std::size_t>(Flaw::count);

constexpr std::array<FlawEntry, number_of_flaws> table{{
    {Flaw::never_asks, "never-asks", "Asks nobody for a certificate", "client-auth-not-enforced", "validation"},
    {Flaw::optional_certificate, "optional-certificate", "Lets in who sends no certificate", "client-auth-optional",
     "validation"},
    {Flaw::optional_unverified, "optional-unverified", "Where a certificate is optional, takes a bad one for none",
     "client-auth-any-issuer", "validation"},
    {Flaw::any_ca, "any-ca", "Accepts a chain of any CA", "client-auth-any-issuer", "validation"},
    {Flaw::self_signed, "self-signed", "Accepts a self-signed certificate", "client-auth-any-issuer", "validation"},
    {Flaw::issuer_by_name, "issuer-by-name", "Knows a CA by its name alone and checks no signature",
     "client-auth-any-issuer", "validation"},
    {Flaw::one_trust_for_all, "one-trust-for-all", "Trusts every domain's CAs in every domain",
     "client-auth-any-issuer", "names"},
    {Flaw::expired_leaf, "expired-leaf", "Ignores that a client's certificate has expired",
     "client-validation-incomplete", "validation"},
    {Flaw::early_leaf, "early-leaf", "Ignores that a client's certificate is not valid yet",
     "client-validation-incomplete", "validation"},
    {Flaw::expired_intermediate, "expired-intermediate", "Ignores that an intermediate has expired",
     "client-validation-incomplete", "validation"},
    {Flaw::expired_root, "expired-root", "Ignores that a root has expired", "client-validation-incomplete",
     "validation"},
    {Flaw::any_purpose, "any-purpose", "Ignores the extended key usage", "client-validation-incomplete", "validation"},
    {Flaw::any_key_usage, "any-key-usage", "Ignores the key usage", "client-validation-incomplete", "validation"},
    {Flaw::any_depth, "any-depth", "Accepts chains of any length", "-", "validation"},
    {Flaw::depth_plus_one, "depth-plus-one", "Counts one intermediate too few", "-", "validation"},
    {Flaw::name_constraints, "name-constraints", "Ignores name constraints", "client-validation-incomplete",
     "validation"},
    {Flaw::path_length, "path-length", "Ignores a CA's path length", "client-validation-incomplete", "validation"},
    {Flaw::issuer_no_ca, "issuer-no-ca", "Accepts a certificate issued by one that is no CA",
     "client-validation-incomplete", "validation"},
    {Flaw::critical_extension, "critical-extension", "Ignores a critical extension that it does not know",
     "client-validation-incomplete", "validation"},
    {Flaw::weak_key, "weak-key", "Accepts an RSA key of 1024 bits", "client-validation-incomplete", "validation"},
    {Flaw::weak_signature, "weak-signature", "Accepts a SHA-1 signature", "client-validation-incomplete", "validation"},

    {Flaw::no_crl, "no-crl", "Does not look into its revocation lists", "revocation-not-enforced", "revocation"},
    {Flaw::crl_of_leaf_only, "crl-of-leaf-only", "Looks for the leaf's revocation only", "revocation-not-enforced",
     "revocation"},
    {Flaw::crl_of_issuers_only, "crl-of-issuers-only", "Looks for the issuers' revocation only",
     "revocation-not-enforced", "revocation"},
    {Flaw::expired_crl, "expired-crl", "Goes on with an expired revocation list", "revocation-not-enforced",
     "revocation"},
    {Flaw::early_crl, "early-crl", "Takes a revocation list whose time has not come", "revocation-not-enforced",
     "revocation"},
    {Flaw::missing_crl, "missing-crl", "Lets in where a CA has no revocation list", "revocation-not-enforced",
     "revocation"},
    {Flaw::forged_crl, "forged-crl", "Does not check who signed a revocation list", "revocation-not-enforced",
     "revocation"},
    {Flaw::no_ocsp, "no-ocsp", "Does not ask its responder", "revocation-not-enforced", "revocation"},
    {Flaw::ocsp_unknown, "ocsp-unknown", "Lets in whom the responder does not know", "-", "revocation"},
    {Flaw::ocsp_unreachable, "ocsp-unreachable", "Lets in where the responder is down", "-", "revocation"},
    {Flaw::ocsp_error, "ocsp-error", "Lets in where the responder answers with an error", "-", "revocation"},

    {Flaw::host_unchecked, "host-unchecked", "Routes by Host, whatever the handshake was for", "sni-policy-bypass",
     "names"},
    {Flaw::host_unchecked_without_name, "host-unchecked-without-name",
     "Routes by Host where the client sent no server name", "sni-policy-bypass", "names"},
    {Flaw::host_unchecked_for_unknown_name, "host-unchecked-for-unknown-name",
     "Routes by Host where no site has the server name", "sni-policy-bypass", "names"},
    {Flaw::absolute_target_unchecked, "absolute-target-unchecked",
     "Compares Host with the handshake, but routes by the target's authority", "sni-policy-bypass", "names"},
    {Flaw::unknown_name_served, "unknown-name-served",
     "Serves who sends no name, or one of nobody's, where it should refuse", "server-name-mismatch", "names"},
    {Flaw::names_by_case, "names-by-case", "Tells capitals from small letters in names", "server-name-mismatch",
     "names"},
    {Flaw::port_in_host, "port-in-host", "Takes the port for a part of the host", "host-sni-mismatch", "names"},
    {Flaw::default_certificate, "default-certificate", "Shows every domain the first one's certificate",
     "server-name-mismatch", "names"},
    {Flaw::default_policy, "default-policy", "Verifies every domain's clients as the first one's",
     "client-auth-any-issuer", "names"},
    {Flaw::session_across_sites, "session-across-sites", "Resumes a session of one domain in another",
     "session-resumption-bypass", "names"},
    {Flaw::session_without_identity, "session-without-identity", "Forgets in a resumed session who the client is",
     "identity-not-forwarded", "names"},
    {Flaw::chain_not_sent, "chain-not-sent", "Sends its leaf without the intermediate", "server-chain-incomplete",
     "names"},
    {Flaw::plain_on_tls_port, "plain-on-tls-port", "Serves plain HTTP on its TLS port", "plaintext-route-open",
     "names"},

    {Flaw::identity_kept, "identity-kept", "Adds the identity to what the client sent itself",
     "identity-header-spoofable", "identity"},
    {Flaw::identity_kept_without_certificate, "identity-kept-without-certificate",
     "Passes the client's own identity header on where it has no certificate", "identity-header-spoofable", "identity"},
    {Flaw::identity_by_case, "identity-by-case", "Removes a forged identity in one spelling only",
     "identity-header-spoofable", "identity"},
    {Flaw::identity_with_underscores, "identity-with-underscores", "Passes X_Client_DN on", "identity-header-spoofable",
     "identity"},
    {Flaw::identity_first_only, "identity-first-only", "Removes the first forged identity only",
     "identity-header-spoofable", "identity"},
    {Flaw::identity_named_in_connection, "identity-named-in-connection",
     "Drops its own identity header where Connection names it", "identity-not-forwarded", "identity"},
    {Flaw::identity_missing, "identity-missing", "Forwards no identity", "identity-not-forwarded", "identity"},
    {Flaw::identity_of_issuer, "identity-of-issuer", "Forwards the issuer's name for the client's",
     "identity-not-forwarded", "identity"},

    {Flaw::leg_unverified, "leg-unverified", "Verifies no upstream", "upstream-verification-off", "leg"},
    {Flaw::leg_any_ca, "leg-any-ca", "Accepts an upstream of any CA", "upstream-verification-off", "leg"},
    {Flaw::leg_self_signed, "leg-self-signed", "Accepts a self-signed upstream", "upstream-verification-off", "leg"},
    {Flaw::leg_expired, "leg-expired", "Ignores that the upstream's certificate has expired",
     "upstream-verification-off", "leg"},
    {Flaw::leg_any_name, "leg-any-name", "Does not compare the upstream's name", "upstream-verification-off", "leg"},
    {Flaw::leg_common_name, "leg-common-name", "Takes the upstream's common name for its name",
     "upstream-verification-off", "leg"},
    {Flaw::leg_any_purpose, "leg-any-purpose", "Accepts a client's certificate from an upstream",
     "upstream-verification-off", "leg"},
    {Flaw::leg_no_crl, "leg-no-crl", "Does not look into the revocation lists for its upstream",
     "upstream-verification-off", "leg"},
    {Flaw::leg_verified_late, "leg-verified-late", "Sends the request before it verifies the upstream",
     "upstream-verification-off", "leg"},
    {Flaw::leg_plain_instead, "leg-plain-instead", "Falls back to plaintext where TLS fails",
     "upstream-tls-not-enforced", "leg"},
    {Flaw::leg_no_name_sent, "leg-no-name-sent", "Sends its upstream no server name", "upstream-sni-missing", "leg"},
    {Flaw::leg_client_name_sent, "leg-client-name-sent", "Sends its upstream the client's server name",
     "upstream-sni-rejected", "leg"},
    {Flaw::leg_no_certificate, "leg-no-certificate", "Presents no certificate to its upstream",
     "upstream-client-cert-missing", "leg"},
    {Flaw::leg_leaf_only, "leg-leaf-only", "Presents its certificate without the intermediate",
     "upstream-client-cert-untrusted", "leg"},
}};

constexpr bool in_order() {
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (table[i].flaw != static_cast<Flaw>(i)) return false;
  }
  return true;
}
static_assert(in_order());

}  // namespace

std::span<const FlawEntry> all_flaws() {
  return table;
}

Result<void> Flaws::plant(const std::string& name) {
  const auto found = std::find_if(table.begin(), table.end(), [&](const FlawEntry& one) { return one.name == name; });
  if (found != table.end()) {
    planted_.set(static_cast<std::size_t>(found->flaw));
    return {};
  }
  std::vector<std::string> names;
  for (const FlawEntry& one : table) names.emplace_back(one.name);
  return Error{"flaw", fmt::format("there is no flaw \"{}\"; nearest is \"{}\"", name, nearest(name, names)), ""};
}

}  // namespace mtls::reference
