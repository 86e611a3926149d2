// Turns a plan into values for templates, and refuses what a configuration must not contain.
#include "harness/gateway/plan_values.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "harness/base/text.h"
#include "harness/gateway/vocabulary.h"

namespace mtls::gateway {
namespace {

constexpr int workers = 2;
constexpr std::size_t spare_connections = 1024;

// Every character that ends, quotes, expands or comments out a word in the configuration language of some gateway.
Result<void> check_plain(const std::string& value, const std::string& what) {
  static constexpr std::string_view dangerous = " \"'`;{}$#\\<>";
  const auto bad = std::find_if(value.begin(), value.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f || dangerous.find(c) != std::string_view::npos;
  });
  if (bad == value.end()) return {};
  return Error{"render",
               fmt::format("{} must not contain \"{}\": it would change the configuration's meaning", what,
                           sanitise_line(std::string_view(&*bad, 1))),
               sanitise_line(value, 200)};
}

// As it stands in quotes in JSON and in YAML; PEM holds nothing else that they would not take as it is.
std::string in_one_line(const std::string& pem) {
  return join(split(pem, '\n'), "\\n");
}

std::string responder_url(const PlacedSite& site) {
  return site.responder ? fmt::format("http://{}/", to_string(*site.responder)) : "";
}

// Fills one site; knows which variables the templates mention.
class SiteValues {
 public:
  SiteValues(const std::set<std::string>& mentioned, MaterialFiles& files) : mentioned_(mentioned), files_(files) {}

  Result<Values> of(const PlacedSite& site) {
    if (const Result<void> fit = check(site); !fit) return fit.error();
    values_ = {};
    add_names(site.spec);
    add_policy(site);
    add_identity(site.spec);
    add_upstream(site);
    add_leg_policy(site.spec.leg);
    add_certificates("", site.credential, site.trust, site.crls);
    add_certificates("leg_", site.leg_credential, site.leg_trust, site.leg_crls);
    return std::move(values_);
  }

 private:
  bool mentions(const std::string& name) const { return mentioned_.count(name) != 0; }

  Result<void> check_credential(const std::optional<Credential>& credential, const std::string& what,
                                const SiteSpec& spec) const {
    if (credential && credential->certificate && credential->key) return {};
    return Error{"render", fmt::format("{} has no certificate and key", what), fmt::format("site \"{}\"", spec.name)};
  }

  Result<void> check(const PlacedSite& site) const {
    const SiteSpec& spec = site.spec;
    for (const std::string& name : spec.names)
      if (const Result<void> plain = check_plain(name, "a server name"); !plain) return plain;
    if (const Result<void> plain = check_plain(site.location, "a location"); !plain) return plain;
    if (const Result<void> plain = check_plain(spec.leg.name, "the upstream's name"); !plain) return plain;
    for (const Endpoint& at : {site.upstream, site.responder.value_or(Endpoint{})})
      if (const Result<void> plain = check_plain(at.address, "an address"); !plain) return plain;
    if (spec.tls)
      if (const Result<void> there = check_credential(site.credential, "the server", spec); !there) return there;
    if (site.leg_credential)
      if (const Result<void> there = check_credential(site.leg_credential, "the leg", spec); !there) return there;
    if (!spec.extra.empty() && !mentions(extra_word(spec.extra)))
      return Error{"render",
                   fmt::format("no template plants the flaw \"{}\" ({{{{#{}}}}})", sanitise_line(spec.extra),
                               extra_word(sanitise_line(spec.extra))),
                   fmt::format("site \"{}\"", spec.name)};
    return {};
  }

  void add_names(const SiteSpec& spec) {
    values_.flags["has_names"] = !spec.names.empty();
    values_.texts["first_name"] = spec.names.empty() ? "" : spec.names.front();
    values_.texts["names_joined"] = join(spec.names, " ");
    std::vector<Values>& names = values_.lists["names"];
    for (const std::string& name : spec.names) {
      names.emplace_back().texts["name"] = name;
      names.back().flags["first"] = names.size() == 1;
      names.back().flags["last"] = names.size() == spec.names.size();
    }
  }

