// Holds a scenario's needs against what there is, and puts the first that is missing into words.
#include "harness/run/live_needs.h"

#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

#include "harness/base/text.h"

namespace mtls::run {
namespace {

using Names = std::vector<std::string>;

// The standard site's own policy is what a gateway in an inventory must have; anything else would have to be told to
// it.
constexpr int standard_depth = 2;

template <class Spec>
const Spec* spec_called(const std::vector<Spec>& specs, const std::string& name) {
  const auto found = std::find_if(specs.begin(), specs.end(), [&](const Spec& spec) {
    if constexpr (requires { spec.certificate; })
      return spec.certificate.name == name;
    else
      return spec.name == name;
  });
  return found == specs.end() ? nullptr : &*found;
}

// The inventory's word for a credential.
std::string given_word(const std::string& credential) {
  return credential == "client" ? "valid" : credential.substr(credential.find('-') + 1);
}

bool is_listed(const std::string& name, const PkiSpec& standard) {
  return std::any_of(standard.crls.begin(), standard.crls.end(), [&](const CrlSpec& list) {
    return std::find(list.revoked.begin(), list.revoked.end(), name) != list.revoked.end();
  });
}

std::string policy_of(const SiteSpec& site) {
  const std::array<std::pair<bool, const char*>, 13> deviations{{
      {!site.tls, "a plain port"},
      {site.client_auth != ClientAuth::required, "client authentication that is off or optional"},
      {site.ocsp.has_value(), "OCSP with a responder of the harness"},
      {site.trust != Names{"root"}, "another trust bundle"},
      {site.depth != standard_depth, "another depth"},
      {site.credential != "server", "another server certificate"},
      {site.versions != TlsRange{}, "other TLS versions"},
      {site.resumption, "session resumption"},
      {site.reject_unknown_names, "the refusal of unknown names"},
      {site.identity != IdentityHeader::overwrite, "another treatment of the identity header"},
      {!site.extra.empty(), "a planted flaw"},
      {site.leg != UpstreamLeg{} || site.upstream.tls || site.upstream.kind != UpstreamKind::witness ||
           site.upstream.behaviour != Behaviour::answering,
       "an upstream of the harness"},
      {!site.control.wanted || site.control.present != "client" || site.control.tls || site.control.upstream,
       "another right client"},
  }};
  for (const auto& [deviates, word] : deviations)
    if (deviates) return word;
  return {};
}

struct Needs {
  const Scenario& scenario;
  const Offer& offer;

  bool gives(const std::string& credential) const { return offer.given.contains(credential); }
  bool cannot_list(const std::string& name) const { return !offer.minted_lists && is_listed(name, offer.standard); }
  const CertificateSpec* authority(const std::string& name) const {
    const CertificateSpec* own = spec_called(scenario.pki.authorities, name);
    return own ? own : spec_called(offer.standard.authorities, name);
  }

