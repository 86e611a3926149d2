// Facts of the client's identity on its way to the upstream: whether it arrived, and whether a forged one did.
#include <algorithm>
#include <array>

#include "harness/base/text.h"
#include "harness/diagnose/certificate_names.h"
#include "harness/diagnose/facts.h"

namespace mtls::diagnose {
namespace {

// The headers by which gateways tell upstreams who the client is: nginx and ingress conventions, Envoy's, RFC 9440's,
// and those of Apache, AWS, Azure, Google and Traefik. Compared in lower case, '_' as '-'.
constexpr std::array<std::string_view, 12> identity_words{
    "client-cert", "client-dn",          "client-subject",  "client-verify", "client-s-dn", "client-cn",
    "clientcert",  "client-fingerprint", "mtls-clientcert", "forwarded-tls", "ssl-client",  "ssl-cert"};

bool tells_identity(std::string_view header) {
  std::string plain = lower(header);
  std::replace(plain.begin(), plain.end(), '_', '-');
  return std::any_of(identity_words.begin(), identity_words.end(),
                     [&](std::string_view word) { return plain.find(word) != std::string::npos; });
}

std::string hex_digits(std::string_view text) {
  std::string digits = lower(text);
  digits.erase(std::remove(digits.begin(), digits.end(), ':'), digits.end());
  return digits;
}

bool tells_of(const std::string& value, const CertificateView& leaf) {
  const std::string cn = common_name(leaf.subject);
  const auto contains = [](std::string_view text, std::string_view part) {
    return !part.empty() && text.find(part) != std::string_view::npos;
  };
  const std::string digits = hex_digits(value);
  return contains(value, leaf.subject) || (!cn.empty() && (value == cn || contains(value, "CN=" + cn))) ||
         contains(digits, leaf.sha256) || (!leaf.serial.empty() && digits == lower(leaf.serial)) ||
         contains(value, "BEGIN%20CERTIFICATE") || contains(value, "BEGIN CERTIFICATE") ||
         (value.size() > 200 && value.front() == ':');  // RFC 9440: a byte sequence
}

bool forged_arrived(const std::vector<Header>& sent, const std::vector<UpstreamRequest>& requests) {
  for (const UpstreamRequest& request : requests) {
    for (const Header& arrived : request.headers) {
      const bool same = std::any_of(sent.begin(), sent.end(), [&](const Header& one) {
        return tells_identity(one.first) && !one.second.empty() && lower(one.first) == lower(arrived.first) &&
               arrived.second.find(one.second) != std::string::npos;
      });
      if (same) return true;
    }
  }
  return false;
}

bool forwarded(const CertificateView& leaf, const std::vector<UpstreamRequest>& requests) {
  return std::any_of(requests.begin(), requests.end(), [&](const UpstreamRequest& request) {
    return std::any_of(request.headers.begin(), request.headers.end(), [&](const Header& header) {
      return tells_identity(header.first) && tells_of(header.second, leaf);
    });
  });
}

}  // namespace

void identity_facts(const Observation& observation, FactSheet& sheet) {
  const Sent& sent = observation.client.sent;
  sheet.flag("identity.forged_sent", std::any_of(sent.headers.begin(), sent.headers.end(),
                                                 [](const Header& one) { return tells_identity(one.first); }));
  const auto& requests = observation.upstream.requests;
  const bool headers_seen = std::any_of(requests.begin(), requests.end(),
                                        [](const UpstreamRequest& request) { return !request.headers.empty(); });
  if (!headers_seen) return;
  sheet.flag("identity.forged_arrived", forged_arrived(sent.headers, requests));
  if (sent.presented) sheet.flag("identity.forwarded", forwarded(sent.presented->leaf, requests));
}

Names identity_fact_names() {
  return {"identity.forged_sent", "identity.forged_arrived", "identity.forwarded"};
}

}  // namespace mtls::diagnose
