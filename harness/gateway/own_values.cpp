// Picks a gateway's own values once and keeps them in its folder.
#include "harness/gateway/own_values.h"

#include <charconv>
#include <vector>

#include <fmt/format.h>

#include "harness/base/files.h"
#include "harness/base/text.h"

namespace mtls::gateway {
namespace {

constexpr const char* kept_file = "own-values";
constexpr std::size_t secret_bytes = 16;

bool needs_any(const GatewayKind& kind) {
  return kind.installation || !kind.ports.empty();
}

Result<int> number_of(const std::string& digits, const std::string& where) {
  int number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error == std::errc() && end == digits.data() + digits.size()) return number;
  return Error{"render", "found no number: " + sanitise_line(digits), where};
}

Result<void> keep(const OwnValues& own, const std::filesystem::path& folder) {
  std::string text =
      fmt::format("home {}\naddress {}\nsecret {}\nrevision {}\n", own.home, own.address, own.secret, own.revision);
  for (const auto& [name, port] : own.ports) text += fmt::format("port:{} {}\n", name, port);
  return write_file(folder / kept_file, text, true);
}

// All are held until all are picked, so that they differ.
Result<void> pick_ports(const GatewayKind& kind, OwnValues& own) {
  std::vector<Fd> held;
  for (const std::string& name : kind.ports) {
    Result<Fd> listening = listen_tcp({own.address, 0});
    if (!listening) return Error{"start", "no port to be had: " + listening.error().what, own.address};
    const Result<Endpoint> at = local_endpoint(listening->get());
    if (!at) return at.error();
    own.ports[name] = at->port;
    held.push_back(std::move(*listening));
  }
  return {};
}

}  // namespace

Result<OwnValues> own_values(const std::filesystem::path& folder) {
  const std::string where = (folder / kept_file).string();
  const Result<std::string> text = read_file(where);
  if (!text) return text.error();
  OwnValues own;
  for (const std::string& line : split(*text, '\n')) {
    const std::size_t blank = line.find(' ');
    if (blank == std::string::npos) continue;
    const std::string word = line.substr(0, blank), value = line.substr(blank + 1);
    if (word == "home") own.home = value;
    if (word == "address") own.address = value;
    if (word == "secret") own.secret = value;
    if (word != "revision" && word.rfind("port:", 0) != 0) continue;
    const Result<int> number = number_of(value, where);
    if (!number) return number.error();
    if (word == "revision")
      own.revision = *number;
    else
      own.ports[word.substr(word.find(':') + 1)] = static_cast<std::uint16_t>(*number);
  }
  return own;
}

Result<OwnValues> next_own_values(const GatewayKind& kind, const std::filesystem::path& folder,
                                  const std::string& address, const std::filesystem::path& home) {
  OwnValues own;
  if (!needs_any(kind)) return own;
  std::error_code failed;
  if (std::filesystem::exists(folder / kept_file, failed)) {
    Result<OwnValues> before = own_values(folder);
    if (!before) return before.error();
    own = std::move(*before);
  } else {
    own = {home.string(), address, {}, random_hex(secret_bytes), 0};
    if (const Result<void> picked = pick_ports(kind, own); !picked) return picked.error();
  }
  ++own.revision;
  if (const Result<void> kept = keep(own, folder); !kept) return kept.error();
  return own;
}

void add_own_values(const OwnValues& own, Values& values) {
  values.texts["home"] = own.home;
  values.texts["own_address"] = own.address;
  values.texts["secret"] = own.secret;
  values.texts["revision"] = std::to_string(own.revision);
  values.texts["attempt"] = "0";
  for (const auto& [name, port] : own.ports) values.texts["port_" + name] = std::to_string(port);
}

}  // namespace mtls::gateway
