// What the tests of this folder share: a small PKI, nginx's kind as code, plans, and a client that asks once.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "harness/base/files.h"
#include "harness/base/openssl.h"
#include "harness/base/time.h"
#include "harness/gateway/gateway.h"

namespace mtls::gateway::testing {

// Of a PKI minted once: root, intermediate, other-root; server, upstream, gateway, client, revoked, other-client (of
// the other root); root-crl, intermediate-crl (lists `revoked`), empty-crl (of the intermediate).
Credential credential(const std::string& name);
CertificateRef root(const std::string& name = "root");
CrlRef crl(const std::string& name);

inline GatewayKind nginx_kind(const std::string& folder = "gateways") {
  GatewayKind kind;
  kind.kind = "nginx";
  kind.folder = std::string(MTLSCHECK_SOURCE_DIR) + "/fixtures/" + folder + "/nginx";
  kind.programs = {"nginx"};
  kind.package = "nginx-light";
  kind.version_arguments = {"-v"};
  kind.version_pattern = "nginx/([0-9][^\\s]*)";
  kind.files = {{"nginx.conf.mustache", "nginx.conf"}};
  kind.arguments = {"-p", "{{folder}}", "-c", "{{folder}}/nginx.conf", "-e", "{{folder}}/error.log"};
  kind.reload_signal = "HUP";
  kind.logs = {"access.log", "error.log", "output.log"};
  kind.error_log = "error.log";
  kind.client_pattern = folder == "gateways" ? "(?:^|, client: )(127\\.[0-9.]+|[0-9a-f]*:[0-9a-f:]+)"
                                             : "(?:\\tremote_addr=|, client: )([0-9a-f.:]+)";
  kind.alarms = {"^[0-9/]+ [0-9:]+ \\[(?:alert|emerg)\\] "};
  return kind;
}

// As the catalog reads it from fixtures/gateways.
GatewayKind shipped_kind(const std::string& name);
// Of a file; empty, and a failure, where it cannot be read.
std::string content_of(const std::filesystem::path& file);

// The standard site: a client certificate is required.
inline PlacedSite mutual_site() {
  PlacedSite site;
  site.spec.name = "main";
  site.spec.names = {"gateway.test"};
  site.credential = credential("server");
  site.trust = {root()};
  site.upstream = {"127.0.0.1", 9};
  return site;
}

inline PlacedSite plain_site() {
  PlacedSite site;
  site.spec.name = "plain";
  site.spec.names = {"gateway.test"};
  site.spec.tls = false;
  site.spec.client_auth = ClientAuth::off;
  site.upstream = {"127.0.0.1", 9};
  return site;
}

// A port that was free a moment ago, on an address that nothing else uses.
inline Endpoint free_endpoint(const std::string& address = "127.66.1.1") {
  const Result<Fd> held = listen_tcp({address, 0});
  if (!held) ADD_FAILURE() << to_string(held.error());
  const Result<Endpoint> at = local_endpoint(held->get());
  return at ? *at : Endpoint{};
}

inline std::filesystem::path write_script(const std::filesystem::path& folder, const std::string& text) {
  const std::filesystem::path place = folder / "program.sh";
  EXPECT_TRUE(write_file(place, "#!/bin/sh\n" + text));
  std::filesystem::permissions(place, std::filesystem::perms::owner_all);
  return place;
}

struct Asked {
  bool handshake = false;
  std::string server;  // the subject that it showed
  std::string answer;  // whole
  int status() const { return answer.size() > 12 ? std::atoi(answer.c_str() + 9) : 0; }
};

struct Ask {
  Endpoint to;
  std::string source;
  const Credential* present = nullptr;
  std::string sni = "gateway.test";
  std::string headers = {};
  bool tls = true;
};

// One GET, by blocking OpenSSL; reads to the end.
Asked ask(const Ask& question);

}  // namespace mtls::gateway::testing
