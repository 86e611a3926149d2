// The weaknesses that can be planted, each at the place where a real gateway has it.
#pragma once

#include <bitset>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/result.h"

namespace mtls::reference {

enum class Flaw {
  // Who is let in.
  never_asks,
  optional_certificate,
  optional_unverified,
  any_ca,
  self_signed,
  issuer_by_name,
  one_trust_for_all,
  expired_leaf,
  early_leaf,
  expired_intermediate,
  expired_root,
  any_purpose,
  any_key_usage,
  any_depth,
  depth_plus_one,
  name_constraints,
  path_length,
  issuer_no_ca,
  critical_extension,
  weak_key,
  weak_signature,
  // Revocation.
  no_crl,
  crl_of_leaf_only,
  crl_of_issuers_only,
  expired_crl,
  early_crl,
  missing_crl,
  forged_crl,
  no_ocsp,
  ocsp_unknown,
  ocsp_unreachable,
  ocsp_error,
  // Names and sessions.
  host_unchecked,
  host_unchecked_without_name,
  host_unchecked_for_unknown_name,
  absolute_target_unchecked,
  unknown_name_served,
  names_by_case,
  port_in_host,
  default_certificate,
  default_policy,
  session_across_sites,
  session_without_identity,
  chain_not_sent,
  plain_on_tls_port,
  // What the upstream is told about the client.
  identity_kept,
  identity_kept_without_certificate,
  identity_by_case,
  identity_with_underscores,
  identity_first_only,
  identity_named_in_connection,
  identity_missing,
  identity_of_issuer,
  // The leg to the upstream.
  leg_unverified,
  leg_any_ca,
  leg_self_signed,
  leg_expired,
  leg_any_name,
  leg_common_name,
  leg_any_purpose,
  leg_no_crl,
  leg_verified_late,
  leg_plain_instead,
  leg_no_name_sent,
  leg_client_name_sent,
  leg_no_certificate,
  leg_leaf_only,
  count
};

struct FlawEntry {
  Flaw flaw;
  std::string_view name;
  std::string_view what;
  // What the diagnosis of a failing case must name; "-": nothing that the witnesses see tells, only the scenario does.
  std::string_view cause;
  std::string_view family;  // of scenarios: where it shows (tools/mutation has their names)
};

std::span<const FlawEntry> all_flaws();

class Flaws {
 public:
  bool has(Flaw flaw) const { return planted_.test(static_cast<std::size_t>(flaw)); }
  // Error where there is no flaw of that name, with the nearest one.
  Result<void> plant(const std::string& name);

 private:
  std::bitset<static_cast<std::size_t>(Flaw::count)> planted_;
};

}  // namespace mtls::reference