  std::string credential(const std::string& name) const;
  std::string issuers(const CredentialSpec& spec, const std::string& lacking) const;
  std::string sites() const;
  std::string request(const Request& request) const;
  std::string claim(const Claim& claim) const;
  std::string steps() const;
  std::string capabilities() const;
  std::string own_pki() const;
};

std::string Needs::credential(const std::string& name) const {
  if (name.empty() || gives(name)) return {};
  const CredentialSpec* own = spec_called(scenario.pki.credentials, name);
  const CredentialSpec* spec = own ? own : spec_called(offer.standard.credentials, name);
  if (!spec) return "needs the credential " + name;
  const std::string lacking = fmt::format("needs the credential \"{}\"", given_word(name));
  if (cannot_list(name)) return lacking + ", for only the gateway's own list can revoke one";
  return issuers(*spec, lacking);
}

// Whatever grows below the gateway's trust needs the test CA; everything else the harness mints by itself.
std::string Needs::issuers(const CredentialSpec& spec, const std::string& lacking) const {
  const std::string& issuer = spec.certificate.issuer;
  const bool by_root = issuer == "root" || issuer == "intermediate";
  std::string root_name;
  if (const CertificateSpec* root = spec_called(offer.standard.authorities, std::string("root")))
    root_name = root->subject;
  std::set<std::string> seen;
  for (std::string name = issuer; !name.empty() && seen.insert(name).second;) {
    const CertificateSpec* at = authority(name);
    if (!at) break;
    if (cannot_list(name)) return lacking + ", for only the gateway's own list can revoke its issuer";
    if (name == "root" || at->subject == root_name) {
      if (!offer.issues) return lacking + " or \"issue_with\"";
      if (name != "root" && root_name.find("TEST ONLY") == std::string::npos)
        return "needs a test CA with TEST ONLY in its subject, for nothing else is imitated";
      if (name == "root" && offer.direct && (!by_root || spec.chain))
        return "needs an authority below the test CA, which its path length or \"direct\" rules out";
    }
    name = at->issuer;
  }
  return {};
}

std::string Needs::sites() const {
  std::set<std::string> used;
  for (const Step& step : scenario.steps)
    if (const auto* request = std::get_if<Request>(&step.stimulus))
      used.insert(request->site.empty() ? scenario.sites.front().name : request->site);
  if (used.size() > 1) return "needs several sites with policies of their own";
  for (const SiteSpec& site : scenario.sites) {
    if (!used.contains(site.name)) continue;
    if (const std::string policy = policy_of(site); !policy.empty()) return "needs a site with " + policy;
    if (!site.listener.empty()) return "needs several sites on one port";
    if (!site.crls.empty() && !offer.lists)
      return "needs a gateway that checks revocation lists, which a \"revoked\" credential would show";
  }
  return {};
}

std::string Needs::request(const Request& request) const {
  if (request.plaintext) return "sends plain HTTP";
  if (request.sni || !request.send_sni || request.host) return "asks for another server name than the one configured";
  if (!request.headers.empty() || request.path != "/") return "sends more than the one configured request";
  if (request.resume_step) return "resumes a session";
  if (request.trust != Names{"root"} || !request.crls.empty()) return "needs a server certificate of the harness";
  return credential(request.present);
}

std::string Needs::claim(const Claim& claim) const {
  const Statement& of = claim.statement;
  if (std::holds_alternative<UpstreamReached>(of) && !offer.echo) return "needs \"upstream_echo\"";
  if (std::holds_alternative<UpstreamRefused>(of) || std::holds_alternative<UpstreamSawClient>(of) ||
      std::holds_alternative<UpstreamSni>(of) || std::holds_alternative<UpstreamHeader>(of))
    return "needs a witness as upstream";
  if (std::holds_alternative<IssuersName>(of) && !offer.issues) return "needs \"issue_with\"";
  if (std::holds_alternative<LogSays>(of) && claim.level != Level::may && !offer.log) return "needs the gateway's log";
  return {};
}

std::string Needs::steps() const {
  for (const Step& step : scenario.steps) {
    const auto* asked = std::get_if<Request>(&step.stimulus);
    if (!asked) return "looks at material of the harness, not at a gateway";
    if (const std::string missing = request(*asked); !missing.empty()) return missing;
    for (const Claim& one : step.claims)
      if (const std::string missing = claim(one); !missing.empty()) return missing;
  }
  return {};
}

std::string Needs::capabilities() const {
  const Names& told = offer.capabilities;
  for (const std::string& word : scenario.requires_)
    if (std::find(told.begin(), told.end(), word) == told.end()) return "needs a gateway that is set up for " + word;
  return {};
}

std::string Needs::own_pki() const {
  const bool trusted =
      std::any_of(scenario.pki.authorities.begin(), scenario.pki.authorities.end(),
                  [](const CertificateSpec& spec) { return spec.name == "root" || spec.name == "intermediate"; });
  const bool taken = std::any_of(scenario.pki.credentials.begin(), scenario.pki.credentials.end(),
                                 [&](const CredentialSpec& spec) { return gives(spec.certificate.name); });
  return trusted || taken || !scenario.pki.crls.empty() ? "needs a PKI of its own" : "";
}

}  // namespace

// What the standard site's policy comprises needs no word; that lists are checked, a revoked credential shows.
Offer offer_of(const Live& live) {
  const RunningGateway& gateway = live.gateway;
  Offer offer{live.standard, {}, gateway.issue_with.has_value(), live.direct};
  for (const auto& [name, credential] : live.given.credentials) {
    offer.given.insert(name);
    offer.lists = offer.lists || is_listed(name, live.standard);
  }
  offer.echo = gateway.upstream_echo;
  offer.log = !gateway.log.empty();
  offer.capabilities = {"http", "client-auth", "crl", "tls1.2", "tls1.3"};
  offer.tls = gateway.tls;
  return offer;
}

Offer offer_of(const GatewayKind& kind, const PkiSpec& standard) {
  const auto has = [&](std::string_view word) {
    return std::find(kind.capabilities.begin(), kind.capabilities.end(), word) != kind.capabilities.end();
  };
  Offer offer{standard, {}, true, false};
  offer.lists = offer.minted_lists = has("crl");
  offer.echo = true;
  offer.log = !kind.client_pattern.empty();
  offer.capabilities = kind.capabilities;
  for (const TlsVersion version : all_tls_versions)
    if (has(fmt::format("tls{}", name(version)))) offer.tls.push_back(version);
  return offer;
}

std::string missing_for(const Scenario& scenario, std::optional<TlsVersion> tls, const Offer& offer) {
  if (scenario.sort == Sort::detection) return "plants its fault in the gateway or around it";
  if (tls && std::find(offer.tls.begin(), offer.tls.end(), *tls) == offer.tls.end())
    return fmt::format("needs TLS {}, which is left out for this gateway", name(*tls));
  const Needs needs{scenario, offer};
  for (const std::string& missing : {needs.own_pki(), needs.capabilities(), needs.sites(), needs.steps()})
    if (!missing.empty()) return missing;
  return {};
}

bool is_about_the_server(const Step& step) {
  return std::any_of(step.claims.begin(), step.claims.end(), [](const Claim& claim) {
    return std::holds_alternative<ServerVerifies>(claim.statement) ||
           std::holds_alternative<ServerRejected>(claim.statement);
  });
}

}  // namespace mtls::run
