// mtlscheck gateway-config: a scenario's site in the words of a gateway that somebody else runs.
#include "tools/gateway_config_command.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "harness/base/text.h"
#include "harness/base/time.h"
#include "harness/gateway/gateway.h"
#include "harness/pki/pki.h"
#include "tools/data.h"
#include "tools/endpoint.h"
#include "tools/exit_code.h"
#include "tools/pki_folder.h"
#include "tools/terminal.h"

namespace mtls::tools {
namespace {

constexpr std::uint16_t usual_port = 9443;  // nothing depends on it: whoever runs the gateway has chosen its ports

Error unknown(const std::string& what, const std::string& word, const std::vector<std::string>& known) {
  const std::string near = nearest(word, known);
  const std::string hint = near.empty() ? "known are " + join(known, ", ") : fmt::format("did you mean \"{}\"?", near);
  return {"usage", fmt::format("there is no {} \"{}\"; {}", what, sanitise_line(word), hint), ""};
}

Result<const GatewayKind*> kind_of(const GatewayConfigOptions& options, const Data& data) {
  std::vector<std::string> kinds, formats;
  for (const GatewayKind& kind : data.gateways) {
    if (kind.exports.empty()) continue;
    kinds.push_back(kind.kind);
    if (kind.kind != options.kind) continue;
    if (kind.exports.count(options.format) != 0) return &kind;
    for (const auto& [format, file] : kind.exports) formats.push_back(format);
    return unknown("format", options.format, formats);
  }
  return unknown("kind with a configuration to print", options.kind, kinds);
}

Result<const Scenario*> scenario_of(const GatewayConfigOptions& options, const Data& data) {
  std::vector<std::string> ids;
  for (const Scenario& scenario : data.scenarios) {
    if (scenario.id == options.scenario) return &scenario;
    ids.push_back(scenario.id);
  }
  const std::string near = nearest(options.scenario, ids);
  return Error{"usage",
               fmt::format("there is no scenario \"{}\"; {}", sanitise_line(options.scenario),
                           near.empty() ? "mtlscheck list scenarios shows them" : "did you mean \"" + near + "\"?"),
               ""};
}

// The site that is meant, after those that stand before it on its port.
Result<std::vector<SiteSpec>> sites_of(const GatewayConfigOptions& options, const Scenario& scenario) {
  std::vector<std::string> names;
  for (const SiteSpec& site : scenario.sites) names.push_back(site.name);
  if (names.empty()) return Error{"usage", scenario.id + " has no site: it asks no gateway", ""};
  const std::string wanted = options.site.empty() ? names.front() : options.site;
  const auto meant = std::find(names.begin(), names.end(), wanted);
  if (meant == names.end()) return unknown("site", wanted, names);
  const SiteSpec& site = scenario.sites[static_cast<std::size_t>(meant - names.begin())];
  if (site.listener.empty()) return std::vector<SiteSpec>{site};
  std::vector<SiteSpec> sites;
  for (const SiteSpec& other : scenario.sites)
    if (other.listener == site.listener) sites.push_back(other);
  return sites;
}

template <class Spec, class Name>
void put_over(std::vector<Spec>& standard, const std::vector<Spec>& own, Name name) {
  for (const Spec& spec : own) {
    const auto same =
        std::find_if(standard.begin(), standard.end(), [&](const Spec& other) { return name(other) == name(spec); });
    if (same != standard.end())
      *same = spec;
    else
      standard.push_back(spec);
  }
}

// A scenario's own entries stand before the standard ones.
PkiSpec pki_of(const Scenario& scenario, PkiSpec pki) {
  put_over(pki.authorities, scenario.pki.authorities, [](const CertificateSpec& spec) { return spec.name; });
  put_over(pki.credentials, scenario.pki.credentials, [](const CredentialSpec& spec) { return spec.certificate.name; });
  put_over(pki.crls, scenario.pki.crls, [](const CrlSpec& spec) { return spec.name; });
  return pki;
}

gateway::PlacedSite place(const SiteSpec& spec, const pki::Material& material, const Target& upstream) {
  gateway::PlacedSite placed;
  placed.spec = spec;
  placed.upstream = {upstream.name, upstream.port};
  const auto certificates = [&](const std::vector<std::string>& names) {
    std::vector<CertificateRef> found;
    for (const std::string& name : names) found.push_back(material.authorities.at(name).certificate);
    return found;
  };
  placed.trust = certificates(spec.trust);
  placed.leg_trust = certificates(spec.leg.trust);
  if (spec.tls) placed.credential = material.credentials.at(spec.credential);
  if (!spec.leg.credential.empty()) placed.leg_credential = material.credentials.at(spec.leg.credential);
  return placed;
}

// What the scenario needs and the kind has not is told, and printed without.
void tell_lacks(const Scenario& scenario, const GatewayKind& kind) {
  for (const std::string& word : scenario.requires_) {
    const auto lack = kind.lacks.find(word);
    if (lack != kind.lacks.end())
      say(fmt::format("{} needs {}, which {} lacks: {}", scenario.id, word, kind.kind, lack->second));
  }
}

Result<std::string> configuration(const GatewayConfigOptions& options, const Data& data) {
  const Result<const GatewayKind*> kind = kind_of(options, data);
  if (!kind) return kind.error();
  const Result<const Scenario*> scenario = scenario_of(options, data);
  if (!scenario) return scenario.error();
  const Result<std::vector<SiteSpec>> sites = sites_of(options, **scenario);
  if (!sites) return sites.error();
  const Result<Target> upstream = target_of(options.upstream);
  if (!upstream) return upstream.error();
  if (!options.out.empty())
    if (const Result<void> made = make_pki_folder(options.out); !made) return made.error();
  tell_lacks(**scenario, **kind);

  const PkiSpec spec = pki_of(**scenario, data.standard.pki);
  pki::KeyPool keys;
  keys.prepare(spec);
  const std::int64_t now = now_seconds();
  const Result<pki::Material> material = pki::mint(spec, keys, now);
  if (!material) return material.error();
  if (!options.out.empty())
    if (const Result<void> written = write_pki(options.out, spec, *material, now); !written) return written.error();

  gateway::Listener listener{{"127.0.0.1", usual_port}, {}};
  for (const SiteSpec& site : *sites) listener.sites.push_back(place(site, *material, *upstream));
  const std::string query = options.gateway_group_id.empty() ? "" : "?gateway_group_id=" + options.gateway_group_id;
  return gateway::render_export(**kind, {{listener}, "/"}, options.format, query);
}

bool is_plain(const std::string& word) {
  return std::all_of(word.begin(), word.end(), [](unsigned char c) { return std::isalnum(c) || c == '-' || c == '_'; });
}

}  // namespace

int gateway_config_command(const GatewayConfigOptions& options) {
  if (!is_plain(options.gateway_group_id))
    return say("--gateway-group-id: expected letters, digits, hyphens and underscores"), exit_usage;
  const Result<Data> data = read_data({}, {});
  if (!data) return say(to_string(data.error())), exit_usage;
  const Result<std::string> text = configuration(options, *data);
  if (!text) return say(to_string(text.error())), exit_usage;
  print(*text);
  say(options.out.empty() ? "the clients' credentials were thrown away; --out DIR keeps them"
                          : "credentials for clients and the upstream: " + options.out.string());
  return exit_ok;
}

}  // namespace mtls::tools
