// Reads the files of a running gateway's owner and puts them into the standard PKI.
#include "harness/run/live.h"

#include <algorithm>

#include <fmt/format.h>

#include "harness/base/text.h"
#include "harness/base/time.h"
#include "harness/pki/pki.h"
#include "harness/run/examine_local.h"

namespace mtls::run {
namespace {

Error unusable(const std::string& what, const HeldFiles& files) {
  return {"inventory", what, sanitise_line(files.pkcs12.empty() ? files.certificate : files.pkcs12)};
}

Result<Credential> held_in(const HeldFiles& files, const std::string& name) {
  auto read = pki::read_credential({files.certificate, files.key, files.pkcs12, files.passphrase});
  if (!read) return read.error();
  read->credential.name = name;
  if (X509_check_private_key(read->credential.certificate.get(), read->credential.key.get()) != 1)
    return unusable("the key does not belong to the certificate", files);
  return std::move(read->credential);
}

// A credential that is not what it is called would make a sound gateway fail.
Result<void> check_dates(const std::string& name, const Credential& credential, const HeldFiles& files,
                         std::int64_t now) {
  const CertificateView leaf = see(credential.certificate.get());
  const bool over = leaf.not_after<now, to_come = leaf.not_before> now;
  const auto dates = fmt::format("it is valid from {} to {}", utc(leaf.not_before), utc(leaf.not_after));
  if (name == "client-expired" ? !over : over)
    return unusable(over ? "has expired: " + dates : "is called expired and has not: " + dates, files);
  if (name == "client-not-yet-valid" ? !to_come : to_come)
    return unusable(to_come ? "is not yet valid: " + dates : "is called not yet valid and is: " + dates, files);
  return {};
}

CertificateRef top_of(const Credential& credential) {
  return credential.chain.empty() ? credential.certificate : credential.chain.back();
}

// The authority's subject, and that of those that imitate it.
void rename_authority(PkiSpec& pki, const std::string& authority, const std::string& subject) {
  const auto named = std::find_if(pki.authorities.begin(), pki.authorities.end(),
                                  [&](const CertificateSpec& spec) { return spec.name == authority; });
  if (named == pki.authorities.end()) return;
  const std::string before = named->subject;
  for (CertificateSpec& spec : pki.authorities)
    if (spec.subject == before) spec.subject = subject;
}

Result<void> take_authority(Live& live, std::int64_t now) {
  const TestAuthority& authority = *live.gateway.issue_with;
  Result<Credential> ca = held_in(authority.files, "root");
  if (!ca) return ca.error();
  const CertificateView view = see(ca->certificate.get());
  if (!view.authority) return unusable("is no CA: its basic constraints do not say CA:TRUE", authority.files);
  if (const auto dated = check_dates("root", *ca, authority.files, now); !dated) return dated;
  live.direct = authority.direct || view.path_length == 0;
  const CertificateRef top = top_of(*ca);
  if (see(top.get()).self_signed) live.client_root = {top};
  // Whoever looks like the root has its name. The intermediate is another one than that of the same name in the owner's
  // own test PKI.
  rename_authority(live.standard, "root", view.subject);
  rename_authority(live.standard, "intermediate", "CN=Issued Intermediate CA,O=mtlscheck TEST ONLY");
  if (live.direct) live.given.authorities["intermediate"] = *ca;
  live.given.authorities["root"] = std::move(*ca);
  return {};
}

Result<void> take_credentials(Live& live, std::int64_t now) {
  for (const auto& [name, files] : live.gateway.credentials) {
    Result<Credential> held = held_in(files, name);
    if (!held) return held.error();
    if (const auto dated = check_dates(name, *held, files, now); !dated) return dated;
    live.given.credentials[name] = std::move(*held);
    // Never one with an equal entry of the standard PKI, which is minted.
    for (CredentialSpec& spec : live.standard.credentials)
      if (spec.certificate.name == name) spec.certificate.distinct = "given";
  }
  return {};
}

}  // namespace

const std::string& server_name(const RunningGateway& gateway) {
  return gateway.sni.empty() ? gateway.host : gateway.sni;
}

Result<Live> open_live(const RunningGateway& gateway, const PkiSpec& standard, std::int64_t now) {
  Live live;
  live.gateway = gateway;
  live.standard = standard;
  if (gateway.issue_with)
    if (const auto taken = take_authority(live, now); !taken) return taken.error();
  if (const auto taken = take_credentials(live, now); !taken) return taken.error();
  Question trust;
  trust.trust = gateway.trust;
  LocalMaterial local = read_local(trust, now);
  for (const LocalTrouble& trouble : local.trouble) return Error{"inventory", trouble.evidence, gateway.name};
  live.trust = std::move(local.trust);
  return live;
}

}  // namespace mtls::run
