// Everything in a PkiSpec, issued in dependency order.
#include <algorithm>
#include <optional>

#include "harness/base/text.h"
#include "harness/pki/handles.h"
#include "harness/pki/issue.h"
#include "harness/pki/pki.h"
#include "harness/pki/possession.h"

namespace mtls::pki {
namespace {

Error unknown(const std::string& sort, const std::string& name, const std::string& entry) {
  return {"mint", "there is no " + sort + " \"" + name + "\"", entry};
}

bool is_root(const X509* certificate) {
  return X509_NAME_cmp(X509_get_subject_name(certificate), X509_get_issuer_name(certificate)) == 0;
}

class Minting {
 public:
  Minting(const PkiSpec& spec, KeyPool& keys, std::int64_t now,
          const std::map<std::string, Credential, std::less<>>& given)
      : spec_(spec), keys_(keys), now_(now), given_(given) {}

  Result<Material> all();

 private:
  Result<void> register_names();
  Result<const Credential*> authority(const std::string& name, const std::string& wanted_by);
  Result<void> mint_authority(const CertificateSpec& spec);
  Result<void> mint_leaf(const CredentialSpec& spec);
  Result<std::vector<CertificateRef>> chain_of(const CredentialSpec& spec);
  Result<void> hold(const CredentialSpec& spec);
  Result<void> bundle(const CredentialSpec& spec);
  Result<void> mint_list(const CrlSpec& spec, std::int64_t index);

