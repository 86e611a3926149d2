// Performs one step.
#include "harness/run/trial.h"

#include <openssl/x509v3.h>

#include <chrono>

#include "harness/base/text.h"
#include "harness/base/time.h"

namespace mtls::run {
namespace {

constexpr std::chrono::milliseconds upstream_patience{10000};

std::string joined(const std::vector<std::string>& names) {
  return join(names, ",");
}

// The name a client would compare the server's certificate with: the one it asks for.
std::string reference_identity(const client::Probe& probe) {
  return probe.sni ? *probe.sni : probe.host;
}

// A gateway that already runs has its own name, path and CA, and sees the addresses of this machine's loopback only
// where it is there.
void address_running(const Live& live, client::Probe& probe) {
  const RunningGateway& gateway = live.gateway;
  if (!probe.to.address.starts_with("127.")) probe.source.clear();
  if (gateway.sni.empty() && probe.to.address == gateway.host) probe.sni.reset();
  probe.path = gateway.path;
  probe.trust = live.trust;
}

// What an upstream that repeats the request's nonce says by way of the answer.
void hear_echo(const Live& live, Observation& observation) {
  observation.upstream.watched = live.gateway.upstream_echo;
  const auto& http = observation.client.http;
  observation.upstream.reached = live.gateway.upstream_echo && http && http->status < 400 &&
                                 http->body.find(observation.client.sent.nonce) != std::string::npos;
}

// Only sites whose requests have a path are placed beside others.
std::string in_place(const std::string& path, const StandingSite& site) {
  return site.location == "/" ? path : site.location + path.substr(1);
}

UpstreamView behind(const StandingSite& site) {
  UpstreamView view;
  if (site.live) return view;
  view.watched = true;
  view.kind = name(site.spec.upstream.kind);
  view.tls = site.spec.upstream.tls;
  view.presented = site.upstream_presents;
  view.wants_client_certificate = site.spec.upstream.tls && site.spec.upstream.client_auth != ClientAuth::off;
  return view;
}

// The nginx upstream is read from its log when the stage is over.
void ask_upstream(const StandingSite& site, Scene& scene, Observation& observation) {
  UpstreamView& view = observation.upstream;
  if (site.live) return hear_echo(*site.live, observation);
  if (site.spec.upstream.kind == UpstreamKind::nginx) return;
  upstream::Seen seen = site.exclusive.empty() ? scene.upstream.take_nonce(site.upstream, observation.client.sent.nonce)
                                               : scene.upstream.take(site.upstream, upstream_patience);
  view.connections = seen.connections;
  view.requests = std::move(seen.requests);
  view.handshakes = std::move(seen.handshakes);
  for (const UpstreamRequest& request : view.requests)
    view.reached = view.reached || (request.nonce == observation.client.sent.nonce && request.answered < 400);
}

// An ordinary client, asked after the witness, on its own address and with its own nonce, so that neither stands in the
// other's notes.
void ask_ordinary_client(client::Probe probe, const StandingSite& site, Scene& scene, Trial& trial) {
  if (!probe.source.empty()) probe.source = scene.addresses.next_client();
  probe.nonce = random_hex(12);
  Result<CurlView> curl = client::ask_curl(probe);
  if (curl)
    trial.observation.client.curl = std::move(*curl);
  else
    trial.trouble = to_string(curl.error());
  if (!site.exclusive.empty()) scene.upstream.take(site.upstream, upstream_patience);
}

}  // namespace

Result<client::Probe> make_probe(const Request& request, std::optional<TlsVersion> tls, const StandingSite& site,
                                 Scene& scene) {
  client::Probe probe;
  const std::string first = site.spec.names.empty() ? std::string{} : site.spec.names.front();
  probe.to = site.at;
  probe.source = scene.addresses.next_client();
  probe.tls = !request.plaintext;
  if (request.send_sni) probe.sni = request.sni.value_or(first);
  probe.host = request.host.value_or(first);
  probe.reference_identity = reference_identity(probe);
  if (tls) probe.versions = {*tls, *tls};
  probe.alpn = request.alpn;
  if (!request.present.empty()) {
    const Result<const Credential*> credential = scene.material.credential(request.present);
    if (!credential) return credential.error();
    probe.present = *credential;
  }
  probe.trust = scene.material.certificates(request.trust);
  probe.crls = scene.material.crls(request.crls);
  probe.verify_server = request.verify_server;
  probe.server_chains = scene.server_chains.get();
  probe.path = in_place(request.path, site);
  probe.headers = request.headers;
  probe.nonce = random_hex(12);
  probe.timeout = request.timeout;
  probe.at = scene.options.now;
  if (site.live) address_running(*site.live, probe);
  return probe;
}

const CredentialView* Presented::see(const Credential& credential, const Request& request, const client::Probe& probe,
                                     const std::vector<CertificateRef>& trust) {
  const std::string key = credential.name + "|" + joined(request.trust) + "|" + joined(request.crls);
  const std::lock_guard lock(mutex_);
  const auto found = views_.find(key);
  if (found != views_.end()) return &found->second;
  PathInput with;
  with.certificate = credential.certificate.get();
  with.untrusted = credential.chain;
  with.trust = trust;
  with.crls = probe.crls;
  with.purpose = X509_PURPOSE_SSL_CLIENT;
  with.at = probe.at;
  return &views_.emplace(key, mtls::see(credential, with)).first->second;
}

Trial try_request(const Request& request, std::optional<TlsVersion> tls, const StandingSite& site, Scene& scene,
                  Presented& presented, std::map<int, SessionRef>& resumable, int step) {
  const auto begun = Clock::now();
  Trial trial;
  Observation& observation = trial.observation;
  observation.at = scene.options.now;
  observation.upstream = behind(site);
  Result<client::Probe> probe = make_probe(request, tls, site, scene);
  if (!probe) {
    trial.trouble = to_string(probe.error());
    return trial;
  }
  if (probe->present)
    probe->presented_view =
        presented.see(*probe->present, request, *probe, site.live ? site.live->client_root : probe->trust);
  if (!site.exclusive.empty()) scene.upstream.put_to_work(site.upstream, site.service);
  if (request.resume_step) probe->resume = resumable[*request.resume_step];
  Result<client::Sighting> sighting = client::see(*probe);
  if (sighting) {
    observation.client = std::move(sighting->view);
    resumable[step] = std::move(sighting->session);
    ask_upstream(site, scene, observation);
    if (request.curl) ask_ordinary_client(*probe, site, scene, trial);
  } else {
    trial.trouble = to_string(sighting.error());
  }
  trial.probe = std::move(*probe);
  // Who repeats it has the port for this site alone.
  if (!site.live) trial.probe.path = request.path;
  trial.took_ms = std::chrono::duration<double, std::milli>(Clock::now() - begun).count();
  return trial;
}

Trial try_examine(const Examine& examine, Scene& scene) {
  const auto begun = Clock::now();
  Trial trial;
  trial.observation.at = scene.options.now;
  const Result<pki::Material> material = scene.material.around(examine.credential);
  if (!material) {
    trial.trouble = to_string(material.error());
    return trial;
  }
  Result<MaterialView> view =
      pki::examine(*material, {examine.credential, examine.trust, examine.crls, examine.pkcs12}, scene.options.now);
  if (view)
    trial.observation.material = std::move(*view);
  else
    trial.trouble = to_string(view.error());
  trial.took_ms = std::chrono::duration<double, std::milli>(Clock::now() - begun).count();
  return trial;
}

}  // namespace mtls::run
