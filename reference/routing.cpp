// RFC 9110, 7.2 and 7.4: one host, and it is the one that the handshake was for.
#include "reference/routing.h"

#include <algorithm>

#include <fmt/format.h>

#include "harness/base/text.h"
#include "reference/log.h"

namespace mtls::reference {
namespace {

Error answer(int status, std::string why) {
  return {std::to_string(status), std::move(why), ""};
}

std::string without_port(const std::string& authority) {
  if (!authority.empty() && authority.front() == '[') return authority.substr(0, authority.find(']') + 1);
  return authority.substr(0, authority.find(':'));
}

// Absolute form (RFC 9112, 3.2.2): its authority counts, not that of Host.
bool split_absolute(const std::string& target, std::string& authority, std::string& rest) {
  const std::string start = lower(std::string_view(target).substr(0, 8));
  const std::size_t scheme = start == "https://" ? 8 : start.rfind("http://", 0) == 0 ? 7 : 0;
  if (scheme == 0) return false;
  const std::size_t end = std::min(target.find_first_of("/?", scheme), target.size());
  authority = target.substr(scheme, end - scheme);
  rest = target.substr(end);
  if (rest.empty() || rest.front() != '/') rest.insert(0, "/");
  return true;
}

// Where the request may go although its host is not the one of the connection.
bool unchecked(const Welcome& welcome, const Flaws& flaws) {
  if (flaws.has(Flaw::host_unchecked)) return true;
  if (!welcome.server_name) return flaws.has(Flaw::host_unchecked_without_name);
  return !welcome.name_is_known && flaws.has(Flaw::host_unchecked_for_unknown_name);
}

}  // namespace

Result<Route> route(const HttpMessage& request, const Listener& listener, const Welcome& welcome, const Flaws& flaws) {
  const auto hosts = std::count_if(request.headers.begin(), request.headers.end(),
                                   [](const auto& header) { return lower(header.first) == "host"; });
  if (hosts > 1 || (hosts == 0 && request.version != "1.0")) return answer(400, "not exactly one Host");
  Route route;
  std::string authority = header_value(request.headers, "Host").value_or("");
  std::string checked = authority;
  route.target = request.target;
  if (split_absolute(request.target, authority, route.target) && !flaws.has(Flaw::absolute_target_unchecked)) {
    checked = authority;
  }
  if (route.target.empty() || (route.target.front() != '/' && route.target != "*")) return answer(400, "no target");
  route.host = flaws.has(Flaw::port_in_host) ? authority : without_port(authority);
  const Site* const asked = listener.named(route.host, flaws);
  const Site* const compared = listener.named(flaws.has(Flaw::port_in_host) ? checked : without_port(checked), flaws);
  const Site& meant = asked != nullptr ? *asked : listener.default_site();
  if (!welcome.tls) {
    route.site = &meant;
    return route;
  }
  // A host of nobody's goes with a connection of nobody's.
  const bool fits = compared != nullptr ? compared == welcome.site : !welcome.name_is_known;
  if (!fits && !unchecked(welcome, flaws)) {
    return answer(421, fmt::format("host {} is not what this connection was made for", in_quotes(checked)));
  }
  route.site = fits && !flaws.has(Flaw::absolute_target_unchecked) ? welcome.site : &meant;
  return route;
}

}  // namespace mtls::reference