  void add_versions(const std::string& prefix, const TlsRange& range) {
    values_.flags[prefix + "tls12"] = range.min == TlsVersion::tls12;
    values_.flags[prefix + "tls13"] = range.max == TlsVersion::tls13;
    values_.texts[prefix + "tls_min"] = mtls::name(range.min);
    values_.texts[prefix + "tls_max"] = mtls::name(range.max);
  }

  void add_depth(const std::string& prefix, int depth) {
    values_.texts[prefix + "depth"] = std::to_string(depth);
    values_.texts[prefix + "depth_plus_one"] = std::to_string(depth + 1);
  }

  void add_policy(const PlacedSite& site) {
    const SiteSpec& spec = site.spec;
    for (const ClientAuth auth : all_client_auths)
      values_.flags["client_auth_" + std::string(mtls::name(auth))] = spec.client_auth == auth;
    values_.flags["asks_client"] = spec.client_auth != ClientAuth::off;
    values_.flags["tls"] = spec.tls;
    values_.flags["resumption"] = spec.resumption;
    values_.texts["location"] = site.location;
    values_.flags["ocsp"] = site.responder.has_value();
    values_.texts["responder_url"] = responder_url(site);
    if (!spec.extra.empty()) values_.flags[extra_word(spec.extra)] = true;
    add_depth("", spec.depth);
    add_versions("", spec.versions);
  }

  void add_identity(const SiteSpec& spec) {
    for (const IdentityHeader header : all_identity_headers)
      values_.flags["identity_" + std::string(mtls::name(header))] = spec.identity == header;
  }

  void add_upstream(const PlacedSite& site) {
    const Behaviour behaviour = site.spec.upstream.behaviour;
    values_.flags["upstream_waits"] = behaviour == Behaviour::silent;
    values_.texts["upstream_address"] = site.upstream.address;
    values_.texts["upstream_port"] = std::to_string(site.upstream.port);
    values_.texts["upstream_endpoint"] = to_string(site.upstream);
  }

  void add_leg_policy(const UpstreamLeg& leg) {
    values_.flags["leg_tls"] = leg.tls;
    values_.flags["leg_verify"] = leg.verify;
    values_.flags["has_leg_name"] = !leg.name.empty();
    values_.flags["leg_send_sni"] = leg.send_sni && !leg.name.empty();
    values_.texts["leg_name"] = leg.name;
    add_depth("leg_", leg.depth);
    add_versions("leg_", leg.versions);
  }

  void add_certificates(const std::string& prefix, const std::optional<Credential>& credential,
                        const std::vector<CertificateRef>& trust, const std::vector<CrlRef>& crls) {
    values_.flags[prefix + "credential"] = credential.has_value();
    values_.flags[prefix + "chain"] = credential && !credential->chain.empty();
    values_.flags[prefix + "trust"] = !trust.empty();
    values_.flags[prefix + "crls"] = !crls.empty();
    if (credential) add_credential_files(prefix, *credential);
    if (!trust.empty() && mentions(prefix + "trust_file")) values_.texts[prefix + "trust_file"] = files_.trust(trust);
    if (!crls.empty() && mentions(prefix + "crl_file")) values_.texts[prefix + "crl_file"] = files_.crls(crls);
    if (mentions(prefix + "trust_pem")) values_.texts[prefix + "trust_pem"] = in_one_line(files_.trust_text(trust));
    if (mentions(prefix + "trust_certificates")) add_trust_certificates(prefix, trust);
  }

  void add_credential_files(const std::string& prefix, const Credential& credential) {
    const auto add = [&](const char* word, std::string (MaterialFiles::*file)(const Credential&)) {
      if (mentions(prefix + word)) values_.texts[prefix + word] = (files_.*file)(credential);
    };
    add("certificate_file", &MaterialFiles::certificate);
    add("key_file", &MaterialFiles::key);
    const auto add_text = [&](const char* word, std::string (MaterialFiles::*text)(const Credential&)) {
      if (mentions(prefix + word)) values_.texts[prefix + word] = in_one_line((files_.*text)(credential));
    };
    add_text("certificate_pem", &MaterialFiles::certificate_text);
    add_text("key_pem", &MaterialFiles::key_text);
    add("bundle_file", &MaterialFiles::bundle);
    add("leaf_bundle_file", &MaterialFiles::leaf_bundle);
    if (!credential.chain.empty()) add("chain_file", &MaterialFiles::chain);
  }

