// Opens what a stage stands on: folders, upstreams, responders, the gateway.
#include <openssl/x509v3.h>

#include <algorithm>
#include <filesystem>
#include <future>

#include <fmt/format.h>

#include "harness/run/stage.h"

namespace mtls::run {
namespace {

// The addresses of a stage's parts; stages of one run differ in the last number.
constexpr int parts_per_stage = 4;
// More stages than one network has addresses for share them, with ports of their own.
constexpr int most_stages_apart = 60;
enum Part { gateway_part = 1, witness_part = 2, nginx_upstream_part = 3, responder_part = 4 };

int address_number(int stage, Part part) {
  return stage % most_stages_apart * parts_per_stage + part;
}

// Requests are told apart by their nonce; handshakes, and connections without a request, are not.
bool may_be_shared(const SiteSpec& site) {
  const UpstreamSpec& upstream = site.upstream;
  return !takes_turns(site) && upstream.kind == UpstreamKind::witness && !upstream.tls &&
         (upstream.behaviour == Behaviour::answering || upstream.behaviour == Behaviour::silent ||
          upstream.behaviour == Behaviour::slow);
}

// The first site's is what is nobody else's.
std::string location_of(const PlannedListener& listener, std::size_t site) {
  return listener.by_path && site > 0 ? fmt::format("/site-{}/", site) : "/";
}

pki::OcspAnswer answer_of(Responder responder) {
  return responder == Responder::unknown ? pki::OcspAnswer::unknown : pki::OcspAnswer::good_or_revoked;
}

}  // namespace

Result<Stage::Folder> Stage::make_folder(const std::string& name) const {
  Folder folder;
  if (scene_.options.keep.empty()) {
    Result<TempDir> made = TempDir::make();
    if (!made) return made.error();
    folder.path = made->path();
    folder.owner = std::move(*made);
    return folder;
  }
  folder.path = scene_.options.keep / fmt::format("{}-{}", name, number_);
  std::error_code failed;
  std::filesystem::create_directories(folder.path, failed);
  if (!failed) std::filesystem::permissions(folder.path, std::filesystem::perms::owner_all, failed);
  if (failed) return Error{"start", "cannot make the folder: " + failed.message(), folder.path.string()};
  folder.path = std::filesystem::absolute(folder.path);
  return folder;
}

Result<Endpoint> Stage::open_responder(const SiteSpec& spec) {
  std::vector<Credential> issuers;
  // Any authority of the trust bundle, and those below it, may be asked about; the issuer is found by name and key.
  const Result<pki::Material> material = scene_.material.around(spec.credential);
  if (!material) return material.error();
  for (const auto& [name, authority] : material->authorities) issuers.push_back(authority);
  const Result<Endpoint> at =
      scene_.addresses.next_port(scene_.addresses.infrastructure(address_number(number_, responder_part)));
  if (!at) return at.error();
  return scene_.upstream.add_responder(
      *at, spec.ocsp->responder,
      [issuers, crls = scene_.material.crls(spec.ocsp->crls), answer = answer_of(spec.ocsp->responder),
       now = scene_.options.now](const std::string& request) {
        const Result<std::string> der = pki::answer_ocsp(request, issuers, crls, answer, now);
        return der ? *der : std::string{};
      });
}

Result<upstream::Service> Stage::service_of(const UpstreamSpec& spec, const Endpoint& at) {
  upstream::Service service{spec, at, std::nullopt, scene_.material.certificates(spec.trust),
                            scene_.material.crls(spec.crls)};
  if (spec.credential.empty()) return service;
  const Result<const Credential*> credential = scene_.material.credential(spec.credential);
  if (!credential) return credential.error();
  service.credential = **credential;
  return service;
}

Result<void> Stage::open_upstream(StandingSite& site) {
  const UpstreamSpec& upstream = site.spec.upstream;
  const bool shared = may_be_shared(site.spec);
  const auto same = std::find_if(shared_upstreams_.begin(), shared_upstreams_.end(),
                                 [&](const auto& other) { return shared && other.first == upstream; });
  if (same != shared_upstreams_.end()) {
    site.upstream = same->second;
    return {};
  }
  const bool nginx = upstream.kind == UpstreamKind::nginx;
  // Its log tells requests apart by their nonce, and handshakes without a request are not looked at.
  const auto served = std::find_if(nginx_services_.begin(), nginx_services_.end(),
                                   [&](const auto& other) { return nginx && other.first == upstream; });
  if (served != nginx_services_.end()) {
    site.upstream = served->second;
    return {};
  }
  const Result<Endpoint> at = scene_.addresses.next_port(
      scene_.addresses.infrastructure(address_number(number_, nginx ? nginx_upstream_part : witness_part)));
  if (!at) return at.error();
  site.upstream = *at;
  if (nginx) {
    nginx_services_.emplace_back(upstream, *at);
    return {};
  }
  Result<upstream::Service> service = service_of(upstream, *at);
  if (!service) return service.error();
  const Result<Endpoint> opened = scene_.upstream.add(std::move(*service));
  if (!opened) return opened.error();
  if (shared)
    shared_upstreams_.emplace_back(upstream, *opened);
  else
    site.exclusive = to_string(*opened);
  return {};
}

Result<void> Stage::add_upstream(StandingSite& site) {
  const Result<upstream::Service> service = service_of(site.spec.upstream, site.upstream);
  if (!service) return service.error();
  const Result<std::size_t> number = scene_.upstream.add_another(site.upstream, *service);
  if (!number) return number.error();
  site.service = *number;
  return {};
}

std::optional<CredentialView> Stage::presented_upstream(const SiteSpec& spec) {
  if (!spec.upstream.tls || spec.upstream.credential.empty()) return std::nullopt;
  const Result<const Credential*> credential = scene_.material.credential(spec.upstream.credential);
  if (!credential) return std::nullopt;  // service_of() has told of it
  PathInput with;
  with.certificate = (*credential)->certificate.get();
  with.untrusted = (*credential)->chain;
  with.trust = scene_.material.certificates(spec.leg.trust);
  with.crls = scene_.material.crls(spec.leg.crls);
  with.purpose = X509_PURPOSE_SSL_SERVER;
  with.at = scene_.options.now;
  with.name = spec.leg.name;
  return see(**credential, with);
}

Result<std::vector<StandingSite>> Stage::stand(const PlannedSite& planned, const Endpoint& at,
                                               const std::string& location) {
  std::vector<StandingSite> sites;
  for (const UpstreamSpec& upstream : planned.upstreams) {
    StandingSite site = sites.empty() ? StandingSite{planned.spec, at, {}, {}, 0, std::nullopt} : sites.front();
    site.spec.upstream = upstream;
    site.location = location;
    const Result<void> opened = sites.empty() ? open_upstream(site) : add_upstream(site);
    if (!opened) return opened.error();
    site.upstream_presents = presented_upstream(site.spec);
    sites.push_back(std::move(site));
  }
  return sites;
}

Result<gateway::PlacedSite> Stage::place(const StandingSite& site) {
  gateway::PlacedSite placed;
  placed.spec = site.spec;
  placed.upstream = site.upstream;
  placed.location = site.location;
  placed.trust = scene_.material.certificates(site.spec.trust);
  placed.crls = scene_.material.crls(site.spec.crls);
  placed.leg_trust = scene_.material.certificates(site.spec.leg.trust);
  placed.leg_crls = scene_.material.crls(site.spec.leg.crls);
  if (!site.spec.credential.empty()) {
    const Result<const Credential*> credential = scene_.material.credential(site.spec.credential);
    if (!credential) return credential.error();
    placed.credential = **credential;
  }
  if (!site.spec.leg.credential.empty()) {
    const Result<const Credential*> credential = scene_.material.credential(site.spec.leg.credential);
    if (!credential) return credential.error();
    placed.leg_credential = **credential;
  }
  if (site.spec.ocsp) {
    const Result<Endpoint> responder = open_responder(site.spec);
    if (!responder) return responder.error();
    placed.responder = *responder;
  }
  return placed;
}

Result<void> Stage::start_nginx_upstream() {
  if (nginx_services_.empty()) return {};
  Result<Folder> folder = make_folder("nginx-upstream");
  if (!folder) return folder.error();
  upstream_folder_ = std::move(*folder);
  gateway::Plan plan{{}, upstream_folder_.path};
  for (const auto& [spec, at] : nginx_services_) {
    SiteSpec as_site;
    as_site.names = spec.names;
    as_site.tls = spec.tls;
    as_site.credential = spec.credential;
    as_site.client_auth = spec.client_auth;
    as_site.trust = spec.trust;
    as_site.crls = spec.crls;
    as_site.versions = spec.versions;
    as_site.reject_unknown_names = spec.strict_sni;
    const Result<gateway::PlacedSite> placed = place({as_site, at, {}, {}, 0, std::nullopt});
    if (!placed) return placed.error();
    plan.listeners.push_back({at, {*placed}});
  }
  const Target& target = *scene_.options.nginx_upstream;
  Result<gateway::Gateway> started = gateway::Gateway::start(target.kind, target.installed, plan);
  if (!started) return started.error();
  nginx_upstream_ = std::move(*started);
  return {};
}

Result<void> Stage::prepare() {
  Result<Folder> folder = make_folder(plan_.target->kind.kind);
  if (!folder) return folder.error();
  folder_ = std::move(*folder);
  gateway::Plan plan{{}, folder_.path};
  const std::string address = scene_.addresses.infrastructure(address_number(number_, gateway_part));
  for (const PlannedListener& planned : plan_.listeners) {
    const Result<Endpoint> at = scene_.addresses.next_port(address);
    if (!at) return at.error();
    gateway::Listener listener{*at, {}};
    sites_.emplace_back();
    for (const PlannedSite& site : planned.sites) {
      Result<std::vector<StandingSite>> standing = stand(site, *at, location_of(planned, listener.sites.size()));
      if (!standing) return standing.error();
      Result<gateway::PlacedSite> placed = place(standing->front());
      if (!placed) return placed.error();
      listener.sites.push_back(std::move(*placed));
      sites_.back().push_back(std::move(*standing));
    }
    plan.listeners.push_back(std::move(listener));
  }
  // Both take their time, and neither needs the other to start.
  auto upstream = std::async(std::launch::async, [this] { return start_nginx_upstream(); });
  Result<gateway::Gateway> started = gateway::Gateway::start(plan_.target->kind, plan_.target->installed, plan);
  if (const Result<void> behind = upstream.get(); !behind) return behind.error();
  if (!started && plan_.refuses_to_start && started.error().stage == "start")
    return check_refusal(started.error(), std::move(plan));
  if (!started) return started.error();
  gateway_ = std::move(*started);
  return {};
}

Error Stage::check_refusal(const Error& refusal, gateway::Plan plan) {
  const Result<Folder> folder = make_folder(plan_.target->kind.kind + "-sound");
  if (!folder) return folder.error();
  const Result<const Credential*> credential = scene_.material.credential(plan_.sound_credential);
  if (!credential) return credential.error();
  plan.folder = folder->path;
  for (gateway::Listener& listener : plan.listeners)
    for (gateway::PlacedSite& site : listener.sites) {
      site.spec.extra.clear();
      if (site.credential) site.credential = **credential;
    }
  const auto sound = gateway::Gateway::start(plan_.target->kind, plan_.target->installed, plan);
  refused_ = static_cast<bool>(sound);
  if (refused_) return refusal;
  return {sound.error().stage, "it does not start without the planted fault either: " + sound.error().what,
          sound.error().where};
}

}  // namespace mtls::run