  const PkiSpec& spec_;
  KeyPool& keys_;
  std::int64_t now_;
  const std::map<std::string, Credential, std::less<>>& given_;
  Material material_;
  std::map<std::string, const CertificateSpec*, std::less<>> authority_specs_;
  std::vector<std::string> path_;  // authorities whose issuers are being minted
  std::vector<KeyRef> authority_keys_;
  std::map<std::string, KeyRef, std::less<>> leaf_keys_;  // that the certificates are about, whoever holds which
};

Result<void> Minting::register_names() {
  for (const auto& [name, credential] : given_) material_.authorities[name] = credential;
  for (const CertificateSpec& spec : spec_.authorities)
    if (!authority_specs_.emplace(spec.name, &spec).second)
      return Error{"mint", "two authorities have this name", "authority " + spec.name};
  std::map<std::string_view, int> seen;
  for (const CredentialSpec& spec : spec_.credentials)
    if (++seen[spec.certificate.name] > 1)
      return Error{"mint", "two credentials have this name", "credential " + spec.certificate.name};
  seen.clear();
  for (const CrlSpec& spec : spec_.crls)
    if (++seen[spec.name] > 1) return Error{"mint", "two lists have this name", "crl " + spec.name};
  return {};
}

// The authority, minted by now, its issuers first.
Result<const Credential*> Minting::authority(const std::string& name, const std::string& wanted_by) {
  if (const auto made = material_.authorities.find(name); made != material_.authorities.end()) return &made->second;
  const auto spec = authority_specs_.find(name);
  if (spec == authority_specs_.end()) return unknown("authority", name, wanted_by);
  if (const auto begun = std::find(path_.begin(), path_.end(), name); begun != path_.end()) {
    const std::vector<std::string> cycle(begun, path_.end());
    return Error{"mint", "its issuers go in a circle: " + join(cycle, ", issued by ") + ", issued by " + name,
                 "authority " + name};
  }
  path_.push_back(name);
  const Result<void> minted = mint_authority(*spec->second);
  path_.pop_back();
  if (!minted) return minted.error();
  return &material_.authorities.at(name);
}

Result<void> Minting::mint_authority(const CertificateSpec& spec) {
  const std::string entry = "authority " + spec.name;
  if (spec.subject.find("TEST ONLY") == std::string::npos)
    return Error{"mint", "the subject \"" + spec.subject + "\" of a throwaway authority must say TEST ONLY", entry};
  const Credential* issuer = nullptr;
  if (!spec.issuer.empty()) {
    const auto found = authority(spec.issuer, entry);
    if (!found) return found.error();
    issuer = *found;
  }
  auto key = keys_.take(spec.key, authority_keys_);
  if (!key) return at(key.error(), entry);
  auto certificate = issue(spec, key->get(), issuer, now_);
  if (!certificate) return at(certificate.error(), entry);
  authority_keys_.push_back(*key);
  material_.authorities[spec.name] = {spec.name, std::move(*certificate), std::move(*key), {}};
  return {};
}

Result<std::vector<CertificateRef>> Minting::chain_of(const CredentialSpec& spec) {
  const std::string entry = "credential " + spec.certificate.name;
  std::vector<CertificateRef> chain;
  if (spec.chain) {
    for (const std::string& name : *spec.chain) {
      const auto link = authority(name, entry);
      if (!link) return link.error();
      chain.push_back((*link)->certificate);
    }
    return chain;
  }
  for (std::string name = spec.certificate.issuer; !name.empty();) {
    const Credential& issuer = material_.authorities.at(name);
    if (given_.count(name) != 0) {
      if (!is_root(issuer.certificate.get())) chain.push_back(issuer.certificate);
      chain.insert(chain.end(), issuer.chain.begin(), issuer.chain.end());
      break;
    }
    name = authority_specs_.find(name)->second->issuer;
    if (!name.empty()) chain.push_back(issuer.certificate);
  }
  return chain;
}

Result<void> Minting::mint_leaf(const CredentialSpec& spec) {
  const std::string entry = "credential " + spec.certificate.name;
  const Credential* issuer = nullptr;
  std::vector<KeyRef> unlike;
  if (!spec.certificate.issuer.empty()) {
    const auto found = authority(spec.certificate.issuer, entry);
    if (!found) return found.error();
    issuer = *found;
    unlike.push_back(issuer->key);
  }
  const auto key = keys_.take(spec.certificate.key, unlike);
  if (!key) return at(key.error(), entry);
  auto certificate = issue(spec.certificate, key->get(), issuer, now_);
  if (!certificate) return at(certificate.error(), entry);
  auto chain = chain_of(spec);
  if (!chain) return chain.error();
  leaf_keys_[spec.certificate.name] = *key;
  material_.credentials[spec.certificate.name] = {spec.certificate.name, std::move(*certificate), *key,
                                                  std::move(*chain)};
  return {};
}

// Which key the holder of a minted credential has.
Result<void> Minting::hold(const CredentialSpec& spec) {
  const std::string& name = spec.certificate.name;
  const std::string entry = "credential " + name;
  Credential& credential = material_.credentials.at(name);
  const KeyRef& certified = leaf_keys_.at(name);
  if (spec.forged_proof && !spec.key_of.empty())
    return Error{"mint", "forged_proof and key_of exclude each other", entry};
  if (!spec.key_of.empty()) {
    const auto other = leaf_keys_.find(spec.key_of);
    if (other == leaf_keys_.end()) return unknown("credential", spec.key_of, entry);
    if (spec.key_of == name) return Error{"mint", "key_of names the credential itself", entry};
    // RSA keys are shared where that makes no difference; here it would undo the fault.
    const CredentialSpec& stated =
        *std::find_if(spec_.credentials.begin(), spec_.credentials.end(),
                      [&](const CredentialSpec& one) { return one.certificate.name == spec.key_of; });
    auto key =
        other->second != certified ? Result<KeyRef>(other->second) : keys_.take(stated.certificate.key, {certified});
    if (!key) return at(key.error(), entry);
    credential.key = std::move(*key);
  }
  if (spec.forged_proof) {
    const auto other = keys_.take(spec.certificate.key, {certified});
    if (!other) return at(other.error(), entry);
    auto forged = forge_key(certified.get(), other->get());
    if (!forged) return at(forged.error(), entry);
    credential.key = std::move(*forged);
  }
  return {};
}

// What is handed out is what the bundle gave back.
Result<void> Minting::bundle(const CredentialSpec& spec) {
  if (spec.pkcs12_passphrase.empty()) return {};
  const std::string& name = spec.certificate.name;
  const std::string entry = "credential " + name;
  Credential& credential = material_.credentials.at(name);
  auto packed = pack(credential, spec.pkcs12_passphrase);
  if (!packed) return at(packed.error(), entry);
  auto unpacked = unpack(*packed, spec.pkcs12_passphrase);
  if (!unpacked) return at(unpacked.error(), entry);
  unpacked->name = name;
  credential = std::move(*unpacked);
  material_.pkcs12[name] = std::move(*packed);
  material_.passphrases[name] = spec.pkcs12_passphrase;
  return {};
}

Result<void> Minting::mint_list(const CrlSpec& spec, std::int64_t index) {
  const std::string entry = "crl " + spec.name;
  const auto issuer = authority(spec.authority, entry);
  if (!issuer) return issuer.error();
  const auto signer = authority(spec.signed_by.empty() ? spec.authority : spec.signed_by, entry);
  if (!signer) return signer.error();
  // A list stated later has the higher number where both are of one moment (RFC 5280, 5.2.3).
  const std::int64_t number = now_ + spec.this_update.count() + index;
  RevocationListInput input{spec, **issuer, **signer, {}, number};
  for (const std::string& name : spec.revoked) {
    if (const auto leaf = material_.credentials.find(name); leaf != material_.credentials.end()) {
      input.revoked.push_back(leaf->second.certificate);
      continue;
    }
    const auto revoked = authority(name, entry);
    if (!revoked) return unknown("credential or authority", name, entry);
    input.revoked.push_back((*revoked)->certificate);
  }
  auto list = issue_list(input, now_);
  if (!list) return at(list.error(), entry);
  material_.crls[spec.name] = std::move(*list);
  return {};
}

Result<Material> Minting::all() {
  keys_.prepare(spec_);
  if (const auto registered = register_names(); !registered) return registered.error();
  for (const CertificateSpec& spec : spec_.authorities)
    if (const auto made = authority(spec.name, ""); !made) return made.error();
  for (const CredentialSpec& spec : spec_.credentials)
    if (const auto minted = mint_leaf(spec); !minted) return minted.error();
  for (const CredentialSpec& spec : spec_.credentials) {
    if (const auto held = hold(spec); !held) return held.error();
    if (const auto bundled = bundle(spec); !bundled) return bundled.error();
  }
  std::int64_t index = 0;
  for (const CrlSpec& spec : spec_.crls)
    if (const auto minted = mint_list(spec, index++); !minted) return minted.error();
  return std::move(material_);
}

}  // namespace

Result<Material> mint(const PkiSpec& spec, KeyPool& keys, std::int64_t now,
                      const std::map<std::string, Credential, std::less<>>& given) {
  return Minting(spec, keys, now, given).all();
}

}  // namespace mtls::pki
