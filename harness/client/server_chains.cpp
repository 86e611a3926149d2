// A chain is known again by the SHA-256 of all that its judgement depends on.
#include "harness/client/server_chains.h"

#include <openssl/evp.h>

#include <fmt/format.h>

namespace mtls::client {
namespace {

template <class Object>
void add_digest(std::string& key, int (*digest)(const Object*, const EVP_MD*, unsigned char*, unsigned*),
                const Object* object) {
  unsigned char bytes[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  digest(object, EVP_sha256(), bytes, &size);
  key.append(reinterpret_cast<const char*>(bytes), size);
}

// Counts keep the parts apart; each digest has the same length.
std::string key_of(const PathInput& input) {
  std::string key = fmt::format("{} {} {} {} {} {}|", input.untrusted.size(), input.trust.size(), input.crls.size(),
                                input.purpose, input.at, input.name);
  if (input.certificate) add_digest(key, X509_digest, input.certificate);
  for (const CertificateRef& certificate : input.untrusted) add_digest(key, X509_digest, certificate.get());
  for (const CertificateRef& certificate : input.trust) add_digest(key, X509_digest, certificate.get());
  for (const CrlRef& list : input.crls) add_digest(key, X509_CRL_digest, list.get());
  return key;
}

}  // namespace

JudgedChain judge_chain(const PathInput& input) {
  JudgedChain judged;
  for (const CertificateRef& certificate : input.untrusted) judged.certificates.push_back(mtls::see(certificate.get()));
  judged.path = validate_path(input);
  return judged;
}

JudgedChain ServerChains::judge(const PathInput& input) {
  const std::string key = key_of(input);
  {
    const std::lock_guard lock(mutex_);
    const auto known = judged_.find(key);
    if (known != judged_.end()) return known->second;
  }
  JudgedChain judged = judge_chain(input);
  const std::lock_guard lock(mutex_);
  return judged_.emplace(key, std::move(judged)).first->second;
}

}  // namespace mtls::client
