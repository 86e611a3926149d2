// Makes the header of a forwarded request. The identity header is the gateway's alone to set.
#include "reference/headers.h"

#include <algorithm>
#include <array>

#include "harness/base/text.h"

namespace mtls::reference {
namespace {

constexpr std::string_view identity_header = "X-Client-DN";

constexpr std::array<std::string_view, 11> hop_fields{
    "connection",     "keep-alive",     "proxy-connection",   "te", "trailer", "transfer-encoding", "upgrade", "expect",
    "content-length", "http2-settings", "proxy-authorization"};

bool is(const std::string& header, std::string_view name) {
  return lower(header) == lower(name);
}

std::vector<std::string> named_in_connection(const HeaderList& headers) {
  std::vector<std::string> names;
  for (const auto& [name, value] : headers) {
    if (!is(name, "Connection")) continue;
    for (const std::string& option : split(lower(value), ',')) names.emplace_back(trim(option));
  }
  return names;
}

void remove_named(HeaderList& headers, const std::vector<std::string>& names) {
  std::erase_if(headers, [&](const auto& header) {
    return std::find(names.begin(), names.end(), lower(header.first)) != names.end();
  });
}

// Upstreams that hand headers on as CGI variables do not tell '_' from '-' (RFC 3875, 4.1.18).
bool spells_identity(const std::string& header, const Flaws& flaws) {
  if (flaws.has(Flaw::identity_by_case)) return header == identity_header;
  std::string plain = lower(header);
  if (!flaws.has(Flaw::identity_with_underscores)) std::replace(plain.begin(), plain.end(), '_', '-');
  return plain == lower(identity_header);
}

void remove_identity(HeaderList& headers, const Welcome& welcome, const Flaws& flaws) {
  if (flaws.has(Flaw::identity_kept)) return;
  if (flaws.has(Flaw::identity_kept_without_certificate) && !welcome.verified) return;
  const auto spelled = [&](const auto& header) { return spells_identity(header.first, flaws); };
  if (flaws.has(Flaw::identity_first_only)) {
    const auto first = std::find_if(headers.begin(), headers.end(), spelled);
    if (first != headers.end()) headers.erase(first);
    return;
  }
  std::erase_if(headers, spelled);
}

std::string value_of(const std::string& variable, const Welcome& welcome, const Flaws& flaws) {
  if (variable == "$client_dn") return identity_of(welcome, flaws);
  if (variable == "$server_name") return sanitise_line(welcome.server_name.value_or(""), 256);
  if (!welcome.verified) return "";
  const CertificateView client = see(welcome.client.get());
  return variable == "$client_serial" ? client.serial : client.sha256;
}

void add_identity(HeaderList& headers, const SiteConfiguration& told, const Welcome& welcome, const Flaws& flaws) {
  if (told.identity == IdentityHeader::overwrite && !flaws.has(Flaw::identity_missing)) {
    if (std::string identity = identity_of(welcome, flaws); !identity.empty()) {
      headers.emplace_back(identity_header, std::move(identity));
    }
  }
  for (const auto& [name, variable] : told.added_headers) {
    if (std::string value = value_of(variable, welcome, flaws); !value.empty()) headers.emplace_back(name, value);
  }
}

}  // namespace

HeaderList without_hop_fields(const HeaderList& headers, const std::vector<std::string_view>& with) {
  HeaderList kept = headers;
  remove_named(kept, named_in_connection(headers));
  std::erase_if(kept, [&](const auto& header) {
    const std::string name = lower(header.first);
    return std::find(hop_fields.begin(), hop_fields.end(), name) != hop_fields.end() ||
           std::find(with.begin(), with.end(), name) != with.end();
  });
  return kept;
}

std::string identity_of(const Welcome& welcome, const Flaws& flaws) {
  if (!welcome.verified) return "";
  const bool issuer = flaws.has(Flaw::identity_of_issuer) && welcome.client_issuer;
  return see(issuer ? welcome.client_issuer.get() : welcome.client.get()).subject;
}

HeaderList headers_for_upstream(const HttpMessage& request, const Route& route, const Welcome& welcome,
                                const Flaws& flaws) {
  HeaderList headers = without_hop_fields(request.headers, {"host", "x-forwarded-host"});
  if (route.site->told.identity != IdentityHeader::pass) remove_identity(headers, welcome, flaws);
  add_identity(headers, route.site->told, welcome, flaws);
  headers.emplace_back("X-Forwarded-Host", sanitise_line(route.host, 512));
  if (flaws.has(Flaw::identity_named_in_connection)) remove_named(headers, named_in_connection(request.headers));
  if (!request.body.empty() || header_value(request.headers, "Content-Length") ||
      header_value(request.headers, "Transfer-Encoding")) {
    headers.emplace_back("Content-Length", std::to_string(request.body.size()));
  }
  return headers;
}

}  // namespace mtls::reference
