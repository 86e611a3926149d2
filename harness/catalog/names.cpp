// Lookup of names, and the complaint with the nearest one.
#include "harness/catalog/names.h"

#include <algorithm>

#include "harness/base/text.h"

namespace mtls::catalog {
namespace {

std::string_view word(Part part) {
  switch (part) {
    case Part::authority: return "authority";
    case Part::credential: return "credential";
    case Part::crl: return "revocation list";
  }
  return "";
}

std::unordered_set<std::string_view> keys_of(const Node* pki, std::string_view section) {
  std::unordered_set<std::string_view> keys;
  const Member* member = pki ? pki->find(section) : nullptr;
  if (!member) return keys;
  for (const Member& entry : member->value.members) keys.insert(entry.key);
  return keys;
}

}  // namespace

const std::unordered_set<std::string_view>& NameSet::of(Part part) const {
  switch (part) {
    case Part::authority: return authorities;
    case Part::credential: return credentials;
    case Part::crl: return crls;
  }
  return authorities;
}

NameSet names_of(const PkiSpec& pki) {
  NameSet names;
  for (const CertificateSpec& spec : pki.authorities) names.authorities.insert(spec.name);
  for (const CredentialSpec& spec : pki.credentials) names.credentials.insert(spec.certificate.name);
  for (const CrlSpec& spec : pki.crls) names.crls.insert(spec.name);
  return names;
}

NameSet names_of(const Node* pki) {
  return {keys_of(pki, "authorities"), keys_of(pki, "credentials"), keys_of(pki, "crls")};
}

bool Names::has(Part part, std::string_view name) const {
  return own_.of(part).count(name) > 0 || standard_->of(part).count(name) > 0;
}

void Names::complain(const Place& place, std::string_view what, std::string_view name,
                     std::initializer_list<Part> in) const {
  std::vector<std::string> known;
  for (Part part : in) {
    for (std::string_view one : own_.of(part)) known.emplace_back(one);
    for (std::string_view one : standard_->of(part)) known.emplace_back(one);
  }
  std::sort(known.begin(), known.end());
  known.erase(std::unique(known.begin(), known.end()), known.end());
  const std::string near = name.size() > 60 ? "" : nearest(name, known);
  std::string text =
      fmt::format("there is no {} {}; expected a name of this file's or the standard PKI", what, quote(name));
  if (!near.empty()) text += "; did you mean " + quote(near) + "?";
  place.fail(text);
}

void Names::expect(const Place& place, Part part, std::string_view name) const {
  if (!has(part, name)) complain(place, word(part), name, {part});
}

void Names::expect_certificate(const Place& place, std::string_view name) const {
  if (has(Part::credential, name) || has(Part::authority, name)) return;
  complain(place, "credential or authority", name, {Part::credential, Part::authority});
}

void Names::refer(Object& object, std::string_view key, Part part, std::string& target) const {
  object.with(key, [&](const Place& place) {
    target = read_not_empty(place);
    if (!target.empty()) expect(place, part, target);
  });
}

void Names::refer_or_none(Object& object, std::string_view key, Part part, std::string& target) const {
  object.with(key, [&](const Place& place) {
    read(place, target);
    if (!target.empty()) expect(place, part, target);
  });
}

void Names::refer(Object& object, std::string_view key, Part part, std::vector<std::string>& target) const {
  object.with(key, [&](const Place& place) {
    target.clear();
    read_items(place, [&](const Place& item) {
      target.push_back(read_not_empty(item));
      if (!target.back().empty()) expect(item, part, target.back());
    });
  });
}

}  // namespace mtls::catalog
