// The words of TLS that every part shares: protocol versions, ranges of them, alerts.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace mtls {

enum class TlsVersion { tls12, tls13 };

inline constexpr std::array all_tls_versions{TlsVersion::tls12, TlsVersion::tls13};

// "1.2" or "1.3", as reports and options spell it.
constexpr std::string_view name(TlsVersion version) {
  switch (version) {
    case TlsVersion::tls12: return "1.2";
    case TlsVersion::tls13: return "1.3";
  }
  return "";
}

// The versions that a party is willing to speak, both ends included.
struct TlsRange {
  TlsVersion min = TlsVersion::tls12;
  TlsVersion max = TlsVersion::tls13;
  auto operator<=>(const TlsRange&) const = default;
};

// When an alert was seen, from the client's point of view: in TLS 1.3 the client's own
// handshake is complete before the server has judged its certificate (RFC 8446, 4.4.4).
enum class AlertPhase { handshake, after };

constexpr std::string_view name(AlertPhase phase) {
  switch (phase) {
    case AlertPhase::handshake: return "handshake";
    case AlertPhase::after: return "after";
  }
  return "";
}

// An alert as it stood on the wire (RFC 8446, 6; RFC 5246, 7.2).
struct Alert {
  int number = 0;
  std::string name;  // the RFC's word, e.g. "certificate_expired"
  bool fatal = true;
  AlertPhase phase = AlertPhase::handshake;
};

}  // namespace mtls
