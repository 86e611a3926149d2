// Mints the PKI that the client's tests share.
#include "harness/base/time.h"
#include "harness/client/loopback_server.h"
#include "harness/client/test_material.h"
#include "harness/pki/pki.h"

namespace mtls::client {
namespace {

CertificateSpec authority_spec(const std::string& name, const std::string& issuer) {
  CertificateSpec spec;
  spec.name = name;
  spec.issuer = issuer;
  spec.subject = "CN=" + name + " Grün,O=TEST ONLY";
  spec.authority = true;
  spec.key_usage = {KeyUsage::key_cert_sign, KeyUsage::crl_sign, KeyUsage::digital_signature};
  return spec;
}

CredentialSpec leaf(const std::string& name, ExtendedKeyUsage usage, const std::string& issuer = "intermediate") {
  CredentialSpec spec;
  spec.certificate.name = name;
  spec.certificate.issuer = issuer;
  spec.certificate.subject = "CN=" + name + ",O=TEST ONLY";
  spec.certificate.key_usage = {KeyUsage::digital_signature};
  spec.certificate.extended_key_usage = {usage};
  if (usage == ExtendedKeyUsage::server_auth) spec.certificate.sans = {"dns:gateway.test", "dns:other.test"};
  return spec;
}

PkiSpec spec() {
  PkiSpec spec;
  spec.authorities = {authority_spec("root", ""), authority_spec("intermediate", "root"),
                      authority_spec("other-root", "")};
  CredentialSpec expired = leaf("server-expired", ExtendedKeyUsage::server_auth);
  expired.certificate.not_before = std::chrono::hours(-48);
  expired.certificate.not_after = std::chrono::hours(-24);
  CredentialSpec rsa1024 = leaf("client-rsa1024", ExtendedKeyUsage::client_auth);
  rsa1024.certificate.key = KeyType::rsa1024;
  CredentialSpec sha1 = leaf("client-sha1", ExtendedKeyUsage::client_auth);
  sha1.certificate.signature = SignatureHash::sha1;
  CredentialSpec mismatch = leaf("client-mismatch", ExtendedKeyUsage::client_auth);
  mismatch.key_of = "client";
  CredentialSpec forged = leaf("client-forged", ExtendedKeyUsage::client_auth);
  forged.forged_proof = true;
  spec.credentials = {leaf("server", ExtendedKeyUsage::server_auth),
                      expired,
                      leaf("client", ExtendedKeyUsage::client_auth),
                      leaf("client-untrusted", ExtendedKeyUsage::client_auth, "other-root"),
                      rsa1024,
                      sha1,
                      mismatch,
                      forged};
  return spec;
}

const pki::Material& material() {
  static const pki::Material minted = [] {
    pki::KeyPool keys;
    return loopback::must(pki::mint(spec(), keys, now_seconds()));
  }();
  return minted;
}

}  // namespace

const Credential& credential(std::string_view name) {
  return material().credentials.find(name)->second;
}

CertificateRef authority(std::string_view name) {
  return material().authorities.find(name)->second.certificate;
}

Probe probe_to(const Endpoint& at, std::string_view present) {
  Probe probe;
  probe.to = at;
  probe.sni = "gateway.test";
  probe.reference_identity = "gateway.test";
  probe.host = "gateway.test";
  probe.trust = {authority("root")};
  probe.nonce = "n0nce";
  probe.at = now_seconds();
  if (!present.empty()) probe.present = &credential(present);
  return probe;
}

TlsRange only(TlsVersion version) {
  return {version, version};
}

}  // namespace mtls::client
