// Says one request in the words of three programs.
#include "harness/run/lab_lines.h"

#include "harness/base/text.h"

namespace mtls::run {
namespace {

const std::vector<std::string> usual_alpn{"http/1.1"};

void add(std::vector<std::string>& words, const char* option, const std::string& value) {
  if (!value.empty()) words.insert(words.end(), {option, value});
}

std::vector<std::string> diagnose_words(const client::Probe& probe, const LabTry& one) {
  std::vector<std::string> words{"diagnose", (probe.tls ? "" : "http://") + one.endpoint};
  if (probe.path != "/") add(words, "--path", probe.path);
  if (probe.tls) words.insert(words.end(), {"--sni", probe.sni.value_or("")});
  if (probe.host != probe.sni.value_or("")) add(words, "--host", probe.host);
  add(words, "--cert", one.certificate.string());
  add(words, "--key", one.key.string());
  add(words, "--cacert", one.trust.string());
  if (probe.tls && !probe.verify_server) words.push_back("--insecure");
  add(words, "--crl", one.crls.string());
  add(words, "--source", probe.source);
  if (probe.versions.min == probe.versions.max) add(words, "--tls", std::string(name(probe.versions.min)));
  if (probe.alpn != usual_alpn) add(words, "--alpn", join(probe.alpn, ","));
  add(words, "--gateway", one.gateway);
  return words;
}

}  // namespace

void write_lines(const Request& request, const client::Probe& probe, const std::filesystem::path& trust_and_crls,
                 LabTry& one) {
  one.endpoint = to_string(probe.to);
  one.tls = probe.tls;
  one.sni = probe.sni;
  one.host = probe.host;
  if (request.resume_step) one.beyond.push_back("resumes a session");
  if (!request.headers.empty()) one.beyond.push_back("sends headers of its own");
  one.diagnose = diagnose_words(probe, one);
  client::Paths paths{one.certificate.string(), one.key.string(), one.trust.string(), one.crls.string(),
                      request.resume_step.has_value()};
  one.curl = client::curl_line(probe, paths);
  paths.trust = trust_and_crls.string();
  one.openssl = client::openssl_line(probe, paths);
}

}  // namespace mtls::run
