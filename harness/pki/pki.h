// Mints PKIs: every certificate, key, chain and revocation list that a PkiSpec states, faults included.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/openssl.h"
#include "harness/base/result.h"
#include "harness/model/observation.h"
#include "harness/model/pki.h"

namespace mtls::pki {

// All that was minted, by name. Keys of credentials live in memory only; who needs them on disk writes them (0600).
struct Material {
  std::map<std::string, Credential, std::less<>> authorities;  // chain is empty
  std::map<std::string, Credential, std::less<>> credentials;
  std::map<std::string, CrlRef, std::less<>> crls;
  std::map<std::string, std::string, std::less<>> pkcs12;  // DER by credential name, where a passphrase was given
  std::map<std::string, std::string, std::less<>> passphrases;
};

// Makes RSA keys ahead of time in the background, because one of 2048 bits costs 200 ms and more; other keys are made
// on demand. RSA keys are drawn in turn from a small pool per type: certificates that no scenario tells apart may share
// one. The destructor breaks off what is still in the making.
class KeyPool {
 public:
  // multi_prime: RSA keys of more than two primes (RFC 8017, 3.2), made several times faster; a peer sees no
  // difference. Only for keys that stay in this process: GnuTLS and others do not read them.
  explicit KeyPool(bool multi_prime = false);
  ~KeyPool();
  KeyPool(const KeyPool&) = delete;
  KeyPool& operator=(const KeyPool&) = delete;
  // Starts making keys for this spec; returns at once.
  void prepare(const PkiSpec& spec);
  // Waits for an RSA key where none is ready. `unlike`: keys that the caller must not get again.
  Result<KeyRef> take(KeyType type, const std::vector<KeyRef>& unlike = {});

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Everything in `spec`, issued in dependency order; names refer within `spec`. `now`: UTC seconds that validity is
// relative to. No two authorities share a key, and none shares one with what it issues. `given`: authorities that
// exist already (a user's test CA); an entry of that name in `spec` is not minted, and `chain` of it is what stands
// between it and its root. Error: an unknown name, a cycle, an impossible subject or name, an authority whose subject
// does not say TEST ONLY, an OpenSSL failure; it names the entry.
Result<Material> mint(const PkiSpec& spec, KeyPool& keys, std::int64_t now,
                      const std::map<std::string, Credential, std::less<>>& given = {});

// What lies in the material, without any network. `passphrase` as in the spec; names must exist.
struct ExamineInput {
  std::string credential;
  std::vector<std::string> trust;
  std::vector<std::string> crls;
  bool pkcs12 = false;
  bool server = false;  // the credential is a server's: its path is validated for that purpose
};
Result<MaterialView> examine(const Material& material, const ExamineInput& input, std::int64_t now);

// An OCSP response in DER (RFC 6960) for the certificates a request asks about: signed by `issuer`, revoked where
// `crls` list the serial. Error where the request cannot be read.
enum class OcspAnswer { good_or_revoked, unknown, try_later };
Result<std::string> answer_ocsp(std::string_view request_der, const std::vector<Credential>& issuers,
                                const std::vector<CrlRef>& crls, OcspAnswer answer, std::int64_t now);

// Writes PEM, PKCS#12 and CRLs of all that was minted below `folder` (mode 0700, keys 0600) and a manifest.json text is
// returned by the caller's writer: see reports. Layout: authorities/NAME.{crt,key},
// credentials/NAME/{leaf.crt,chain.crt,key.pem,bundle.p12}, crls/NAME.crl. chain.crt is the leaf and what follows it,
// as gateways read it.
Result<void> write_material(const Material& material, const std::filesystem::path& folder);

// Where a user keeps a credential: `certificate` and `key` (empty: in the certificate's file), or `pkcs12`.
struct CredentialFiles {
  std::filesystem::path certificate;
  std::filesystem::path key;
  std::filesystem::path pkcs12;
  std::filesystem::path passphrase;  // its first line; empty: none
};

// What was read of a user's files. `notes`: what works here but not with every program that reads the same file.
struct ReadCredential {
  Credential credential;
  std::vector<std::string> notes;
};

// PEM in any order, with or without a byte order mark, DER, PKCS#7, PKCS#12; keys as PKCS#8, PKCS#1 or SEC1, encrypted
// or not. The chain is put in order of issuers. An Error says what was found in which file, and what to do. Whether the
// key belongs to the certificate is the caller's question.
Result<ReadCredential> read_credential(const CredentialFiles& files);
Result<std::vector<CertificateRef>> read_certificates(const std::filesystem::path& file);
Result<std::vector<CrlRef>> read_crls(const std::filesystem::path& file);

}  // namespace mtls::pki
