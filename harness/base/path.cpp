// Path validation that collects every error on the way, and what a party can know of its own credential.
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <ctime>

#include "harness/base/openssl.h"
#include "harness/base/quiet_errors.h"
#include "harness/base/socket.h"
#include "harness/base/text.h"

namespace mtls {
namespace {

struct StoreCtxDeleter {
  void operator()(X509_STORE_CTX* context) const { X509_STORE_CTX_free(context); }
};
struct StackDeleter {
  // The stack borrows its certificates.
  void operator()(STACK_OF(X509) * stack) const { sk_X509_free(stack); }
};
using StoreCtxPtr = std::unique_ptr<X509_STORE_CTX, StoreCtxDeleter>;
using StackPtr = std::unique_ptr<STACK_OF(X509), StackDeleter>;

// OpenSSL's and, since 3.0, Debian's default for TLS: it finds RSA-1024 and SHA-1.
constexpr int security_level = 2;

StorePtr store_for(const PathInput& input) {
  StorePtr store(X509_STORE_new());
  for (const CertificateRef& anchor : input.trust) X509_STORE_add_cert(store.get(), anchor.get());
  for (const CrlRef& crl : input.crls) X509_STORE_add_crl(store.get(), crl.get());
  return store;
}

void set_name(X509_VERIFY_PARAM* param, const std::string& name) {
  if (name.empty()) return;
  if (is_numeric_address(name)) {
    X509_VERIFY_PARAM_set1_ip_asc(param, name.c_str());
  } else {
    // RFC 9525, 6.3: the subject's common name is no identity.
    X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    X509_VERIFY_PARAM_set1_host(param, name.data(), name.size());
  }
}

void record(VerifyResult& result, int code, int depth) {
  if (result.all.empty()) {
    result.code = code;
    result.depth = depth;
    result.name = sanitise_line(X509_verify_cert_error_string(code));
  }
  if (std::find(result.all.begin(), result.all.end(), code) == result.all.end()) result.all.push_back(code);
}

int record_and_go_on(int ok, X509_STORE_CTX* context) {
  auto* result = static_cast<VerifyResult*>(X509_STORE_CTX_get_app_data(context));
  if (ok == 0) record(*result, X509_STORE_CTX_get_error(context), X509_STORE_CTX_get_error_depth(context));
  return 1;
}

void configure(X509_STORE_CTX* context, const PathInput& input, VerifyResult& result) {
  X509_STORE_CTX_set_app_data(context, &result);
  X509_STORE_CTX_set_verify_cb(context, record_and_go_on);
  if (input.purpose != 0) X509_STORE_CTX_set_purpose(context, input.purpose);
  X509_VERIFY_PARAM* param = X509_STORE_CTX_get0_param(context);
  X509_VERIFY_PARAM_set_auth_level(param, security_level);
  if (input.at != 0) X509_VERIFY_PARAM_set_time(param, static_cast<std::time_t>(input.at));
  if (!input.crls.empty()) X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
  set_name(param, input.name);
}

// Whatever the list's own dates say.
bool is_listed(X509* certificate, const std::vector<CrlRef>& crls) {
  const X509_NAME* issuer = X509_get_issuer_name(certificate);
  return std::any_of(crls.begin(), crls.end(), [&](const CrlRef& crl) {
    X509_REVOKED* entry = nullptr;
    return X509_NAME_cmp(X509_CRL_get_issuer(crl.get()), issuer) == 0 &&
           X509_CRL_get0_by_cert(crl.get(), &entry, certificate) == 1;
  });
}

}  // namespace

VerifyResult validate_path(const PathInput& input) {
  const QuietErrors quiet;
  VerifyResult result;
  const StorePtr store = store_for(input);
  const StackPtr untrusted(sk_X509_new_null());
  for (const CertificateRef& certificate : input.untrusted) sk_X509_push(untrusted.get(), certificate.get());
  const StoreCtxPtr context(X509_STORE_CTX_new());
  if (input.certificate == nullptr ||
      X509_STORE_CTX_init(context.get(), store.get(), input.certificate, untrusted.get()) != 1) {
    record(result, X509_V_ERR_INVALID_CALL, 0);
    return result;
  }
  configure(context.get(), input, result);
  if (X509_verify_cert(context.get()) != 1 && result.all.empty()) {
    const int code = X509_STORE_CTX_get_error(context.get());
    record(result, code == X509_V_OK ? X509_V_ERR_UNSPECIFIED : code, X509_STORE_CTX_get_error_depth(context.get()));
  }
  if (result.all.empty()) result.name = X509_verify_cert_error_string(X509_V_OK);
  return result;
}

CredentialView see(const Credential& credential, const PathInput& with) {
  CredentialView view;
  if (!credential.certificate) return view;
  const QuietErrors quiet;
  view.leaf = see(credential.certificate.get());
  for (const CertificateRef& certificate : credential.chain) view.chain.push_back(see(certificate.get()));
  // Of a party that is only seen from outside, nobody knows the key.
  if (credential.key) {
    view.key_matches = X509_check_private_key(credential.certificate.get(), credential.key.get()) == 1;
  }
  if (!with.trust.empty()) {
    PathInput input = with;
    input.certificate = credential.certificate.get();
    input.untrusted.insert(input.untrusted.begin(), credential.chain.begin(), credential.chain.end());
    view.verify = validate_path(input);
  }
  view.listed_as_revoked = is_listed(credential.certificate.get(), with.crls);
  view.chain_listed_as_revoked =
      std::any_of(credential.chain.begin(), credential.chain.end(),
                  [&](const CertificateRef& certificate) { return is_listed(certificate.get(), with.crls); });
  return view;
}

}  // namespace mtls
