// Opens what a stage stands on: folders, upstreams, responders, the gateway.
#include <openssl/x509v3.h>

#include <filesystem>

#include <fmt/format.h>

#include "harness/run/stage.h"

namespace mtls::run {
namespace {

// The addresses of a stage's parts; stages of one run differ in the last number.
constexpr int parts_per_stage = 4;
enum Part { gateway_part = 1, witness_part = 2, nginx_upstream_part = 3, responder_part = 4 };

// Requests are told apart by their nonce; handshakes, and connections without a request, are not.
bool may_be_shared(const UpstreamSpec& upstream) {
  return upstream.kind == UpstreamKind::witness && !upstream.tls &&
         (upstream.behaviour == Behaviour::answering || upstream.behaviour == Behaviour::silent);
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
      scene_.addresses.next_port(scene_.addresses.infrastructure(number_ * parts_per_stage + responder_part));
  if (!at) return at.error();
  return scene_.upstream.add_responder(
      *at, spec.ocsp->responder,
      [issuers, crls = scene_.material.crls(spec.ocsp->crls), answer = answer_of(spec.ocsp->responder),
       now = scene_.options.now](const std::string& request) {
        const Result<std::string> der = pki::answer_ocsp(request, issuers, crls, answer, now);
        return der ? *der : std::string{};
      });
}

Result<Endpoint> Stage::open_upstream(const SiteSpec& spec, std::string& exclusive) {
  const UpstreamSpec& upstream = spec.upstream;
  if (may_be_shared(upstream)) {
    for (const auto& [other, at] : shared_upstreams_)
      if (other == upstream) return at;
  }
  const bool nginx = upstream.kind == UpstreamKind::nginx;
  const Result<Endpoint> at = scene_.addresses.next_port(
      scene_.addresses.infrastructure(number_ * parts_per_stage + (nginx ? nginx_upstream_part : witness_part)));
  if (!at) return at.error();
  if (nginx) {
    nginx_services_.emplace_back(upstream, *at);
    return *at;
  }
  upstream::Service service{upstream, *at, std::nullopt, scene_.material.certificates(upstream.trust),
                            scene_.material.crls(upstream.crls)};
  if (!upstream.credential.empty()) {
    const Result<const Credential*> credential = scene_.material.credential(upstream.credential);
    if (!credential) return credential.error();
    service.credential = **credential;
  }
  const Result<Endpoint> opened = scene_.upstream.add(std::move(service));
  if (!opened) return opened.error();
  if (may_be_shared(upstream))
    shared_upstreams_.emplace_back(upstream, *opened);
  else
    exclusive = to_string(*opened);
  return *opened;
}

Result<StandingSite> Stage::stand(const SiteSpec& spec, const Endpoint& at) {
  StandingSite site{spec, at, {}, {}, std::nullopt};
  const Result<Endpoint> upstream = open_upstream(spec, site.exclusive);
  if (!upstream) return upstream.error();
  site.upstream = *upstream;
  if (spec.upstream.tls && !spec.upstream.credential.empty()) {
    const Result<const Credential*> credential = scene_.material.credential(spec.upstream.credential);
    if (!credential) return credential.error();
    PathInput with;
    with.certificate = (*credential)->certificate.get();
    with.untrusted = (*credential)->chain;
    with.trust = scene_.material.certificates(spec.leg.trust);
    with.crls = scene_.material.crls(spec.leg.crls);
    with.purpose = X509_PURPOSE_SSL_SERVER;
    with.at = scene_.options.now;
    with.name = spec.leg.name;
    site.upstream_presents = see(**credential, with);
  }
  return site;
}

Result<gateway::PlacedSite> Stage::place(const StandingSite& site) {
  gateway::PlacedSite placed;
  placed.spec = site.spec;
  placed.upstream = site.upstream;
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
    const Result<gateway::PlacedSite> placed = place({as_site, at, {}, {}, std::nullopt});
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
  const std::string address = scene_.addresses.infrastructure(number_ * parts_per_stage + gateway_part);
  for (const PlannedListener& planned : plan_.listeners) {
    const Result<Endpoint> at = scene_.addresses.next_port(address);
    if (!at) return at.error();
    gateway::Listener listener{*at, {}};
    sites_.emplace_back();
    for (const SiteSpec& spec : planned.sites) {
      Result<StandingSite> site = stand(spec, *at);
      if (!site) return site.error();
      Result<gateway::PlacedSite> placed = place(*site);
      if (!placed) return placed.error();
      listener.sites.push_back(std::move(*placed));
      sites_.back().push_back(std::move(*site));
    }
    plan.listeners.push_back(std::move(listener));
  }
  if (const Result<void> started = start_nginx_upstream(); !started) return started.error();
  Result<gateway::Gateway> started = gateway::Gateway::start(plan_.target->kind, plan_.target->installed, plan);
  if (!started) return started.error();
  gateway_ = std::move(*started);
  return {};
}

}  // namespace mtls::run