  void add_trust_certificates(const std::string& prefix, const std::vector<CertificateRef>& trust) {
    std::vector<Values>& items = values_.lists[prefix + "trust_certificates"];
    for (const CertificateRef& certificate : trust) {
      items.emplace_back().texts["der_base64"] = base64(to_der(certificate.get()));
      items.back().flags["first"] = items.size() == 1;
      items.back().flags["last"] = items.size() == trust.size();
    }
  }

  const std::set<std::string>& mentioned_;
  MaterialFiles& files_;
  Values values_;
};

Values listener_values(const Listener& listener, std::size_t index) {
  Values values;
  values.texts["listener_index"] = std::to_string(index);
  values.texts["address"] = listener.at.address;
  values.texts["port"] = std::to_string(listener.at.port);
  values.texts["endpoint"] = to_string(listener.at);
  values.flags["shared"] = listener.sites.size() > 1 && listener.sites[1].location == "/";
  values.flags["reject_unknown_names"] =
      std::any_of(listener.sites.begin(), listener.sites.end(),
                  [](const PlacedSite& site) { return site.spec.tls && site.spec.reject_unknown_names; });
  return values;
}

// What holds for a listener holds for each of its sites, also where it is reached without the listener around it.
void inherit(const Values& listener, Values& site) {
  site.texts.insert(listener.texts.begin(), listener.texts.end());
  site.flags.insert(listener.flags.begin(), listener.flags.end());
}

// Sites with locations of their own are the first one's server; any other has a server to itself.
void mark_server(const Listener& listener, std::size_t number, Values& site) {
  const auto opens = [&](std::size_t n) { return n >= listener.sites.size() || listener.sites[n].location == "/"; };
  site.flags["opens_server"] = opens(number);
  site.flags["closes_server"] = opens(number + 1);
}

void number_items(std::vector<Values>& items) {
  for (std::size_t n = 0; n < items.size(); ++n) {
    items[n].flags["first"] = n == 0;
    items[n].flags["last"] = n + 1 == items.size();
  }
}

}  // namespace

Result<Values> values_of(const Plan& plan, const std::set<std::string>& mentioned, MaterialFiles& files) {
  if (const Result<void> plain = check_plain(plan.folder.string(), "the folder's path"); !plain) return plain.error();
  Values all;
  all.texts["folder"] = plan.folder.string();
  all.texts["workers"] = std::to_string(workers);
  all.texts["connections"] = std::to_string(plan.listeners.size() + spare_connections);
  SiteValues site_values(mentioned, files);
  std::vector<Values>& listeners = all.lists["listeners"];
  std::vector<Values>& all_sites = all.lists["all_sites"];
  for (const Listener& listener : plan.listeners) {
    if (const Result<void> plain = check_plain(listener.at.address, "an address"); !plain) return plain.error();
    Values values = listener_values(listener, listeners.size());
    std::vector<Values> sites;
    for (const PlacedSite& site : listener.sites) {
      Result<Values> one = site_values.of(site);
      if (!one) return one.error();
      inherit(values, *one);
      mark_server(listener, sites.size(), *one);
      one->texts["site_index"] = std::to_string(all_sites.size());
      all_sites.push_back(*one);
      sites.push_back(std::move(*one));
    }
    number_items(sites);
    values.flags["tls"] = !listener.sites.empty() && listener.sites.front().spec.tls;
    values.lists["sites"] = std::move(sites);
    listeners.push_back(std::move(values));
  }
  std::vector<Values>& tls_sites = all.lists["tls_sites"];
  std::copy_if(all_sites.begin(), all_sites.end(), std::back_inserter(tls_sites),
               [](const Values& site) { return site.flags.at("tls"); });
  number_items(tls_sites);
  number_items(listeners);
  number_items(all_sites);
  return all;
}

}  // namespace mtls::gateway
