// The PKI of the tests, minted in process.
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "harness/pki/pki.h"
#include "harness/upstream/test_upstreams.h"

namespace mtls::upstream {
namespace {

CertificateSpec authority(const std::string& name, const std::string& issuer = "") {
  CertificateSpec spec;
  spec.name = name;
  spec.issuer = issuer;
  spec.subject = "CN=" + name + ",O=TEST ONLY";
  spec.authority = true;
  spec.key_usage = std::vector{KeyUsage::key_cert_sign, KeyUsage::crl_sign};
  return spec;
}

CredentialSpec credential(const std::string& name, const std::string& issuer, ExtendedKeyUsage usage) {
  CredentialSpec spec;
  spec.certificate.name = name;
  spec.certificate.issuer = issuer;
  spec.certificate.subject = "CN=" + name;
  spec.certificate.sans = {"dns:" + name + ".test"};
  spec.certificate.key_usage = std::vector{KeyUsage::digital_signature};
  spec.certificate.extended_key_usage = std::vector{usage};
  return spec;
}

Minted make_material() {
  PkiSpec spec;
  spec.authorities = {authority("root"), authority("intermediate", "root"), authority("other-root")};
  spec.credentials = {credential("upstream", "intermediate", ExtendedKeyUsage::server_auth),
                      credential("gateway", "intermediate", ExtendedKeyUsage::client_auth),
                      credential("gateway-expired", "intermediate", ExtendedKeyUsage::client_auth),
                      credential("gateway-revoked", "intermediate", ExtendedKeyUsage::client_auth),
                      credential("gateway-wrong-ca", "other-root", ExtendedKeyUsage::client_auth)};
  spec.credentials[2].certificate.not_before = std::chrono::hours(-48);
  spec.credentials[2].certificate.not_after = std::chrono::hours(-24);
  CrlSpec root_crl;
  root_crl.name = "root-crl";
  root_crl.authority = "root";
  CrlSpec crl;
  crl.name = "intermediate-crl";
  crl.authority = "intermediate";
  crl.revoked = {"gateway-revoked"};
  spec.crls = {root_crl, crl};
  pki::KeyPool keys;
  auto made = pki::mint(spec, keys, now_seconds());
  if (!made) throw std::runtime_error(to_string(made.error()));
  return {std::move(made->authorities), std::move(made->credentials), std::move(made->crls)};
}

}  // namespace

const Minted& minted() {
  static const Minted made = make_material();
  return made;
}

}  // namespace mtls::upstream
