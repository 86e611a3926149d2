// Small specs that the tests and the benchmark of this folder mint, and the time at which they do.
#pragma once

#include <stdexcept>
#include <string>

#include "harness/model/pki.h"
#include "harness/pki/pki.h"

namespace mtls::pki {

inline constexpr std::int64_t now = 1'790'000'000;

inline CertificateSpec authority_spec(const std::string& name, const std::string& issuer = "") {
  CertificateSpec spec;
  spec.name = name;
  spec.issuer = issuer;
  spec.subject = "CN=" + name + ",O=mtlscheck TEST ONLY";
  spec.authority = true;
  spec.key_usage = {KeyUsage::key_cert_sign, KeyUsage::crl_sign, KeyUsage::digital_signature};
  return spec;
}

inline CredentialSpec leaf_spec(const std::string& name, const std::string& issuer = "intermediate",
                                ExtendedKeyUsage usage = ExtendedKeyUsage::client_auth) {
  CredentialSpec spec;
  spec.certificate.name = name;
  spec.certificate.issuer = issuer;
  spec.certificate.subject = "CN=" + name + ",O=mtlscheck";
  spec.certificate.key_usage = {KeyUsage::digital_signature};
  spec.certificate.extended_key_usage = {usage};
  return spec;
}

inline CrlSpec list_spec(const std::string& name, const std::string& authority, std::vector<std::string> revoked = {}) {
  CrlSpec spec;
  spec.name = name;
  spec.authority = authority;
  spec.revoked = std::move(revoked);
  return spec;
}

// A root, an intermediate below it, and one client.
inline PkiSpec small_pki() {
  PkiSpec spec;
  spec.authorities = {authority_spec("root"), authority_spec("intermediate", "root")};
  spec.credentials = {leaf_spec("client")};
  return spec;
}

inline Material minted(const PkiSpec& spec) {
  KeyPool keys;
  auto material = mint(spec, keys, now);
  if (!material) throw std::runtime_error(to_string(material.error()));
  return std::move(*material);
}

}  // namespace mtls::pki
