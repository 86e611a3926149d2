// Command lines that repeat a probe by hand. Where a tool cannot make the request, a shell comment says so in its
// place.
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>

#include <fmt/format.h>

#include "harness/base/openssl.h"
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

// Whether programs that leave OpenSSL's security level as it is load the certificates; the harness takes weaker ones.
bool usual_level_takes(const Credential& credential) {
  static const SslCtxPtr context(SSL_CTX_new(TLS_client_method()));
  const SslPtr ssl(context ? SSL_new(context.get()) : nullptr);
  bool taken = ssl && SSL_use_certificate(ssl.get(), credential.certificate.get()) == 1;
  for (const CertificateRef& link : credential.chain) taken = taken && SSL_add1_chain_cert(ssl.get(), link.get()) == 1;
  ERR_clear_error();
  return taken;
}

bool is_too_weak(const Probe& probe, const Paths& paths) {
  return !paths.certificate.empty() && probe.present && !usual_level_takes(*probe.present);
}

// Nothing where curl cannot offer them.
std::optional<std::string> curl_alpn(const std::vector<std::string>& names) {
  if (names.empty()) return " --http1.1 --no-alpn";
  if (names == std::vector<std::string>{"http/1.1"}) return " --http1.1";
  if (names == std::vector<std::string>{"h2", "http/1.1"}) return " --http2";
  return std::nullopt;
}

// Empty: it can.
std::string why_curl_cannot(const Probe& probe, const Paths& paths) {
  if (!probe.tls) return {};
  if (paths.resumes) return "curl does not resume the session of an earlier connection";
  if (!probe.sni && probe.verify_server && !probe.reference_identity.empty())
    return "curl holds the certificate against the name that it sends, and here none is sent";
  if (!curl_alpn(probe.alpn)) return fmt::format("curl does not offer the protocol {}", join(probe.alpn, ", "));
  if (is_too_weak(probe, paths)) return "curl does not load a certificate as weak as this one";
  return {};
}

std::string why_openssl_cannot(const Probe& probe, const Paths& paths) {
  if (!probe.tls) return "openssl s_client speaks TLS, and this request goes without";
  if (paths.resumes) return "openssl s_client resumes only a session that is in a file, and this one is in none";
  return {};
}

std::string comment(const std::string& sentence) {
  return "# " + sanitise_line(sentence);
}

// What curl would not send as it stands: it takes out dot segments, and has no other form than a path.
bool needs_request_target(const std::string& path) {
  const auto is_plain = [](unsigned char c) { return c > 0x20 && c < 0x7f && c != '#'; };
  return !path.starts_with('/') || path.starts_with("//") || path.find("/.") != std::string::npos ||
         !std::all_of(path.begin(), path.end(), is_plain);
}

void add_target(std::string& line, const Probe& probe) {
  const std::string origin = fmt::format("{}://{}:{}", probe.tls ? "https" : "http", url_host(probe), probe.to.port);
  if (needs_request_target(probe.path)) {
    add(line, "--request-target", probe.path);
    line += " " + shell_quote(origin + "/");
    return;
  }
  if (probe.path.find_first_of("{}[]") != std::string::npos) line += " --globoff";
  line += " " + shell_quote(origin + probe.path);
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
  if (const std::string why = why_curl_cannot(probe, paths); !why.empty()) return comment(why);
  std::string line = "curl -sSi" + (probe.tls ? *curl_alpn(probe.alpn) : " --http1.1");
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
  add_target(line, probe);
  return line;
}

std::string openssl_line(const Probe& probe, const Paths& paths) {
  if (const std::string why = why_openssl_cannot(probe, paths); !why.empty()) return comment(why);
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
  if (is_too_weak(probe, paths)) line += " -cipher DEFAULT@SECLEVEL=0";
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
