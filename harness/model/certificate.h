// What can be read off a certificate, a credential or a revocation list, without judging it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mtls {

// The outcome of path validation (RFC 5280, 6): OpenSSL's X509_V_ERR number and its words. 0 is "ok".
struct VerifyResult {
  int code = 0;
  std::string name;      // OpenSSL's sentence, e.g. "certificate has expired"
  int depth = 0;         // the certificate the first error is about; 0 is the leaf
  std::vector<int> all;  // every error met on the way, first one first
};

// One certificate (RFC 5280, 4.1). Times are UTC seconds since 1970.
struct CertificateView {
  std::string subject;  // RFC 4514 order as OpenSSL's XN_FLAG_RFC2253 prints it
  std::string issuer;
  std::string serial;             // upper-case hex, no colons
  std::vector<std::string> sans;  // "DNS:a.test", "IP:127.0.0.1", "URI:spiffe://..", "email:.."
  std::int64_t not_before = 0;
  std::int64_t not_after = 0;
  std::string sha256;  // of the DER, lower-case hex
  std::string key;     // "RSA-2048", "EC-P-256", "Ed25519"
  int key_bits = 0;
  int security_bits = 0;
  std::string signature;  // "ecdsa-with-SHA256"
  int version = 3;
  bool authority = false;  // basicConstraints cA
  std::optional<std::int64_t> path_length;
  bool has_key_usage = false;
  std::vector<std::string> key_usage;  // RFC 5280 names: digitalSignature, keyCertSign, ...
  bool has_extended_key_usage = false;
  std::vector<std::string> extended_key_usage;           // serverAuth, clientAuth, anyExtendedKeyUsage, or an OID
  std::vector<std::string> unknown_critical_extensions;  // OIDs that no verifier we know handles
  std::string subject_key_id;                            // lower-case hex, empty where absent
  std::string authority_key_id;
  bool self_signed = false;  // the signature verifies with the certificate's own key
};

// A revocation list (RFC 5280, 5).
struct CrlView {
  std::string issuer;
  std::int64_t this_update = 0;
  std::int64_t next_update = 0;      // 0 where absent
  std::vector<std::string> revoked;  // serials, as in CertificateView
};

// What a party presents, as that party itself can know it before it connects.
struct CredentialView {
  CertificateView leaf;
  std::vector<CertificateView> chain;  // what is sent after the leaf, in order
  bool key_matches = true;             // the private key belongs to the leaf
  // The chain verified against the trust store that the same party holds, for its role in TLS.
  std::optional<VerifyResult> verify;
  // A revocation list that the party holds names the leaf, or a certificate of the chain.
  bool listed_as_revoked = false;
  bool chain_listed_as_revoked = false;
};

}  // namespace mtls
