// The one HTTP request of a probe.
#pragma once

#include <string>
#include <vector>

#include "harness/client/client.h"

namespace mtls::client {

inline constexpr std::string_view nonce_header = "X-Mtlscheck-Nonce";

// What the Host header names: the probe's host, else its SNI, else the address.
std::string host_of(const Probe& probe);
// The host for a URL: curl sends it as SNI, and none for an address.
std::string url_host(const Probe& probe);
// With brackets where it is an IPv6 address (RFC 3986, 3.2.2).
std::string bracketed(const std::string& host);
// The probe's own headers, and the nonce's where there is one.
std::vector<Header> headers_of(const Probe& probe);
// The whole request as bytes.
std::string request_of(const Probe& probe);

}  // namespace mtls::client
