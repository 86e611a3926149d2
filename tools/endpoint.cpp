// Takes an endpoint apart.
#include "tools/endpoint.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

#include "harness/base/text.h"

namespace mtls::tools {
namespace {

Error not_an_endpoint(const std::string& text, const std::string& why) {
  return {"usage", why + "; expected HOST:PORT or a URL like https://host:port/path", sanitise_line(text)};
}

Result<std::string> take_scheme(const std::string& text, Target& target) {
  const auto mark = text.find("://");
  if (mark == std::string::npos) return text;
  const std::string scheme = lower(text.substr(0, mark));
  if (scheme != "https" && scheme != "http") return not_an_endpoint(text, "the scheme is neither https nor http");
  target.tls = scheme == "https";
  target.port = target.tls ? 443 : 80;
  return text.substr(mark + 3);
}

}  // namespace

Result<Target> target_of(const std::string& text) {
  Target target;
  if (!is_clean(text)) return not_an_endpoint(text, "has a space or a control character");
  Result<std::string> rest = take_scheme(text, target);
  if (!rest) return rest.error();
  const auto path = rest->find_first_of("/?");
  std::string authority = rest->substr(0, path);
  if (path != std::string::npos) target.path = rest->substr(path, rest->find('#') - path);
  if (!target.path.empty() && target.path.front() == '?') target.path.insert(0, "/");
  if (authority.find('@') != std::string::npos) return not_an_endpoint(text, "has a user name in it");
  std::string port;
  if (authority.starts_with('[')) {
    const auto end = authority.find(']');
    if (end == std::string::npos) return not_an_endpoint(text, "has no closing bracket");
    target.name = authority.substr(1, end - 1);
    port = authority.substr(end + 1);
  } else if (std::count(authority.begin(), authority.end(), ':') > 1) {
    target.name = authority;
  } else {
    target.name = authority.substr(0, authority.find(':'));
    port = authority.substr(target.name.size());
  }
  if (target.name.empty()) return not_an_endpoint(text, "names no host");
  if (port.empty()) return target;
  unsigned number = 0;
  const auto [end, failed] = std::from_chars(port.data() + 1, port.data() + port.size(), number);
  if (port.front() != ':' || failed != std::errc() || end != port.data() + port.size() || number == 0 || number > 65535)
    return not_an_endpoint(text, "the port is no number from 1 to 65535");
  target.port = static_cast<std::uint16_t>(number);
  return target;
}

bool is_clean(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return c > 0x20 && c != 0x7f; });
}

bool is_numeric_address(const std::string& name) {
  unsigned char bytes[16];
  return inet_pton(AF_INET, name.c_str(), bytes) == 1 || inet_pton(AF_INET6, name.c_str(), bytes) == 1;
}

}  // namespace mtls::tools
