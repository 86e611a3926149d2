// Certificates, credentials and revocation lists, deviations from others included.
#include "harness/catalog/pki_reader.h"

#include <algorithm>
#include <map>
#include <set>

#include "harness/catalog/entries.h"

namespace mtls::catalog {
namespace {

void read(const Place& place, KeyType& value) {
  value = read_word(place, all_key_types);
}
void read(const Place& place, SignatureHash& value) {
  value = read_word(place, all_signature_hashes);
}

template <class T, std::size_t N>
void read_usages(const Place& place, const std::array<T, N>& all, std::optional<std::vector<T>>& usages) {
  usages.reset();
  if (place.node().kind == Node::Kind::null) return;
  if (place.node().kind != Node::Kind::list) return place.expected("a list of usages, or null for no extension");
  usages.emplace();
  read_items(place, [&](const Place& item) { usages->push_back(read_word(item, all)); });
}

// A list of "form:value" whose forms are among `forms`.
void read_general_names(const Place& place, const std::vector<std::string>& forms, std::vector<std::string>& names) {
  names.clear();
  read_items(place, [&](const Place& item) {
    const std::string name = read_not_empty(item);
    const std::size_t colon = name.find(':');
    const std::string form = name.substr(0, colon);
    const bool known = std::find(forms.begin(), forms.end(), form) != forms.end();
    if (!name.empty() && (colon == std::string::npos || colon + 1 == name.size() || !known)) {
      item.expected("a name as \"" + join(forms, ":..\", \"") + ":..\"");
    }
    names.push_back(name);
  });
}

void read(const Place& place, NameConstraints& constraints) {
  const std::vector<std::string> forms{"dns", "email", "ip", "dir"};
  Object object(place);
  object.with("permitted", [&](const Place& at) { read_general_names(at, forms, constraints.permitted); });
  object.with("excluded", [&](const Place& at) { read_general_names(at, forms, constraints.excluded); });
  object.finish();
}

int read_version(const Place& place) {
  if (place.node().kind == Node::Kind::integer && (place.node().integer == 1 || place.node().integer == 3)) {
    return static_cast<int>(place.node().integer);
  }
  place.expected("the X.509 version 1 or 3");
  return 3;
}

void read_certificate(Object& object, const Names& names, CertificateSpec& spec) {
  object.allow("like");
  object.optional("about", spec.about);
  names.refer_or_none(object, "issuer", Part::authority, spec.issuer);
  object.optional("subject", spec.subject);
  object.with("sans", [&](const Place& at) { read_general_names(at, {"dns", "ip", "uri", "email"}, spec.sans); });
  object.with("key", [&](const Place& at) { read(at, spec.key); });
  object.with("signature", [&](const Place& at) { read(at, spec.signature); });
  object.optional("not_before", spec.not_before);
  object.optional("not_after", spec.not_after);
  object.optional("authority", spec.authority);
  object.optional("basic_constraints", spec.basic_constraints);
  object.with("path_length", [&](const Place& at) {
    spec.path_length = at.node().kind == Node::Kind::null ? std::nullopt : std::optional(read_integer(at, 0, 100));
  });
  object.with("key_usage", [&](const Place& at) { read_usages(at, all_key_usages, spec.key_usage); });
  object.with("extended_key_usage",
              [&](const Place& at) { read_usages(at, all_extended_key_usages, spec.extended_key_usage); });
  object.with("name_constraints", [&](const Place& at) { read(at, spec.name_constraints); });
  object.optional("unknown_critical_extension", spec.unknown_critical_extension);
  object.with("version", [&](const Place& at) { spec.version = read_version(at); });
  object.optional("distinct", spec.distinct);
  if (spec.subject.empty() && spec.sans.empty()) {
    object.place().fail("neither a subject nor a name in \"sans\"; expected one of them");
  }
}

CertificateSpec read_authority(const std::string& name, const Place& place, const CertificateSpec* base,
                               const Names& names) {
  CertificateSpec spec;
  spec.authority = true;
  spec.key_usage = {KeyUsage::key_cert_sign, KeyUsage::crl_sign, KeyUsage::digital_signature};
  if (base) spec = *base;
  spec.name = name;
  Object object(place);
  read_certificate(object, names, spec);
  object.finish();
  return spec;
}

CredentialSpec read_credential(const std::string& name, const Place& place, const CredentialSpec* base,
                               const Names& names) {
  CredentialSpec spec;
  spec.certificate.issuer = "intermediate";
  spec.certificate.key_usage = {KeyUsage::digital_signature};
  spec.certificate.extended_key_usage = {ExtendedKeyUsage::client_auth};
  if (base) spec = *base;
  spec.certificate.name = name;
  Object object(place);
  read_certificate(object, names, spec.certificate);
  if (!object.has("issuer") && !base) names.expect(place, Part::authority, spec.certificate.issuer);
  object.with("chain", [&](const Place&) {
    spec.chain.emplace();
    names.refer(object, "chain", Part::authority, *spec.chain);
  });
  object.optional("forged_proof", spec.forged_proof);
  names.refer_or_none(object, "key_of", Part::credential, spec.key_of);
  object.optional("pkcs12_passphrase", spec.pkcs12_passphrase);
  object.optional("fault", spec.fault);
  object.with("expect_verify", [&](const Place& at) { spec.expect_verify = read_integer(at, 0, 999); });
  if (spec.key_of == name) place.fail("\"key_of\" names the credential itself; expected another one");
  object.finish();
  return spec;
}

CrlSpec read_crl(const std::string& name, const Place& place, const CrlSpec* base, const Names& names) {
  CrlSpec spec;
  if (base) spec = *base;
  spec.name = name;
  Object object(place);
  object.allow("like");
  object.optional("about", spec.about);
  names.refer(object, "authority", Part::authority, spec.authority);
  object.with("revoked", [&](const Place& at) {
    spec.revoked.clear();
    read_items(at, [&](const Place& item) {
      spec.revoked.push_back(read_not_empty(item));
      if (!spec.revoked.back().empty()) names.expect_certificate(item, spec.revoked.back());
    });
  });
  object.optional("this_update", spec.this_update);
  object.optional("next_update", spec.next_update);
  names.refer_or_none(object, "signed_by", Part::authority, spec.signed_by);
  object.finish();
  if (spec.authority.empty()) place.fail("the key \"authority\" is missing; expected the list's issuer");
  return spec;
}

// Follows the issuers of each of the file's own authorities up to a self-signed one.
void refuse_circles(const Place& section, const std::vector<CertificateSpec>& own,
                    const std::vector<CertificateSpec>& standard) {
  std::map<std::string_view, std::string_view> issuers;
  for (const CertificateSpec& spec : own) issuers.emplace(spec.name, spec.issuer);
  for (const CertificateSpec& spec : standard) issuers.emplace(spec.name, spec.issuer);
  std::set<std::string_view> ends;
  for (const Member& member : section.node().members) {
    std::set<std::string_view> way;
    std::string_view at = member.key;
    while (!at.empty() && ends.count(at) == 0 && way.insert(at).second) {
      const auto next = issuers.find(at);
      at = next == issuers.end() ? std::string_view{} : next->second;
    }
    if (!at.empty() && way.count(at) > 0) {
      return section.at(member).fail(fmt::format(
          "the issuers of {} go round in a circle, through {}; expected them to end at a self-signed authority",
          quote(member.key), quote(at)));
    }
    ends.merge(way);
  }
}

// Finds an entry of the standard PKI by name.
template <class T, class Name>
auto finder(const std::vector<T>& values, Name name_of) {
  return [&values, name_of](std::string_view wanted) -> const T* {
    for (const T& value : values) {
      if (name_of(value) == wanted) return &value;
    }
    return nullptr;
  };
}

}  // namespace

PkiSpec read_pki_sections(const Place& place, const Names& names, const PkiSpec& standard) {
  PkiSpec pki;
  Object object(place);
  object.with("authorities", [&](const Place& section) {
    pki.authorities = Entries<CertificateSpec>().read(
        section,
        finder(standard.authorities, [](const CertificateSpec& spec) -> const std::string& { return spec.name; }),
        [&](const std::string& name, const Place& at, const CertificateSpec* base) {
          return read_authority(name, at, base, names);
        });
    refuse_circles(section, pki.authorities, standard.authorities);
  });
  object.with("credentials", [&](const Place& section) {
    pki.credentials = Entries<CredentialSpec>().read(
        section,
        finder(standard.credentials,
               [](const CredentialSpec& spec) -> const std::string& { return spec.certificate.name; }),
        [&](const std::string& name, const Place& at, const CredentialSpec* base) {
          return read_credential(name, at, base, names);
        });
  });
  object.with("crls", [&](const Place& section) {
    pki.crls = Entries<CrlSpec>().read(
        section, finder(standard.crls, [](const CrlSpec& spec) -> const std::string& { return spec.name; }),
        [&](const std::string& name, const Place& at, const CrlSpec* base) { return read_crl(name, at, base, names); });
  });
  object.finish();
  return pki;
}

}  // namespace mtls::catalog
