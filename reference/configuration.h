// What the gateway is told: listeners and their sites, as words and file names, before anything is loaded.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/base/result.h"
#include "harness/base/socket.h"
#include "harness/model/site.h"

namespace mtls::reference {

struct LegConfiguration {
  Endpoint upstream;
  std::chrono::milliseconds timeout{5000};
  bool tls = false;
  std::string certificate_file;
  std::string key_file;
  bool verify = false;
  std::string trust_file;
  std::string crl_file;
  int depth = 2;
  TlsRange versions;
  std::string name;  // that the upstream's certificate must cover; its SNI and Host
  bool send_sni = false;
};

struct SiteConfiguration {
  std::vector<std::string> names;
  std::string certificate_file;  // leaf, then what is sent after it
  std::string key_file;
  TlsRange versions;
  bool resumption = false;
  ClientAuth client_auth = ClientAuth::off;
  std::string trust_file;
  std::string crl_file;
  int depth = 2;
  std::optional<Endpoint> responder;
  IdentityHeader identity = IdentityHeader::overwrite;
  std::vector<std::pair<std::string, std::string>> added_headers;  // name, "$variable"
  LegConfiguration leg;
};

struct ListenerConfiguration {
  Endpoint at;
  bool tls = false;
  bool reject_unknown_names = false;
  std::vector<SiteConfiguration> sites;  // the first one is for unknown and absent names
};

struct Configuration {
  std::vector<ListenerConfiguration> listeners;
};

// The variables that `add-header` may name.
const std::vector<std::string>& header_variables();

// One keyword with its values on a line, '#' begins a comment; `listener` and `site` begin what the lines below them
// are about. README.md has the keywords. Error: file and line.
Result<Configuration> read_configuration(const std::filesystem::path& file);

}  // namespace mtls::reference
