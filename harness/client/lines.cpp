// Command lines that repeat a probe by hand.
#include <fmt/format.h>

#include "harness/base/text.h"
#include "harness/client/client.h"
#include "harness/client/request.h"

namespace mtls::client {
namespace {

// A shell word in which printf understands \r\n and %%, for the request on s_client's input.
std::string printf_word(std::string_view request) {
  std::string word;
  for (const char c : request) {
    switch (c) {
      case '\r': word += "\\r"; break;
      case '\n': word += "\\n"; break;
      case '\\': word += "\\\\"; break;
      case '%': word += "%%"; break;
      default: word += c;
    }
  }
  return shell_quote(word);
}

void add(std::string& line, std::string_view option, const std::string& value) {
  if (!value.empty()) line += fmt::format(" {} {}", option, shell_quote(value));
}

void add_tls_options(std::string& line, const Probe& probe, const Paths& paths) {
  if (probe.versions.min == TlsVersion::tls13) {
    line += " --tlsv1.3";
  } else if (probe.versions.max == TlsVersion::tls12) {
    line += " --tlsv1.2 --tls-max 1.2";
  }
  add(line, "--cert", paths.certificate);
  add(line, "--key", paths.key);
  if (probe.verify_server) {
    add(line, "--cacert", paths.trust);
    add(line, "--crlfile", paths.crls);
  } else {
    line += " --insecure";
  }
}

}  // namespace

std::string curl_line(const Probe& probe, const Paths& paths) {
  std::string line = "curl -sSi --http1.1";
  const std::string name = url_host(probe);
  if (probe.tls && probe.sni) {
    add(line, "--resolve", fmt::format("{}:{}:{}", name, probe.to.port, bracketed(probe.to.address)));
  }
  add(line, "--interface", probe.source);
  if (probe.tls) add_tls_options(line, probe, paths);
  if (probe.method == "HEAD") line += " --head";
  if (probe.method != "GET" && probe.method != "HEAD") add(line, "-X", probe.method);
  if (host_of(probe) != name) add(line, "-H", "Host: " + host_of(probe));
  for (const Header& header : probe.headers) {
    add(line, "-H", header.second.empty() ? header.first + ";" : header.first + ": " + header.second);
  }
  if (probe.path.find_first_of("{}[]") != std::string::npos) line += " --globoff";
  const std::string scheme = probe.tls ? "https" : "http";
  return line + " " + shell_quote(fmt::format("{}://{}:{}{}", scheme, name, probe.to.port, probe.path));
}

std::string openssl_line(const Probe& probe, const Paths& paths) {
  Probe without_nonce = probe;
  without_nonce.nonce.clear();
  std::string line = fmt::format("printf {} | openssl s_client", printf_word(request_of(without_nonce)));
  line += " -ign_eof";
  add(line, "-connect", to_string(probe.to));
  add(line, "-bind", probe.source);
  if (probe.sni) {
    add(line, "-servername", *probe.sni);
  } else {
    line += " -noservername";
  }
  if (probe.versions.min == TlsVersion::tls13) {
    line += " -tls1_3";
  } else if (probe.versions.max == TlsVersion::tls12) {
    line += " -tls1_2";
  }
  add(line, "-alpn", join(probe.alpn, ","));
  add(line, "-cert", paths.certificate);
  if (probe.present && !probe.present->chain.empty()) add(line, "-cert_chain", paths.certificate);
  add(line, "-key", paths.key);
  add(line, "-CAfile", paths.trust);
  if (probe.verify_server) {
    if (!paths.crls.empty()) line += " -crl_check_all";
    add(line, "-verify_hostname", probe.reference_identity);
    line += " -verify_return_error";
  }
  return line;
}

}  // namespace mtls::client
