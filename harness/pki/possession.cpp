// How a credential is held: forged keys and PKCS#12 bundles.
#include "harness/pki/possession.h"

#include <openssl/core_names.h>

#include <array>

#include "harness/pki/handles.h"

namespace mtls::pki {
namespace {

using Pkcs12Ptr = std::unique_ptr<PKCS12, Freed<PKCS12_free>>;

struct StackDeleter {
  void operator()(STACK_OF(X509) * stack) const { sk_X509_pop_free(stack, X509_free); }
};
using StackPtr = std::unique_ptr<STACK_OF(X509), StackDeleter>;

BignumPtr number(const EVP_PKEY* key, const char* parameter) {
  BIGNUM* value = nullptr;
  EVP_PKEY_get_bn_param(key, parameter, &value);
  return BignumPtr(value);
}

Result<std::string> octets(const EVP_PKEY* key, const char* parameter) {
  std::size_t length = 0;
  std::string bytes;
  if (EVP_PKEY_get_octet_string_param(key, parameter, nullptr, 0, &length) == 1) {
    bytes.resize(length);
    if (EVP_PKEY_get_octet_string_param(key, parameter, reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(),
                                        &length) == 1)
      return bytes;
  }
  return openssl_error(std::string("a key does not tell its ") + parameter);
}

Result<KeyRef> build(const char* algorithm, OSSL_PARAM_BLD* parts) {
  const ParamsPtr parameters(OSSL_PARAM_BLD_to_param(parts));
  const KeyContextPtr context(EVP_PKEY_CTX_new_from_name(nullptr, algorithm, nullptr));
  EVP_PKEY* key = nullptr;
  if (!parameters || !context || EVP_PKEY_fromdata_init(context.get()) <= 0 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_KEYPAIR, parameters.get()) <= 0)
    return openssl_error("the forged key cannot be made");
  return own(key);
}

Result<KeyRef> forge_elliptic(EVP_PKEY* certified, EVP_PKEY* other) {
  std::array<char, 64> group{};
  std::size_t length = 0;
  const auto point = octets(certified, OSSL_PKEY_PARAM_PUB_KEY);
  if (!point) return point.error();
  const BignumPtr scalar = number(other, OSSL_PKEY_PARAM_PRIV_KEY);
  const ParamBuilderPtr parts(OSSL_PARAM_BLD_new());
  if (!scalar || !parts || EVP_PKEY_get_group_name(certified, group.data(), group.size(), &length) != 1 ||
      OSSL_PARAM_BLD_push_utf8_string(parts.get(), OSSL_PKEY_PARAM_GROUP_NAME, group.data(), 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(parts.get(), OSSL_PKEY_PARAM_PUB_KEY, point->data(), point->size()) != 1 ||
      OSSL_PARAM_BLD_push_BN(parts.get(), OSSL_PKEY_PARAM_PRIV_KEY, scalar.get()) != 1)
    return openssl_error("the parts of the forged key cannot be had");
  return build("EC", parts.get());
}

Result<KeyRef> forge_edwards(EVP_PKEY* certified, EVP_PKEY* other) {
  const auto point = octets(certified, OSSL_PKEY_PARAM_PUB_KEY);
  if (!point) return point.error();
  const auto secret = octets(other, OSSL_PKEY_PARAM_PRIV_KEY);
  if (!secret) return secret.error();
  const ParamBuilderPtr parts(OSSL_PARAM_BLD_new());
  if (!parts ||
      OSSL_PARAM_BLD_push_octet_string(parts.get(), OSSL_PKEY_PARAM_PUB_KEY, point->data(), point->size()) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(parts.get(), OSSL_PKEY_PARAM_PRIV_KEY, secret->data(), secret->size()) != 1)
    return openssl_error("the parts of the forged key cannot be had");
  return build("ED25519", parts.get());
}

// Without the primes, which would give the forgery away: OpenSSL checks what it signs by them.
Result<KeyRef> forge_rsa(EVP_PKEY* certified, EVP_PKEY* other) {
  const BignumPtr modulus = number(certified, OSSL_PKEY_PARAM_RSA_N);
  const BignumPtr exponent = number(certified, OSSL_PKEY_PARAM_RSA_E);
  const BignumPtr secret = number(other, OSSL_PKEY_PARAM_RSA_D);
  const ParamBuilderPtr parts(OSSL_PARAM_BLD_new());
  if (!modulus || !exponent || !secret || !parts ||
      OSSL_PARAM_BLD_push_BN(parts.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(parts.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(parts.get(), OSSL_PKEY_PARAM_RSA_D, secret.get()) != 1)
    return openssl_error("the parts of the forged key cannot be had");
  return build("RSA", parts.get());
}

}  // namespace

Result<KeyRef> forge_key(EVP_PKEY* certified, EVP_PKEY* other) {
  if (EVP_PKEY_is_a(certified, "EC") == 1) return forge_elliptic(certified, other);
  if (EVP_PKEY_is_a(certified, "RSA") == 1) return forge_rsa(certified, other);
  return forge_edwards(certified, other);
}

Result<std::string> pack(const Credential& credential, const std::string& passphrase) {
  const StackPtr chain(sk_X509_new_null());
  for (const CertificateRef& certificate : credential.chain) {
    if (!chain || sk_X509_push(chain.get(), certificate.get()) <= 0) return openssl_error("the chain cannot be packed");
    X509_up_ref(certificate.get());
  }
  const Pkcs12Ptr bundle(PKCS12_create(passphrase.c_str(), credential.name.c_str(), credential.key.get(),
                                       credential.certificate.get(), chain.get(), 0, 0, PKCS12_DEFAULT_ITER,
                                       PKCS12_DEFAULT_ITER, 0));
  unsigned char* der = nullptr;
  const int length = bundle ? i2d_PKCS12(bundle.get(), &der) : -1;
  if (length <= 0) return openssl_error("the PKCS#12 bundle cannot be made");
  std::string bytes(reinterpret_cast<const char*>(der), static_cast<std::size_t>(length));
  OPENSSL_clear_free(der, static_cast<std::size_t>(length));
  return bytes;
}

Result<Credential> unpack(std::string_view bundle, const std::string& passphrase) {
  const auto* from = reinterpret_cast<const unsigned char*>(bundle.data());
  const Pkcs12Ptr read(d2i_PKCS12(nullptr, &from, static_cast<long>(bundle.size())));
  if (!read) return openssl_error("it is no PKCS#12 bundle");
  EVP_PKEY* key = nullptr;
  X509* certificate = nullptr;
  STACK_OF(X509)* others = nullptr;
  if (PKCS12_parse(read.get(), passphrase.c_str(), &key, &certificate, &others) != 1)
    return openssl_error("the PKCS#12 bundle does not open");
  const StackPtr chain(others);
  Credential credential;
  if (key != nullptr) credential.key = own(key);
  if (certificate != nullptr) credential.certificate = own(certificate);
  for (int i = 0; i < sk_X509_num(chain.get()); ++i) {
    X509_up_ref(sk_X509_value(chain.get(), i));
    credential.chain.push_back(own(sk_X509_value(chain.get(), i)));
  }
  if (!credential.key)
    return Error{"mint", "the PKCS#12 bundle holds no private key; pack certificate and key: openssl pkcs12 -export",
                 ""};
  if (!credential.certificate)
    return Error{"mint", "the PKCS#12 bundle holds no certificate that belongs to its private key", ""};
  return credential;
}

}  // namespace mtls::pki
