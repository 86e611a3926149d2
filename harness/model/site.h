// What a gateway is told: sites, the leg behind each of them, and what stands at its end.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/model/tls.h"

namespace mtls {

enum class ClientAuth { off, optional, optional_no_ca, required };
inline constexpr std::array all_client_auths{ClientAuth::off, ClientAuth::optional, ClientAuth::optional_no_ca,
                                             ClientAuth::required};
constexpr std::string_view name(ClientAuth auth) {
  constexpr std::array<std::string_view, 4> names{"off", "optional", "optional_no_ca", "required"};
  return names[static_cast<std::size_t>(auth)];
}

// What the gateway does with the identity header (X-Client-DN) on its way to the upstream.
enum class IdentityHeader { overwrite, strip, pass };
inline constexpr std::array all_identity_headers{IdentityHeader::overwrite, IdentityHeader::strip,
                                                 IdentityHeader::pass};
constexpr std::string_view name(IdentityHeader header) {
  constexpr std::array<std::string_view, 3> names{"overwrite", "strip", "pass"};
  return names[static_cast<std::size_t>(header)];
}

// Who stands at the end of the leg: the harness's own witness, or a real nginx.
enum class UpstreamKind { witness, nginx };
inline constexpr std::array all_upstream_kinds{UpstreamKind::witness, UpstreamKind::nginx};
constexpr std::string_view name(UpstreamKind kind) {
  constexpr std::array<std::string_view, 2> names{"witness", "nginx"};
  return names[static_cast<std::size_t>(kind)];
}

// How an upstream treats a connection. silent: accepts and says nothing; closing: closes at once after accepting;
// slow: answers one byte at a time; down: nobody listens.
enum class Behaviour { answering, silent, closing, slow, down };
inline constexpr std::array all_behaviours{Behaviour::answering, Behaviour::silent, Behaviour::closing, Behaviour::slow,
                                           Behaviour::down};
constexpr std::string_view name(Behaviour behaviour) {
  constexpr std::array<std::string_view, 5> names{"answering", "silent", "closing", "slow", "down"};
  return names[static_cast<std::size_t>(behaviour)];
}

// The service behind a gateway. Certificates, authorities and revocation lists are named as in the PkiSpec.
struct UpstreamSpec {
  UpstreamKind kind = UpstreamKind::witness;
  bool tls = false;
  std::string credential;
  ClientAuth client_auth = ClientAuth::off;
  std::vector<std::string> trust;  // whom it accepts client certificates from
  std::vector<std::string> crls;
  TlsRange versions;
  std::vector<std::string> names;  // the server names it serves
  bool strict_sni = false;         // refuses any other name with unrecognized_name (RFC 6066, 3)
  Behaviour behaviour = Behaviour::answering;
  bool operator==(const UpstreamSpec&) const = default;
};

// The gateway as TLS client of its upstream.
struct UpstreamLeg {
  bool tls = false;
  std::string credential;  // empty: presents none
  bool verify = false;
  std::vector<std::string> trust;
  std::vector<std::string> crls;
  std::string name;  // the name that the upstream's certificate must cover, and the SNI
  bool send_sni = true;
  int depth = 2;
  TlsRange versions;
  bool operator==(const UpstreamLeg&) const = default;
};

// How the OCSP responder that a site asks behaves (RFC 6960).
enum class Responder { answering, unknown, error, silent, down };
inline constexpr std::array all_responders{Responder::answering, Responder::unknown, Responder::error,
                                           Responder::silent, Responder::down};
constexpr std::string_view name(Responder responder) {
  constexpr std::array<std::string_view, 5> names{"answering", "unknown", "error", "silent", "down"};
  return names[static_cast<std::size_t>(responder)];
}

// The site checks its clients' certificates by OCSP; the answers come from these revocation lists' entries.
struct OcspCheck {
  Responder responder = Responder::answering;
  std::vector<std::string> crls;
  bool operator==(const OcspCheck&) const = default;
};

// How the engine proves that a right client gets in here, so that a refusal means something.
struct Control {
  bool wanted = true;                    // false: nobody can be admitted to this site (a planted fault)
  std::string present = "client";        // the right client's credential; empty: none
  std::optional<TlsVersion> tls;         // the version it speaks; nothing: the case's
  std::optional<UpstreamSpec> upstream;  // the right upstream, where this site's own is the fault
  bool operator==(const Control&) const = default;
};

// One policy of a gateway: names, server credential, client authentication, trust, revocation, depth, its upstream.
struct SiteSpec {
  std::string name;                   // how the scenario's steps call it
  std::string listener;               // sites with the same label share one listener; empty: one of its own
  std::vector<std::string> names;     // server names (SNI and Host)
  bool tls = true;                    // false: the route on a plain port
  bool reject_unknown_names = false;  // handshakes for other names are refused (RFC 6066, 3: unrecognized_name)
  std::string credential = "server";
  ClientAuth client_auth = ClientAuth::required;
  std::vector<std::string> trust;
  std::vector<std::string> crls;  // empty: revocation is not checked
  int depth = 2;                  // intermediates allowed between leaf and root
  std::optional<OcspCheck> ocsp;
  TlsRange versions;
  bool resumption = false;  // session ids and tickets are given out
  IdentityHeader identity = IdentityHeader::overwrite;
  std::string extra;  // a named flaw that the gateway's template knows, e.g. "unknown-variable"
  UpstreamLeg leg;
  UpstreamSpec upstream;
  Control control;
  bool operator==(const SiteSpec&) const = default;
};

}  // namespace mtls
