// Resolves local PKI names into the merged PkiSpec, depth first, and merges what is equal.
#include "harness/run/pki_plan.h"

#include <algorithm>
#include <stdexcept>

namespace mtls::run {
namespace {

std::string& name_of(CertificateSpec& spec) {
  return spec.name;
}
std::string& name_of(CredentialSpec& spec) {
  return spec.certificate.name;
}
std::string& name_of(CrlSpec& spec) {
  return spec.name;
}
std::string& about_of(CertificateSpec& spec) {
  return spec.about;
}
std::string& about_of(CredentialSpec& spec) {
  return spec.certificate.about;
}
std::string& about_of(CrlSpec& spec) {
  return spec.about;
}

template <class Spec>
const Spec* find_in(const std::vector<Spec>& entries, const std::string& name) {
  for (const Spec& entry : entries)
    if (name_of(const_cast<Spec&>(entry)) == name) return &entry;
  return nullptr;
}

template <class Spec>
const Spec& find(const std::vector<Spec>& own, const std::vector<Spec>& standard, const std::string& name) {
  if (const Spec* spec = find_in(own, name)) return *spec;
  if (const Spec* spec = find_in(standard, name)) return *spec;
  throw std::logic_error("the catalog let an unknown PKI name pass: " + name);
}

template <class Spec>
bool equal_but_for_name(const Spec& a, const Spec& b) {
  Spec left = a, right = b;
  name_of(left) = name_of(right) = {};
  about_of(left) = about_of(right) = {};
  return left == right;
}

// The merged name of `spec`: that of an equal entry, else its own where free, else one that names the scenario too.
template <class Spec>
std::string merge(std::vector<Spec>& merged, Spec spec, const Scenario& scenario) {
  for (const Spec& entry : merged)
    if (equal_but_for_name(entry, spec)) return name_of(const_cast<Spec&>(entry));
  std::string name = name_of(spec);
  if (find_in(merged, name)) name += "@" + scenario.id;
  for (int n = 2; find_in(merged, name); ++n) name = name_of(spec) + "@" + scenario.id + "#" + std::to_string(n);
  name_of(spec) = name;
  merged.push_back(std::move(spec));
  return name;
}

}  // namespace

std::string PkiPlan::scope(const Scenario& scenario) const {
  const PkiSpec& own = scenario.pki;
  if (own.authorities.empty() && own.credentials.empty() && own.crls.empty()) return "|";
  std::string scope = scenario.id + "|";
  for (const auto& [key, value] : scenario.variant) scope += key + "=" + value + "|";
  return scope;
}

std::string PkiPlan::authority(const Scenario& scenario, const std::string& name) {
  const std::string key = scope(scenario) + "authority|" + name;
  if (const auto known = known_.find(key); known != known_.end()) return known->second;
  CertificateSpec spec = find(scenario.pki.authorities, standard_.authorities, name);
  if (!spec.issuer.empty()) spec.issuer = authority(scenario, spec.issuer);
  return known_[key] = merge(merged_.authorities, std::move(spec), scenario);
}

std::string PkiPlan::credential(const Scenario& scenario, const std::string& name) {
  if (name.empty()) return {};
  const std::string key = scope(scenario) + "credential|" + name;
  if (const auto known = known_.find(key); known != known_.end()) return known->second;
  CredentialSpec spec = find(scenario.pki.credentials, standard_.credentials, name);
  if (!spec.certificate.issuer.empty()) spec.certificate.issuer = authority(scenario, spec.certificate.issuer);
  if (spec.chain) spec.chain = authorities(scenario, *spec.chain);
  if (!spec.key_of.empty()) spec.key_of = credential(scenario, spec.key_of);
  return known_[key] = merge(merged_.credentials, std::move(spec), scenario);
}

std::string PkiPlan::revoked(const Scenario& scenario, const std::string& name) {
  const bool is_credential = find_in(scenario.pki.credentials, name) ||
                             (!find_in(scenario.pki.authorities, name) && find_in(standard_.credentials, name));
  return is_credential ? credential(scenario, name) : authority(scenario, name);
}

std::string PkiPlan::crl(const Scenario& scenario, const std::string& name) {
  const std::string key = scope(scenario) + "crl|" + name;
  if (const auto known = known_.find(key); known != known_.end()) return known->second;
  CrlSpec spec = find(scenario.pki.crls, standard_.crls, name);
  spec.authority = authority(scenario, spec.authority);
  if (!spec.signed_by.empty()) spec.signed_by = authority(scenario, spec.signed_by);
  for (std::string& entry : spec.revoked) entry = revoked(scenario, entry);
  return known_[key] = merge(merged_.crls, std::move(spec), scenario);
}

std::vector<std::string> PkiPlan::authorities(const Scenario& scenario, const std::vector<std::string>& names) {
  std::vector<std::string> resolved;
  for (const std::string& name : names) resolved.push_back(authority(scenario, name));
  return resolved;
}

std::vector<std::string> PkiPlan::crls(const Scenario& scenario, const std::vector<std::string>& names) {
  std::vector<std::string> resolved;
  for (const std::string& name : names) resolved.push_back(crl(scenario, name));
  return resolved;
}

}  // namespace mtls::run
