// What the three witnesses saw: client, gateway (its log) and upstream, or what lay in the material.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/model/certificate.h"
#include "harness/model/stimulus.h"
#include "harness/model/tls.h"

namespace mtls {

// What the client meant to do; it knows this without any scenario.
struct Sent {
  bool tls = true;
  std::optional<std::string> sni;  // nothing: none was sent
  std::string host;
  std::string path;
  std::vector<Header> headers;
  std::vector<std::string> alpn;
  TlsRange versions;
  std::optional<CredentialView> presented;  // nothing: the client had no certificate to present
  bool resumption_offered = false;
  std::string nonce;
};

struct HandshakeView {
  bool completed = false;  // from the client's point of view
  std::string version;     // "1.2", "1.3", empty: none agreed
  std::string cipher;
  std::string group;
  std::string alpn;
  bool resumed = false;
  bool client_certificate_requested = false;
  bool client_certificate_sent = false;
  std::vector<std::string> acceptable_issuers;  // RFC 8446, 4.2.4; RFC 5246, 7.4.4; as CertificateView::subject
  std::vector<std::string>
      acceptable_signatures;                      // of the client's proof, by the names of RFC 8446, 4.2.3; else in hex
  std::vector<std::string> acceptable_key_types;  // TLS 1.2: certificate_types (RFC 5246, 7.4.4)
  std::vector<CertificateView> server_chain;      // as sent
  std::optional<VerifyResult> verify;             // of that chain; nothing: no chain was seen
};

struct HttpView {
  int status = 0;
  std::string version;
  std::vector<Header> headers;
  std::string body;        // first 4 KiB
  bool truncated = false;  // the answer ended before it was whole, or was cut at a limit
};

struct CurlView {
  int exit = 0;  // CURLcode
  std::string message;
  int status = 0;
};

// One handshake message, alert or record on the wire.
struct TimelineEntry {
  std::int64_t us = 0;  // since the connection was begun
  std::string from;     // "client" or "gateway"
  std::string record;   // "handshake", "alert", "change_cipher_spec", "application_data", "tcp"
  std::string detail;   // "ClientHello", "fatal certificate_expired(45)", "FIN", ...
};

enum class Closed { clean, abrupt, open };
constexpr std::string_view name(Closed closed) {
  switch (closed) {
    case Closed::clean: return "clean";
    case Closed::abrupt: return "abrupt";
    case Closed::open: return "open";
  }
  return "";
}

struct ClientView {
  Sent sent;
  bool connected = false;
  std::string connect_error;  // "refused", "timeout", "reset", "unreachable", else words; empty where connected
  std::string source;         // local address, without port
  HandshakeView handshake;
  std::optional<Alert> alert_received;
  std::optional<Alert> alert_sent;
  Closed closed = Closed::open;  // how the gateway ended it; open: it did not, before the client was done
  bool timed_out = false;        // a deadline passed before anything decided the trial
  std::string plaintext_answer;  // first bytes of a peer that answered TLS with something else; sanitised
  std::string failure;           // OpenSSL's or the system's words where the exchange broke; sanitised
  std::optional<HttpView> http;
  std::optional<CurlView> curl;
  std::vector<TimelineEntry> timeline;
};

struct GatewayView {
  bool alive = true;  // the process lived, or the endpoint still answered, after the trial
  bool log_available = false;
  std::string kind;              // "nginx", ...; empty: unknown
  std::vector<std::string> log;  // the lines of this trial, sanitised
};

struct UpstreamRequest {
  std::string nonce;
  std::string method;
  std::string path;
  std::string host;
  std::vector<Header> headers;
  std::string client_subject;  // who the upstream's TLS says it was; empty: nobody
  int answered = 200;          // the status that the upstream gave
};

struct UpstreamHandshake {
  bool completed = false;
  bool tls = true;  // false: what arrived was not TLS where TLS was expected
  std::string version;
  std::optional<std::string> sni;
  std::string client_subject;
  std::string client_sha256;
  std::optional<VerifyResult> client_verify;  // the upstream's verdict on the gateway's certificate
  std::optional<Alert> alert_received;
  std::optional<Alert> alert_sent;
  std::string failure;  // sanitised
};

struct UpstreamView {
  bool watched = false;  // a witness stood behind the gateway
  bool reached = false;  // this trial's nonce arrived
  int connections = 0;
  std::string kind;  // "witness", "nginx"
  bool tls = false;
  // What the upstream presents, and whether it verifies against the trust that the gateway was given for it.
  std::optional<CredentialView> presented;
  bool wants_client_certificate = false;
  std::vector<UpstreamRequest> requests;
  std::vector<UpstreamHandshake> handshakes;
};

// Minted material, looked at without a network.
struct MaterialView {
  CredentialView credential;
  std::optional<bool> pkcs12_opens;
  std::vector<CrlView> crls;
  bool crl_for_every_authority = false;  // each certificate of the chain, root included, has a list of its issuer
};

struct Observation {
  std::int64_t at = 0;  // UTC seconds; what "expired" is measured against
  ClientView client;
  GatewayView gateway;
  UpstreamView upstream;
  std::optional<MaterialView> material;  // only where the stimulus was Examine
};

}  // namespace mtls
