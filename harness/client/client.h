// The witness in front: one connection to a gateway, every message and alert on it written down.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/base/openssl.h"
#include "harness/base/socket.h"
#include "harness/client/server_chains.h"
#include "harness/model/observation.h"

namespace mtls::client {

// Everything that one connection needs; values are resolved, nothing is looked up.
struct Probe {
  Endpoint to;
  std::string source;  // local address; empty: any
  bool tls = true;
  std::optional<std::string> sni;  // nothing: none is sent
  std::string reference_identity;  // the name that the server's certificate must cover; empty: not checked
  TlsRange versions;
  std::vector<std::string> alpn;
  const Credential* present = nullptr;  // borrowed; null: no certificate
  // Borrowed: what the client knows of `present`, where the caller has it already; null: worked out for this probe.
  const CredentialView* presented_view = nullptr;
  ServerChains* server_chains = nullptr;  // borrowed: remembers chains over many probes; null: nothing is remembered
  std::vector<CertificateRef> trust;      // the client's trust store for servers
  std::vector<CrlRef> crls;   // revocation lists the client holds: for the server's chain, and to know its own state
  bool verify_server = true;  // break off with the matching alert where the server's chain does not verify
  SessionRef resume;
  bool send_request = true;
  std::string method = "GET";
  std::string path = "/";
  std::string host;
  std::vector<Header> headers;
  std::string nonce;                        // sent as X-Mtlscheck-Nonce; empty: none
  std::chrono::milliseconds timeout{5000};  // for the whole of it
  std::int64_t at = 0;                      // UTC seconds for path validation
};

struct Sighting {
  ClientView view;
  SessionRef session;  // to resume later; null where none was given
};

// Connects, shakes hands, sends one HTTP/1.1 request, and reads until an answer is whole, the peer ends it, or time is
// over. Reading goes on after a failed write, so that no TLS 1.3 alert is lost. Whatever happens on the wire is part of
// the view; an Error means that the harness itself could not act (no descriptor, source address not to be bound, key
// unusable).
Result<Sighting> see(const Probe& probe);

// What an ordinary client gets: the same request through libcurl. Independent of see(); opens its own connection.
Result<CurlView> ask_curl(const Probe& probe);

// The curl and openssl command lines that repeat the probe, with paths given by the caller instead of key material.
struct Paths {
  std::string certificate;  // leaf and chain in one file; empty: none presented
  std::string key;
  std::string trust;
  std::string crls = {};  // lists that the client holds, for openssl in the file `trust` too; empty: none
  bool resumes = false;   // the request resumes the session of an earlier one
};
// Where the tool cannot make the request: a shell comment that says why.
std::string curl_line(const Probe& probe, const Paths& paths);
std::string openssl_line(const Probe& probe, const Paths& paths);

// "OpenSSL 3.0.19 ..." and "7.88.1 (OpenSSL/3.0.19)". Error where libcurl is not built on OpenSSL.
std::string openssl_version();
Result<std::string> libcurl_version();

}  // namespace mtls::client
