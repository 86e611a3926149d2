// What a PKI should look like: authorities, credentials and revocation lists, faults included.
#pragma once

#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mtls {

enum class KeyType { rsa1024, rsa2048, rsa3072, rsa4096, p256, p384, ed25519 };
inline constexpr std::array all_key_types{KeyType::rsa1024, KeyType::rsa2048, KeyType::rsa3072, KeyType::rsa4096,
                                          KeyType::p256,    KeyType::p384,    KeyType::ed25519};
constexpr std::string_view name(KeyType type) {
  constexpr std::array<std::string_view, 7> names{"rsa1024", "rsa2048", "rsa3072", "rsa4096",
                                                  "p256",    "p384",    "ed25519"};
  return names[static_cast<std::size_t>(type)];
}

enum class SignatureHash { sha1, sha256, sha384 };
inline constexpr std::array all_signature_hashes{SignatureHash::sha1, SignatureHash::sha256, SignatureHash::sha384};
constexpr std::string_view name(SignatureHash hash) {
  constexpr std::array<std::string_view, 3> names{"sha1", "sha256", "sha384"};
  return names[static_cast<std::size_t>(hash)];
}

// RFC 5280, 4.2.1.3; the names are those of the RFC.
enum class KeyUsage { digital_signature, non_repudiation, key_encipherment, key_agreement, key_cert_sign, crl_sign };
inline constexpr std::array all_key_usages{KeyUsage::digital_signature, KeyUsage::non_repudiation,
                                           KeyUsage::key_encipherment,  KeyUsage::key_agreement,
                                           KeyUsage::key_cert_sign,     KeyUsage::crl_sign};
constexpr std::string_view name(KeyUsage usage) {
  constexpr std::array<std::string_view, 6> names{"digitalSignature", "nonRepudiation", "keyEncipherment",
                                                  "keyAgreement",     "keyCertSign",    "cRLSign"};
  return names[static_cast<std::size_t>(usage)];
}

// RFC 5280, 4.2.1.12.
enum class ExtendedKeyUsage { server_auth, client_auth, any, ocsp_signing };
inline constexpr std::array all_extended_key_usages{ExtendedKeyUsage::server_auth, ExtendedKeyUsage::client_auth,
                                                    ExtendedKeyUsage::any, ExtendedKeyUsage::ocsp_signing};
constexpr std::string_view name(ExtendedKeyUsage usage) {
  constexpr std::array<std::string_view, 4> names{"serverAuth", "clientAuth", "anyExtendedKeyUsage", "OCSPSigning"};
  return names[static_cast<std::size_t>(usage)];
}

// RFC 5280, 4.2.1.10. Entries are "dns:example.test", "email:example.test", "ip:127.0.0.0/8" or "dir:O=Example".
struct NameConstraints {
  std::vector<std::string> permitted;
  std::vector<std::string> excluded;
  bool operator==(const NameConstraints&) const = default;
};

// One certificate to issue. Validity is relative to the run's `now`.
struct CertificateSpec {
  std::string name;               // unique within a PkiSpec
  std::string about;              // one sentence for people; goes into the manifest
  std::string issuer;             // name of an authority; empty: self-signed
  std::string subject;            // "CN=a,O=b"; an authority's subject carries TEST ONLY
  std::vector<std::string> sans;  // "dns:a.test", "ip:127.0.0.1", "uri:spiffe://a/b", "email:a@b.test"
  KeyType key = KeyType::p256;
  SignatureHash signature = SignatureHash::sha256;
  std::chrono::seconds not_before{-3600};
  std::chrono::seconds not_after{86400};
  bool authority = false;         // basicConstraints cA:TRUE
  bool basic_constraints = true;  // whether the extension is there at all
  std::optional<int> path_length;
  std::optional<std::vector<KeyUsage>> key_usage;                   // nothing: no extension
  std::optional<std::vector<ExtendedKeyUsage>> extended_key_usage;  // nothing: no extension
  NameConstraints name_constraints;
  bool unknown_critical_extension = false;
  int version = 3;       // 1: X.509 v1, no extensions at all
  std::string distinct;  // two specs equal but for this label are two certificates with two keys
  bool operator==(const CertificateSpec&) const = default;
};

// What a party holds and presents: a certificate, its chain, and a proof of possession.
struct CredentialSpec {
  CertificateSpec certificate;
  // Names of authorities to send after the leaf. Nothing: every issuer up to, and without, the root.
  std::optional<std::vector<std::string>> chain;
  // The key is another's, but made to look like the leaf's own, so that only CertificateVerify fails (RFC 8446, 4.4.3).
  bool forged_proof = false;
  // Name of another credential whose key is held instead: a plain mismatch, which no client library sends.
  std::string key_of;
  std::string pkcs12_passphrase;     // not empty: also kept as PKCS#12, and read back from it
  std::string fault;                 // the word of DIAGNOSES for what is wrong with it; empty: nothing
  std::optional<int> expect_verify;  // what `openssl verify` must say for its purpose; nothing: not asked
  bool operator==(const CredentialSpec&) const = default;
};

// One revocation list (RFC 5280, 5).
struct CrlSpec {
  std::string name;
  std::string about;
  std::string authority;
  std::vector<std::string> revoked;  // names of credentials or authorities issued by `authority`
  std::chrono::seconds this_update{-3600};
  std::chrono::seconds next_update{86400};
  std::string signed_by;  // name of an authority whose key signs instead of the right one
  bool operator==(const CrlSpec&) const = default;
};

// A whole PKI. A scenario's own PkiSpec holds only what deviates; names not found there are looked up in the standard
// one.
struct PkiSpec {
  std::vector<CertificateSpec> authorities;
  std::vector<CredentialSpec> credentials;
  std::vector<CrlSpec> crls;
};

}  // namespace mtls
