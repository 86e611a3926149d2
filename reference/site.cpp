// Loads what sites name, and refuses what could not be served.
#include "reference/site.h"

#include <openssl/evp.h>

#include <fmt/format.h>

#include "harness/base/text.h"

namespace mtls::reference {
namespace {

std::string sha256(const std::string& text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  EVP_Digest(text.data(), text.size(), digest, &length, EVP_sha256(), nullptr);
  return {reinterpret_cast<const char*>(digest), length};
}

std::string session_context(const ListenerConfiguration& listener, const Site& site, std::size_t index) {
  return sha256(fmt::format("{} {} {} {} {} {}", to_string(listener.at), index, name(site.told.client_auth),
                            site.told.depth, join(site.told.names, " "), site.trust ? site.trust->fingerprint : ""));
}

Result<void> load_front(Site& site, bool tls, Material& material) {
  const SiteConfiguration& told = site.told;
  if (tls) {
    auto credential = material.credential(told.certificate_file, told.key_file);
    if (!credential) return credential.error();
    site.credential = *credential;
  }
  if (!told.trust_file.empty()) {
    auto trust = material.trust(told.trust_file, told.crl_file);
    if (!trust) return trust.error();
    site.trust = *trust;
  }
  const bool verifies = told.client_auth == ClientAuth::required || told.client_auth == ClientAuth::optional;
  if (verifies && !site.trust) return Error{"load", "clients are to be verified, and no authority is trusted", ""};
  return {};
}

Result<void> load_leg(Site& site, Material& material) {
  const LegConfiguration& leg = site.told.leg;
  if (!leg.certificate_file.empty()) {
    auto credential = material.credential(leg.certificate_file, leg.key_file);
    if (!credential) return credential.error();
    site.leg_credential = *credential;
  }
  if (!leg.trust_file.empty()) {
    auto trust = material.trust(leg.trust_file, leg.crl_file);
    if (!trust) return trust.error();
    site.leg_trust = *trust;
  }
  if (leg.tls && leg.verify && !site.leg_trust) {
    return Error{"load", "the upstream is to be verified, and no authority is trusted", to_string(leg.upstream)};
  }
  return {};
}

// One bundle for every domain, as where a library or a proxy has room for one only.
std::shared_ptr<const Trust> everybody(const Listener& listener) {
  auto all = std::make_shared<Trust>();
  all->store = StoreRef(X509_STORE_new(), &X509_STORE_free);
  for (const auto& site : listener.sites) {
    if (!site->trust) continue;
    for (const CertificateRef& anchor : site->trust->anchors) X509_STORE_add_cert(all->store.get(), anchor.get());
    for (const CrlRef& crl : site->trust->crls) X509_STORE_add_crl(all->store.get(), crl.get());
    all->anchors.insert(all->anchors.end(), site->trust->anchors.begin(), site->trust->anchors.end());
    all->crls.insert(all->crls.end(), site->trust->crls.begin(), site->trust->crls.end());
  }
  return all;
}

Result<Listener> load_listener(ListenerConfiguration told, Material& material, const Flaws& flaws) {
  Listener listener;
  listener.told = std::move(told);
  for (SiteConfiguration& configured : listener.told.sites) {
    auto site = std::make_unique<Site>();
    site->told = std::move(configured);
    if (const auto loaded = load_front(*site, listener.told.tls, material); !loaded) return loaded.error();
    if (const auto loaded = load_leg(*site, material); !loaded) return loaded.error();
    site->session_context = session_context(listener.told, *site, listener.sites.size());
    for (const std::string& name : site->told.names) {
      const std::string key = flaws.has(Flaw::names_by_case) ? name : lower(name);
      if (!listener.by_name.emplace(key, site.get()).second)
        return Error{"load", fmt::format("two sites are called {}", name), to_string(listener.told.at)};
    }
    listener.sites.push_back(std::move(site));
  }
  listener.told.sites.clear();
  if (flaws.has(Flaw::one_trust_for_all)) listener.everybody = everybody(listener);
  return listener;
}

}  // namespace

const Site* Listener::named(std::string_view name, const Flaws& flaws) const {
  const auto found = by_name.find(flaws.has(Flaw::names_by_case) ? std::string(name) : lower(name));
  return found == by_name.end() ? nullptr : found->second;
}

Result<std::vector<Listener>> load(Configuration configuration, const Flaws& flaws) {
  Material material;
  std::vector<Listener> listeners;
  for (ListenerConfiguration& told : configuration.listeners) {
    Result<Listener> listener = load_listener(std::move(told), material, flaws);
    if (!listener) return listener.error();
    listeners.push_back(std::move(*listener));
  }
  return listeners;
}

}  // namespace mtls::reference
