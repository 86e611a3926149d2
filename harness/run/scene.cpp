// Addresses and material of a run.
#include "harness/run/scene.h"

#include <algorithm>

#include <fmt/format.h>

#include "harness/base/claim.h"

namespace mtls::run {

// 64 to 223: away from 127.0.0.1 and from what resolvers use (127.0.0.53).
Result<std::unique_ptr<Addresses>> Addresses::claim(std::uint64_t seed) {
  constexpr int first = 64, networks = 160;
  for (int n = 0; n < networks; ++n) {
    const int network = first + static_cast<int>((seed + static_cast<std::uint64_t>(n)) % networks);
    std::optional<Fd> held = mtls::claim(fmt::format("mtlscheck 127.{}.0.0/16", network));
    if (held) return std::unique_ptr<Addresses>(new Addresses(network, std::move(*held)));
  }
  return Error{"start", "every loopback network from 127.64.0.0/16 to 127.223.0.0/16 is taken by another run", ""};
}

std::string Addresses::infrastructure(int number) const {
  return fmt::format("127.{}.0.{}", network_, number);
}

std::string Addresses::next_client() {
  const int n = clients_.fetch_add(1);
  return fmt::format("127.{}.{}.{}", network_, 1 + n / 250 % 250, 1 + n % 250);
}

Result<Endpoint> Addresses::next_port(const std::string& address) {
  const std::lock_guard lock(mutex_);
  int& next = ports_.try_emplace(address, 20000).first->second;
  for (int tries = 0; tries < 1000; ++tries) {
    const Endpoint at{address, static_cast<std::uint16_t>(next++)};
    if (check_free_tcp(at)) return at;
  }
  return Error{"start", "no free port between 20000 and 21000", address};
}

namespace {

bool is_rsa(KeyType key) {
  return key == KeyType::rsa1024 || key == KeyType::rsa2048 || key == KeyType::rsa3072 || key == KeyType::rsa4096;
}

// Splits off the credentials that may come late: RSA, held by clients only, and no list or other credential is about
// them.
PkiSpec split_late(PkiSpec& spec, std::vector<std::string> early) {
  for (const CrlSpec& crl : spec.crls) early.insert(early.end(), crl.revoked.begin(), crl.revoked.end());
  for (const CredentialSpec& credential : spec.credentials) early.push_back(credential.key_of);
  PkiSpec late;
  const auto middle =
      std::stable_partition(spec.credentials.begin(), spec.credentials.end(), [&](const CredentialSpec& credential) {
        return !is_rsa(credential.certificate.key) ||
               std::find(early.begin(), early.end(), credential.certificate.name) != early.end();
      });
  late.credentials.assign(middle, spec.credentials.end());
  spec.credentials.erase(middle, spec.credentials.end());
  late.authorities = spec.authorities;
  return late;
}

}  // namespace

Result<std::unique_ptr<MaterialStore>> MaterialStore::mint(const PkiSpec& spec, const std::vector<std::string>& early,
                                                           std::int64_t now, const Given& given) {
  std::unique_ptr<MaterialStore> store(new MaterialStore);
  PkiSpec first = spec;
  std::erase_if(first.credentials, [&](const CredentialSpec& credential) {
    return given.credentials.contains(credential.certificate.name);
  });
  store->keys_.prepare(first);
  const bool all_at_once = !given.authorities.empty() || !given.credentials.empty();
  PkiSpec late = all_at_once ? PkiSpec{} : split_late(first, early);
  Result<pki::Material> minted = pki::mint(first, store->keys_, now, given.authorities);
  if (!minted) return minted.error();
  store->first_ = std::move(*minted);
  for (const auto& [name, credential] : given.credentials) store->first_.credentials[name] = credential;
  for (const CredentialSpec& credential : late.credentials) store->late_names_[credential.certificate.name] = true;
  store->late_ = std::async(std::launch::async, [late = std::move(late), owner = store.get(), now] {
                   return pki::mint(late, owner->keys_, now, owner->with_chains(late));
                 }).share();
  return store;
}

// The authorities, each with what stands between it and its root.
std::map<std::string, Credential, std::less<>> MaterialStore::with_chains(const PkiSpec& spec) const {
  std::map<std::string, std::string> issuer;
  for (const CertificateSpec& authority : spec.authorities) issuer[authority.name] = authority.issuer;
  std::map<std::string, Credential, std::less<>> authorities = first_.authorities;
  for (auto& [name, authority] : authorities)
    for (std::string up = issuer[name]; !up.empty() && !issuer[up].empty(); up = issuer[up])
      authority.chain.push_back(first_.authorities.at(up).certificate);
  return authorities;
}

Result<const pki::Material*> MaterialStore::material_with(const std::string& credential) {
  if (!comes_late(credential)) return &first_;
  const Result<pki::Material>& late = late_.get();
  if (!late) return late.error();
  return &*late;
}

Result<const Credential*> MaterialStore::credential(const std::string& name) {
  const Result<const pki::Material*> material = material_with(name);
  if (!material) return material.error();
  const auto found = (*material)->credentials.find(name);
  if (found == (*material)->credentials.end()) return Error{"mint", "no such credential was minted", name};
  return &found->second;
}

Result<pki::Material> MaterialStore::around(const std::string& name) {
  const Result<const pki::Material*> material = material_with(name);
  if (!material) return material.error();
  pki::Material around = **material;
  around.authorities = first_.authorities;
  around.crls = first_.crls;
  return around;
}

std::vector<CertificateRef> MaterialStore::certificates(const std::vector<std::string>& authorities) const {
  std::vector<CertificateRef> certificates;
  for (const std::string& name : authorities) certificates.push_back(first_.authorities.at(name).certificate);
  return certificates;
}

std::vector<CrlRef> MaterialStore::crls(const std::vector<std::string>& names) const {
  std::vector<CrlRef> crls;
  for (const std::string& name : names) crls.push_back(first_.crls.at(name));
  return crls;
}

std::string MaterialStore::subject_of(const std::string& name) {
  const auto authority = first_.authorities.find(name);
  if (authority != first_.authorities.end()) return see(authority->second.certificate.get()).subject;
  const Result<const Credential*> found = credential(name);
  return found ? see((*found)->certificate.get()).subject : std::string{};
}

std::string MaterialStore::sha256_of(const std::string& name) {
  const Result<const Credential*> found = credential(name);
  return found ? see((*found)->certificate.get()).sha256 : std::string{};
}

}  // namespace mtls::run
