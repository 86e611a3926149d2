// A real nginx that runs beside the program, for tests of what is done to gateways that already run.
#pragma once

#include <poll.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "harness/base/files.h"
#include "harness/base/process.h"
#include "harness/base/socket.h"
#include "tools/program_under_test.h"

namespace mtls::tools {

inline constexpr const char* nginx_address = "127.88.1.1";

inline std::uint16_t free_port() {
  const Result<Fd> held = listen_tcp({nginx_address, 0});
  const Result<Endpoint> at = held ? local_endpoint(held->get()) : Result<Endpoint>(held.error());
  return at ? at->port : 0;
}

// An nginx with one port for each policy, and the standard PKI in files. Its answer repeats the request's nonce.
class Nginx {
 public:
  // Null where it does not start.
  static std::unique_ptr<Nginx> start() {
    auto nginx = std::unique_ptr<Nginx>(new Nginx());
    return nginx->begin() ? std::move(nginx) : nullptr;
  }

  std::string at(const std::string& policy) const { return fmt::format("{}:{}", nginx_address, ports_.at(policy)); }
  // Where nobody listens.
  static std::string nobody() { return fmt::format("{}:{}", nginx_address, free_port()); }
  std::string file(const std::string& path) const { return (folder_->path() / "pki" / path).string(); }
  std::string log() const { return (folder_->path() / "error.log").string(); }
  const std::filesystem::path& folder() const { return folder_->path(); }
  std::vector<std::string> credential(const std::string& name) const {
    return {"--cert", file("credentials/" + name + "/chain.crt"), "--key", file("credentials/" + name + "/key.pem")};
  }

 private:
  bool begin() {
    auto made = TempDir::make();
    if (!made) return false;
    folder_.emplace(std::move(*made));
    if (mtlscheck({"pki", "--out", (folder_->path() / "pki").string()}).code != 0) return false;
    if (!write_configuration()) return false;
    ProcessSpec spec;
    spec.program = find_program("nginx");
    spec.arguments = {"-p", folder_->path().string(), "-c", "nginx.conf", "-e", log()};
    spec.folder = folder_->path();
    auto child = spawn(spec);
    if (!child) return false;
    child_.emplace(std::move(*child));
    return answers();
  }

  bool write_configuration() {
    const std::string required =
        "ssl_verify_client on; ssl_verify_depth 2; ssl_client_certificate " + file("authorities/root.crt") + ";";
    const std::string lists =
        read_file(file("crls/root-crl.crl")).value() + read_file(file("crls/intermediate-crl.crl")).value();
    if (!write_file(folder_->path() / "lists.crl", lists)) return false;
    std::string servers =
        server("mutual", required) + server("old", required + " ssl_protocols TLSv1.2;") +
        server("lists", required + " ssl_crl " + (folder_->path() / "lists.crl").string() + ";") + server("off", "") +
        server("rsa", required + " ssl_conf_command ClientSignatureAlgorithms RSA-PSS+SHA256:RSA+SHA256;") +
        server("optional", "ssl_verify_client optional; ssl_client_certificate " + file("authorities/root.crt") + ";") +
        server("any",
               "ssl_verify_client optional_no_ca; ssl_client_certificate " + file("authorities/root.crt") + ";") +
        server("forbidden", required + " location = /secret { return 403; } location = /mute { return 200 ok; }");
    ports_["plain"] = free_port();
    servers +=
        fmt::format("server {{ listen {}:{}; location / {{ return 200 ok; }} }}\n", nginx_address, ports_["plain"]);
    const std::string configuration =
        "daemon off; worker_processes 1; pid nginx.pid; error_log error.log info;\n"
        "events { worker_connections 64; }\n"
        "http { access_log off; client_body_temp_path t1; proxy_temp_path t2; "
        "fastcgi_temp_path t3; uwsgi_temp_path t4; scgi_temp_path t5;\n" +
        servers + "}\n";
    return static_cast<bool>(write_file(folder_->path() / "nginx.conf", configuration));
  }

  std::string server(const std::string& policy, const std::string& client_auth) {
    ports_[policy] = free_port();
    return fmt::format(
        "server {{ listen {}:{} ssl; server_name gateway.test; ssl_protocols TLSv1.2 TLSv1.3; "
        "ssl_certificate {}; ssl_certificate_key {}; {} location / {{ return 200 \"ok $http_x_mtlscheck_nonce\"; }} "
        "}}\n",
        nginx_address, ports_[policy], file("credentials/server/chain.crt"), file("credentials/server/key.pem"),
        client_auth);
  }

  bool answers() {
    const Deadline deadline(std::chrono::seconds(5));
    while (!deadline.passed()) {
      if (connect_tcp({nginx_address, ports_.at("plain")}, "", deadline)) return true;
      ::poll(nullptr, 0, 5);
    }
    return false;
  }

  std::optional<TempDir> folder_;
  std::optional<Child> child_;
  std::map<std::string, std::uint16_t> ports_;
};

}  // namespace mtls::tools
