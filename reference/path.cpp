// One run of OpenSSL's verifier, with nothing left out but what a planted flaw leaves out.
#include "reference/path.h"

#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "harness/base/quiet_errors.h"
#include "reference/log.h"

namespace mtls::reference {
namespace {

// What OpenSSL and Debian ask of TLS by default: it finds RSA-1024 and SHA-1.
constexpr int security_level = 2;

struct StoreCtxDeleter {
  void operator()(X509_STORE_CTX* context) const { X509_STORE_CTX_free(context); }
};
using StoreCtxPtr = std::unique_ptr<X509_STORE_CTX, StoreCtxDeleter>;

enum class Place { leaf, intermediate, root, above_leaf, anywhere };

// A flaw of the sort that takes an error of the verifier for none.
struct Tolerance {
  Flaw flaw;
  Peer peer;
  int code;
  Place place;
};

constexpr Tolerance tolerated(Flaw flaw, int code, Place place = Place::anywhere) {
  return {flaw, Peer::client, code, place};
}
constexpr Tolerance tolerated_of_upstream(Flaw flaw, int code, Place place = Place::anywhere) {
  return {flaw, Peer::upstream, code, place};
}

constexpr std::array tolerances{tolerated(Flaw::any_ca, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT),
                                tolerated(Flaw::any_ca, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY),
                                tolerated(Flaw::any_ca, X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE),
                                tolerated(Flaw::any_ca, X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN),
                                tolerated(Flaw::self_signed, X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT),
                                tolerated(Flaw::expired_leaf, X509_V_ERR_CERT_HAS_EXPIRED, Place::leaf),
                                tolerated(Flaw::early_leaf, X509_V_ERR_CERT_NOT_YET_VALID, Place::leaf),
                                tolerated(Flaw::expired_intermediate, X509_V_ERR_CERT_HAS_EXPIRED, Place::intermediate),
                                tolerated(Flaw::expired_root, X509_V_ERR_CERT_HAS_EXPIRED, Place::root),
                                tolerated(Flaw::name_constraints, X509_V_ERR_PERMITTED_VIOLATION),
                                tolerated(Flaw::name_constraints, X509_V_ERR_EXCLUDED_VIOLATION),
                                tolerated(Flaw::path_length, X509_V_ERR_PATH_LENGTH_EXCEEDED),
                                tolerated(Flaw::issuer_no_ca, X509_V_ERR_INVALID_CA),
                                tolerated(Flaw::issuer_no_ca, X509_V_ERR_KEYUSAGE_NO_CERTSIGN),
                                tolerated(Flaw::issuer_no_ca, X509_V_ERR_INVALID_PURPOSE, Place::above_leaf),
                                tolerated(Flaw::critical_extension, X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION),
                                tolerated(Flaw::weak_key, X509_V_ERR_EE_KEY_TOO_SMALL),
                                tolerated(Flaw::weak_signature, X509_V_ERR_CA_MD_TOO_WEAK),
                                tolerated(Flaw::expired_crl, X509_V_ERR_CRL_HAS_EXPIRED),
                                tolerated(Flaw::early_crl, X509_V_ERR_CRL_NOT_YET_VALID),
                                tolerated(Flaw::missing_crl, X509_V_ERR_UNABLE_TO_GET_CRL),
                                tolerated(Flaw::forged_crl, X509_V_ERR_CRL_SIGNATURE_FAILURE),
                                tolerated(Flaw::crl_of_issuers_only, X509_V_ERR_CERT_REVOKED, Place::leaf),
                                tolerated_of_upstream(Flaw::leg_any_ca, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT),
                                tolerated_of_upstream(Flaw::leg_any_ca, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY),
                                tolerated_of_upstream(Flaw::leg_any_ca, X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE),
                                tolerated_of_upstream(Flaw::leg_any_ca, X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN),
                                tolerated_of_upstream(Flaw::leg_self_signed, X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT),
                                tolerated_of_upstream(Flaw::leg_expired, X509_V_ERR_CERT_HAS_EXPIRED, Place::leaf),
                                tolerated_of_upstream(Flaw::leg_any_purpose, X509_V_ERR_INVALID_PURPOSE, Place::leaf)};

// Where a path ends at depth `depth` it may be the root or, while it is still sought, anything above the leaf.
bool is_at(Place place, int depth, X509* certificate) {
  const bool root = certificate != nullptr && X509_check_issued(certificate, certificate) == X509_V_OK;
  switch (place) {
    case Place::leaf: return depth == 0;
    case Place::intermediate: return depth > 0 && !root;
    case Place::root: return depth > 0 && root;
    case Place::above_leaf: return depth > 0;
    case Place::anywhere: return true;
  }
  return false;
}

// One error of the verifier stands for both usages; which of them is it about?
bool purpose_is_extended(X509* leaf) {
  return (X509_get_extension_flags(leaf) & EXFLAG_XKUSAGE) != 0 &&
         (X509_get_extended_key_usage(leaf) & XKU_SSL_CLIENT) == 0;
}

struct Asked {
  const PathPolicy& policy;
  const Flaws& flaws;
};

bool is_overlooked(const Asked& asked, int code, int depth, X509* certificate) {
  if (asked.policy.peer == Peer::client && code == X509_V_ERR_INVALID_PURPOSE && depth == 0 && certificate != nullptr) {
    return asked.flaws.has(purpose_is_extended(certificate) ? Flaw::any_purpose : Flaw::any_key_usage);
  }
  return std::any_of(tolerances.begin(), tolerances.end(), [&](const Tolerance& one) {
    return asked.flaws.has(one.flaw) && one.peer == asked.policy.peer && one.code == code &&
           is_at(one.place, depth, certificate);
  });
}

int on_error(int ok, X509_STORE_CTX* context) {
  if (ok == 1) return 1;
  const auto& asked = *static_cast<const Asked*>(X509_STORE_CTX_get_app_data(context));
  return is_overlooked(asked, X509_STORE_CTX_get_error(context), X509_STORE_CTX_get_error_depth(context),
                       X509_STORE_CTX_get_current_cert(context))
             ? 1
             : 0;
}

unsigned long crl_flags(const Asked& asked) {
  if (asked.policy.trust->crls.empty()) return 0;
  if (asked.flaws.has(asked.policy.peer == Peer::client ? Flaw::no_crl : Flaw::leg_no_crl)) return 0;
  const bool leaf_only = asked.policy.peer == Peer::client && asked.flaws.has(Flaw::crl_of_leaf_only);
  return X509_V_FLAG_CRL_CHECK | (leaf_only ? 0 : X509_V_FLAG_CRL_CHECK_ALL);
}

int depth_of(const Asked& asked) {
  if (asked.policy.peer == Peer::client && asked.flaws.has(Flaw::any_depth)) return 100;
  if (asked.policy.peer == Peer::client && asked.flaws.has(Flaw::depth_plus_one)) return asked.policy.depth + 1;
  return asked.policy.depth;
}

void ask_for_name(X509_VERIFY_PARAM* param, const Asked& asked) {
  const std::string& name = asked.policy.name;
  if (name.empty() || asked.flaws.has(Flaw::leg_any_name)) return;
  if (X509_VERIFY_PARAM_set1_ip_asc(param, name.c_str()) == 1) return;
  // RFC 9525, 6.3: the subject's common name is no identity.
  X509_VERIFY_PARAM_set_hostflags(param, asked.flaws.has(Flaw::leg_common_name) ? X509_CHECK_FLAG_ALWAYS_CHECK_SUBJECT
                                                                                : X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  X509_VERIFY_PARAM_set1_host(param, name.data(), name.size());
}

void configure(X509_STORE_CTX* context, Asked& asked) {
  X509_STORE_CTX_set_app_data(context, &asked);
  X509_STORE_CTX_set_verify_cb(context, &on_error);
  X509_STORE_CTX_set_purpose(context,
                             asked.policy.peer == Peer::client ? X509_PURPOSE_SSL_CLIENT : X509_PURPOSE_SSL_SERVER);
  X509_VERIFY_PARAM* const param = X509_STORE_CTX_get0_param(context);
  X509_VERIFY_PARAM_set_auth_level(param, security_level);
  X509_VERIFY_PARAM_set_depth(param, depth_of(asked));
  X509_VERIFY_PARAM_set_flags(param, crl_flags(asked));
  ask_for_name(param, asked);
}

std::vector<CertificateRef> path_of(X509_STORE_CTX* context) {
  std::vector<CertificateRef> path;
  STACK_OF(X509)* const chain = X509_STORE_CTX_get0_chain(context);
  for (int i = 0; i < sk_X509_num(chain); ++i) {
    X509_up_ref(sk_X509_value(chain, i));
    path.push_back(own(sk_X509_value(chain, i)));
  }
  return path;
}

// What a gateway does that finds an issuer by its name and does not check its signature.
bool is_named_like_an_anchor(STACK_OF(X509) * sent, const Trust& trust) {
  for (int i = 0; i < sk_X509_num(sent); ++i) {
    const X509_NAME* const issuer = X509_get_issuer_name(sk_X509_value(sent, i));
    for (const CertificateRef& anchor : trust.anchors) {
      if (X509_NAME_cmp(issuer, X509_get_subject_name(anchor.get())) == 0) return true;
    }
  }
  return false;
}

}  // namespace

PathVerdict validate(X509* leaf, STACK_OF(X509) * sent, const PathPolicy& policy, const Flaws& flaws) {
  const QuietErrors quiet;
  PathVerdict verdict;
  if (policy.peer == Peer::client && flaws.has(Flaw::issuer_by_name) && is_named_like_an_anchor(sent, *policy.trust)) {
    return verdict;
  }
  const StoreCtxPtr context(X509_STORE_CTX_new());
  Asked asked{policy, flaws};
  if (!context || X509_STORE_CTX_init(context.get(), policy.trust->store.get(), leaf, sent) != 1) {
    verdict.code = X509_V_ERR_OUT_OF_MEM;
    return verdict;
  }
  configure(context.get(), asked);
  if (X509_verify_cert(context.get()) == 1) {
    verdict.path = path_of(context.get());
    return verdict;
  }
  const int code = X509_STORE_CTX_get_error(context.get());
  verdict.code = code == X509_V_OK ? X509_V_ERR_UNSPECIFIED : code;
  verdict.depth = X509_STORE_CTX_get_error_depth(context.get());
  X509* const about = X509_STORE_CTX_get_current_cert(context.get());
  verdict.subject = see(about != nullptr ? about : leaf).subject;
  return verdict;
}

std::string words(const PathVerdict& verdict) {
  return fmt::format("verify error {} ({}) at depth {}: {}", verdict.code, X509_verify_cert_error_string(verdict.code),
                     verdict.depth, in_quotes(verdict.subject));
}

}  // namespace mtls::reference
