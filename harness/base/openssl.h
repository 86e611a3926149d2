// OpenSSL objects with owners, credentials made of them, and the reading of certificates into plain values.
#pragma once

#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/result.h"
#include "harness/model/certificate.h"
#include "harness/model/tls.h"

namespace mtls {

// Shared, because one certificate stands in many trust stores and chains; never changed after it was made.
using CertificateRef = std::shared_ptr<X509>;
using KeyRef = std::shared_ptr<EVP_PKEY>;
using CrlRef = std::shared_ptr<X509_CRL>;
using SessionRef = std::shared_ptr<SSL_SESSION>;

CertificateRef own(X509* certificate);  // takes ownership of one reference
KeyRef own(EVP_PKEY* key);
CrlRef own(X509_CRL* crl);
SessionRef own(SSL_SESSION* session);

struct SslDeleter {
  void operator()(SSL* ssl) const;
};
struct SslCtxDeleter {
  void operator()(SSL_CTX* ctx) const;
};
struct BioDeleter {
  void operator()(BIO* bio) const;
};
struct StoreDeleter {
  void operator()(X509_STORE* store) const;
};
using SslPtr = std::unique_ptr<SSL, SslDeleter>;
using SslCtxPtr = std::unique_ptr<SSL_CTX, SslCtxDeleter>;
using BioPtr = std::unique_ptr<BIO, BioDeleter>;
using StorePtr = std::unique_ptr<X509_STORE, StoreDeleter>;

// What a party presents: its certificate, its private key, and what it sends after the leaf.
struct Credential {
  std::string name;
  CertificateRef certificate;
  KeyRef key;
  std::vector<CertificateRef> chain;
};

// All errors of this thread's queue, oldest first, as one sanitised line; empties the queue. Empty where there are
// none.
std::string take_openssl_errors();

CertificateView see(X509* certificate);
CrlView see(X509_CRL* crl);

// Path validation (RFC 5280, 6) of `certificate` for `purpose` (X509_PURPOSE_SSL_CLIENT or _SERVER, 0: none) at time
// `at` (UTC seconds), every error on the way collected. CRLs, where given, are checked for the whole chain. `name`: the
// reference identity that must be covered (RFC 9525), empty: none.
struct PathInput {
  X509* certificate = nullptr;
  std::vector<CertificateRef> untrusted;
  std::vector<CertificateRef> trust;
  std::vector<CrlRef> crls;
  int purpose = 0;
  std::int64_t at = 0;
  std::string name;
};
VerifyResult validate_path(const PathInput& input);

// What a party can know of its own credential: path validation as in PathInput (skipped where `trust` is empty), key,
// revocation.
CredentialView see(const Credential& credential, const PathInput& with);

std::string to_pem(X509* certificate);
std::string to_pem(X509_CRL* crl);
std::string to_pem(EVP_PKEY* key);  // PKCS#8, unencrypted: for files of mode 0600 only
std::vector<unsigned char> to_der(X509* certificate);
Result<std::vector<CertificateRef>> certificates_from_pem(std::string_view pem, const std::string& where);

// The RFC's word for an alert number, "unknown" where it has none.
std::string_view alert_name(int number);

// OpenSSL's number for a version.
int protocol_number(TlsVersion version);

// Handshake message name for its first byte (RFC 8446, 4), "unknown(n)" else.
std::string handshake_message_name(int type);

}  // namespace mtls
