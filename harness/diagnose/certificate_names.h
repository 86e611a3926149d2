// Names in certificates and in requests: what a certificate covers, and when two names are one.
#pragma once

#include <string>
#include <string_view>

#include "harness/model/certificate.h"

namespace mtls::diagnose {

// "host:port" or "[address]:port" without the port, in lower case, without a final dot.
std::string bare_host(std::string_view host);

// The host that a request is for: the authority of a target in absolute form outranks Host (RFC 9112, 3.2.2).
std::string host_asked(const std::string& target, const std::string& host);

// Whether the certificate covers the name (RFC 9525, 6): subjectAltName, or where it has none the common name, as the
// libraries still do.
bool covers(const CertificateView& certificate, std::string_view name);

// The value of CN in an RFC 4514 subject; empty where there is none.
std::string common_name(std::string_view subject);

}  // namespace mtls::diagnose
