// Composes the request that witness, libcurl and command lines have in common.
#include "harness/client/request.h"

#include "harness/base/http.h"

namespace mtls::client {

std::string host_of(const Probe& probe) {
  if (!probe.host.empty()) return probe.host;
  if (probe.sni && !probe.sni->empty()) return *probe.sni;
  return bracketed(probe.to.address);
}

std::string url_host(const Probe& probe) {
  return bracketed(probe.tls && probe.sni ? *probe.sni : probe.to.address);
}

std::string bracketed(const std::string& host) {
  return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

std::vector<Header> headers_of(const Probe& probe) {
  std::vector<Header> headers = probe.headers;
  if (!probe.nonce.empty()) headers.emplace_back(nonce_header, probe.nonce);
  return headers;
}

std::string request_of(const Probe& probe) {
  std::vector<Header> headers{{"Accept", "*/*"}};
  if (!header_value(probe.headers, "User-Agent")) headers.emplace_back("User-Agent", "mtlscheck/" MTLSCHECK_VERSION);
  for (Header& header : headers_of(probe)) headers.push_back(std::move(header));
  return format_request(probe.method, probe.path, host_of(probe), headers);
}

}  // namespace mtls::client
