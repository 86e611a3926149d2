// Names in certificates and in requests: what a certificate covers, and when two names are one.
#include "harness/diagnose/certificate_names.h"

#include <algorithm>

#include "harness/base/text.h"

namespace mtls::diagnose {
namespace {

bool covered_by(std::string_view pattern, std::string_view name) {
  if (pattern.substr(0, 2) != "*.") return pattern == name;
  const std::size_t dot = name.find('.');
  return dot != std::string_view::npos && dot > 0 && name.substr(dot) == pattern.substr(1);
}

}  // namespace

std::string bare_host(std::string_view host) {
  if (!host.empty() && host.front() == '[') return lower(host.substr(1, host.find(']') - 1));
  if (std::count(host.begin(), host.end(), ':') == 1) host = host.substr(0, host.find(':'));
  if (!host.empty() && host.back() == '.') host.remove_suffix(1);
  return lower(host);
}

std::string host_asked(const std::string& target, const std::string& host) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (lower(std::string_view(target).substr(0, scheme.size())) != scheme) continue;
    const std::string rest = target.substr(scheme.size());
    return rest.substr(0, rest.find_first_of("/?"));
  }
  return host;
}

bool covers(const CertificateView& certificate, std::string_view name) {
  const std::string wanted = bare_host(name);
  bool names_given = false;
  for (const std::string& san : certificate.sans) {
    const std::size_t colon = san.find(':');
    if (colon == std::string::npos) continue;
    const std::string kind = lower(san.substr(0, colon));
    const std::string value = lower(san.substr(colon + 1));
    if (kind == "dns") names_given = true;
    if (kind == "dns" && covered_by(value, wanted)) return true;
    if (kind.substr(0, 2) == "ip" && value == wanted) return true;
  }
  return !names_given && covered_by(lower(common_name(certificate.subject)), wanted);
}

std::string common_name(std::string_view subject) {
  std::size_t from = 0;
  while (from < subject.size()) {
    std::size_t end = from;
    while (end < subject.size() && !(subject[end] == ',' && (end == 0 || subject[end - 1] != '\\'))) ++end;
    const std::string_view part = trim(subject.substr(from, end - from));
    if (part.substr(0, 3) == "CN=") return std::string(part.substr(3));
    from = end + 1;
  }
  return "";
}

}  // namespace mtls::diagnose
