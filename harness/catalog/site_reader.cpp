// Sites, legs and upstreams: given keys override those of what they are like.
#include "harness/catalog/site_reader.h"

#include <map>

#include "harness/catalog/entries.h"

namespace mtls::catalog {
namespace {

void read(const Place& place, TlsVersion& value) {
  value = read_word(place, all_tls_versions);
}
void read(const Place& place, ClientAuth& value) {
  value = read_word(place, all_client_auths);
}
void read(const Place& place, IdentityHeader& value) {
  value = read_word(place, all_identity_headers);
}
void read(const Place& place, UpstreamKind& value) {
  value = read_word(place, all_upstream_kinds);
}
void read(const Place& place, Behaviour& value) {
  value = read_word(place, all_behaviours);
}
void read(const Place& place, Responder& value) {
  value = read_word(place, all_responders);
}

template <class T>
void set(Object& object, std::string_view key, T& target) {
  object.with(key, [&](const Place& at) { read(at, target); });
}

const UpstreamSpec* find_upstream(const NamedUpstreams& upstreams, std::string_view name) {
  for (const auto& [known, spec] : upstreams) {
    if (known == name) return &spec;
  }
  return nullptr;
}

UpstreamSpec standard_upstream(const Place& place, const NamedUpstreams& upstreams) {
  const std::string name = read_not_empty(place);
  if (name.empty()) return {};
  if (const UpstreamSpec* found = find_upstream(upstreams, name)) return *found;
  std::vector<std::string> known;
  for (const auto& [one, spec] : upstreams) known.push_back(one);
  place.fail(fmt::format("there is no standard upstream {}; {}", quote(name), expectation(name, known)));
  return {};
}

void read_upstream_fields(Object& object, const Names& names, UpstreamSpec& spec) {
  set(object, "kind", spec.kind);
  object.optional("tls", spec.tls);
  names.refer_or_none(object, "credential", Part::credential, spec.credential);
  set(object, "client_auth", spec.client_auth);
  names.refer(object, "trust", Part::authority, spec.trust);
  names.refer(object, "crls", Part::crl, spec.crls);
  set(object, "versions", spec.versions);
  object.optional("names", spec.names);
  object.optional("strict_sni", spec.strict_sni);
  set(object, "behaviour", spec.behaviour);
  object.finish();
  const bool answers = spec.behaviour == Behaviour::answering || spec.behaviour == Behaviour::slow;
  if (spec.tls && answers && spec.credential.empty()) {
    object.place().fail("an upstream that speaks TLS has no credential; expected \"credential\"");
  }
}

// The name of a standard upstream, or an object whose keys override those of `like`, else those of `spec`.
void read_upstream(const Place& place, const Names& names, const NamedUpstreams& upstreams, UpstreamSpec& spec) {
  if (place.node().kind == Node::Kind::text) {
    spec = standard_upstream(place, upstreams);
  } else if (place.node().kind == Node::Kind::object) {
    Object object(place);
    object.with("like", [&](const Place& at) { spec = standard_upstream(at, upstreams); });
    read_upstream_fields(object, names, spec);
  } else {
    place.expected("the name of a standard upstream, or an object");
  }
}

void read_leg(const Place& place, const Names& names, UpstreamLeg& leg) {
  Object object(place);
  object.optional("tls", leg.tls);
  names.refer_or_none(object, "credential", Part::credential, leg.credential);
  object.optional("verify", leg.verify);
  names.refer(object, "trust", Part::authority, leg.trust);
  names.refer(object, "crls", Part::crl, leg.crls);
  object.optional("name", leg.name);
  object.optional("send_sni", leg.send_sni);
  object.with("depth", [&](const Place& at) { leg.depth = read_integer(at, 0, 100); });
  set(object, "versions", leg.versions);
  object.finish();
}

void read_ocsp(const Place& place, const Names& names, std::optional<OcspCheck>& ocsp) {
  if (!ocsp) ocsp.emplace();
  Object object(place);
  set(object, "responder", ocsp->responder);
  names.refer(object, "crls", Part::crl, ocsp->crls);
  object.finish();
}

void read_control(const Place& place, const Names& names, const NamedUpstreams& upstreams, Control& control) {
  Object object(place);
  object.optional("wanted", control.wanted);
  names.refer_or_none(object, "present", Part::credential, control.present);
  object.with("tls", [&](const Place& at) { control.tls = read_word(at, all_tls_versions); });
  object.with("upstream", [&](const Place& at) {
    if (!control.upstream) control.upstream.emplace();
    read_upstream(at, names, upstreams, *control.upstream);
  });
  object.finish();
}

void check_site(const Place& place, const Names& names, const SiteSpec& site) {
  if (site.names.empty()) place.fail("a site without a server name; expected at least one in \"names\"");
  if (site.tls && site.credential.empty()) {
    place.fail("a site that speaks TLS has no credential; expected \"credential\", or \"tls\": false");
  }
  // Names that nobody wrote down: the defaults, which a PKI of somebody's own may lack.
  if (!site.credential.empty()) names.expect(place, Part::credential, site.credential);
  if (site.control.wanted && !site.control.present.empty()) {
    names.expect(place, Part::credential, site.control.present);
  }
}

SiteSpec read_site(const std::string& name, const Place& place, const SiteSpec* base, const Names& names,
                   const NamedUpstreams& upstreams) {
  SiteSpec site;
  if (base) site = *base;
  site.name = name;
  Object object(place);
  object.allow("like");
  object.optional("listener", site.listener);
  object.optional("names", site.names);
  object.optional("tls", site.tls);
  object.optional("reject_unknown_names", site.reject_unknown_names);
  names.refer_or_none(object, "credential", Part::credential, site.credential);
  set(object, "client_auth", site.client_auth);
  names.refer(object, "trust", Part::authority, site.trust);
  names.refer(object, "crls", Part::crl, site.crls);
  object.with("depth", [&](const Place& at) { site.depth = read_integer(at, 0, 100); });
  object.with("ocsp", [&](const Place& at) { read_ocsp(at, names, site.ocsp); });
  set(object, "versions", site.versions);
  object.optional("resumption", site.resumption);
  set(object, "identity", site.identity);
  object.optional("extra", site.extra);
  object.with("leg", [&](const Place& at) { read_leg(at, names, site.leg); });
  object.with("upstream", [&](const Place& at) { read_upstream(at, names, upstreams, site.upstream); });
  object.with("control", [&](const Place& at) { read_control(at, names, upstreams, site.control); });
  object.finish();
  check_site(place, names, site);
  return site;
}

// A port speaks TLS or it does not.
void refuse_mixed_listeners(const Place& section, const std::vector<SiteSpec>& sites) {
  std::map<std::string_view, const SiteSpec*> first;
  for (std::size_t i = 0; i < sites.size(); ++i) {
    if (sites[i].listener.empty()) continue;
    const SiteSpec* before = first.emplace(sites[i].listener, &sites[i]).first->second;
    if (before->tls == sites[i].tls) continue;
    section.at(section.node().members[i])
        .fail(fmt::format("shares the listener {} with {}, but only one of them speaks TLS; expected both or none",
                          quote(sites[i].listener), quote(before->name)));
  }
}

}  // namespace

void read(const Place& place, TlsRange& versions) {
  Object object(place);
  set(object, "min", versions.min);
  set(object, "max", versions.max);
  object.finish();
  if (versions.min > versions.max) place.fail("\"min\" is above \"max\"; expected a range of TLS versions");
}

NamedUpstreams read_upstreams(const Place& place, const Names& names) {
  const auto nothing = [](std::string_view) -> const UpstreamSpec* { return nullptr; };
  auto values =
      Entries<UpstreamSpec>().read(place, nothing, [&](const std::string&, const Place& at, const UpstreamSpec* base) {
        UpstreamSpec spec;
        if (base) spec = *base;
        Object object(at);
        object.allow("like");
        read_upstream_fields(object, names, spec);
        return spec;
      });
  NamedUpstreams named;
  for (std::size_t i = 0; i < values.size(); ++i) {
    named.emplace_back(place.node().members[i].key, std::move(values[i]));
  }
  return named;
}

std::vector<SiteSpec> read_sites(const Place& place, const Names& names, const std::vector<SiteSpec>& standard,
                                 const NamedUpstreams& upstreams) {
  const auto find = [&](std::string_view name) -> const SiteSpec* {
    for (const SiteSpec& site : standard) {
      if (site.name == name) return &site;
    }
    return nullptr;
  };
  auto sites =
      Entries<SiteSpec>().read(place, find, [&](const std::string& name, const Place& at, const SiteSpec* base) {
        return read_site(name, at, base, names, upstreams);
      });
  refuse_mixed_listeners(place, sites);
  return sites;
}

}  // namespace mtls::catalog
