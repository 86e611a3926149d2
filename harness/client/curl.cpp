// What an ordinary client gets: the probe's request through libcurl, with its certificates set in memory.
#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <signal.h>

#include <array>
#include <memory>
#include <mutex>

#include <curl/curl.h>
#include <fmt/format.h>

#include "harness/base/text.h"
#include "harness/base/time.h"
#include "harness/client/client.h"
#include "harness/client/request.h"

namespace mtls::client {
namespace {

constexpr std::size_t answer_limit = 16u << 20;

struct EasyDeleter {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct ListDeleter {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Easy = std::unique_ptr<CURL, EasyDeleter>;
using List = std::unique_ptr<curl_slist, ListDeleter>;

// libcurl wants its process-wide set-up done once, before the first handle, whichever thread comes first.
CURLcode set_up_library() {
  static std::once_flag once;
  static CURLcode outcome = CURLE_OK;
  std::call_once(once, [] { outcome = curl_global_init(CURL_GLOBAL_DEFAULT); });
  return outcome;
}

// A peer that is gone must not end the program: libcurl leaves SIGPIPE alone under CURLOPT_NOSIGNAL, and before 7.87
// OpenSSL wrote to its sockets with write(2).
class PipeSignalBlocked {
 public:
  PipeSignalBlocked() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~PipeSignalBlocked() {
    const timespec at_once{};
    if (sigismember(&before_, SIGPIPE) == 0) sigtimedwait(&pipe_, nullptr, &at_once);
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  PipeSignalBlocked(const PipeSignalBlocked&) = delete;
  PipeSignalBlocked& operator=(const PipeSignalBlocked&) = delete;

 private:
  sigset_t pipe_{};
  sigset_t before_{};
};

// What the callbacks of one transfer need.
struct Transfer {
  const Probe& probe;
  std::string name;  // the host of the URL, which libcurl sends as SNI
  std::int64_t at = 0;
  std::size_t received = 0;
  std::string trouble;  // why a callback broke off
};

List list_of(const std::vector<std::string>& lines) {
  List list;
  for (const std::string& line : lines) {
    curl_slist* const longer = curl_slist_append(list.get(), line.c_str());
    if (!longer) break;
    list.release();
    list.reset(longer);
  }
  return list;
}

std::size_t drop(char*, std::size_t size, std::size_t count, void* given) {
  Transfer& transfer = *static_cast<Transfer*>(given);
  transfer.received += size * count;
  return transfer.received > answer_limit ? 0 : size * count;
}

bool set_trust(SSL_CTX* context, const Transfer& transfer) {
  X509_STORE* const store = X509_STORE_new();
  if (!store) return false;
  SSL_CTX_set_cert_store(context, store);
  for (const CertificateRef& anchor : transfer.probe.trust) X509_STORE_add_cert(store, anchor.get());
  for (const CrlRef& crl : transfer.probe.crls) X509_STORE_add_crl(store, crl.get());
  // As libcurl sets up a store of its own: a CRL file turns on checking, and turns off partial chains.
  const bool lists = !transfer.probe.crls.empty();
  X509_STORE_set_flags(store, lists ? X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL : X509_V_FLAG_PARTIAL_CHAIN);
  X509_VERIFY_PARAM* const how = SSL_CTX_get0_param(context);
  X509_VERIFY_PARAM_set_time(how, static_cast<time_t>(transfer.at));
  const std::string& reference = transfer.probe.reference_identity;
  if (!reference.empty() && reference != transfer.name && X509_VERIFY_PARAM_set1_ip_asc(how, reference.c_str()) != 1) {
    X509_VERIFY_PARAM_set1_host(how, reference.c_str(), 0);
  }
  return true;
}

bool set_credential(SSL_CTX* context, const Credential& credential) {
  if (SSL_CTX_use_certificate(context, credential.certificate.get()) != 1) return false;
  for (const CertificateRef& link : credential.chain) {
    if (SSL_CTX_add1_chain_cert(context, link.get()) != 1) return false;
  }
  return SSL_CTX_use_PrivateKey(context, credential.key.get()) == 1 && SSL_CTX_check_private_key(context) == 1;
}

CURLcode on_context(CURL*, void* context, void* given) {
  Transfer& transfer = *static_cast<Transfer*>(given);
  ERR_clear_error();
  if (!set_trust(static_cast<SSL_CTX*>(context), transfer)) return CURLE_OUT_OF_MEMORY;
  if (!transfer.probe.present || set_credential(static_cast<SSL_CTX*>(context), *transfer.probe.present)) {
    ERR_clear_error();
    return CURLE_OK;
  }
  transfer.trouble = "could not load the client certificate, OpenSSL error " + take_openssl_errors();
  return CURLE_SSL_CERTPROBLEM;
}

long version_option(const TlsRange& range) {
  const long lowest = range.min == TlsVersion::tls13 ? CURL_SSLVERSION_TLSv1_3 : CURL_SSLVERSION_TLSv1_2;
  const long highest = range.max == TlsVersion::tls13 ? CURL_SSLVERSION_MAX_TLSv1_3 : CURL_SSLVERSION_MAX_TLSv1_2;
  return lowest | highest;
}

void set_request(CURL* easy, Transfer& transfer) {
  const Probe& probe = transfer.probe;
  const std::string scheme = probe.tls ? "https" : "http";
  const std::string url = fmt::format("{}://{}:{}{}", scheme, transfer.name, probe.to.port, probe.path);
  curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
  if (probe.method == "HEAD") curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
  if (probe.method != "GET" && probe.method != "HEAD") {
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, probe.method.c_str());
  }
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, drop);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &transfer);
}

CURLcode perform(CURL* easy) {
  const PipeSignalBlocked blocked;
  const CURLcode outcome = curl_easy_perform(easy);
  ERR_clear_error();
  return outcome;
}

void set_transport(CURL* easy, const Probe& probe) {
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(probe.timeout.count()));
  curl_easy_setopt(easy, CURLOPT_PROXY, "");
  curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
  curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
  if (!probe.source.empty()) curl_easy_setopt(easy, CURLOPT_INTERFACE, ("host!" + probe.source).c_str());
}

void set_tls(CURL* easy, Transfer& transfer) {
  const Probe& probe = transfer.probe;
  curl_easy_setopt(easy, CURLOPT_CAINFO, nullptr);
  curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);
  curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
  curl_easy_setopt(easy, CURLOPT_SSLVERSION, version_option(probe.versions));
  curl_easy_setopt(easy, CURLOPT_SSL_ENABLE_ALPN, probe.alpn.empty() ? 0L : 1L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, probe.verify_server ? 1L : 0L);
  // Where the name to check is not the URL's, OpenSSL checks it.
  const bool checked_by_curl = probe.verify_server && probe.reference_identity == transfer.name;
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, checked_by_curl ? 2L : 0L);
  curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, on_context);
  curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, &transfer);
}

std::vector<std::string> header_lines(const Probe& probe, const std::string& name) {
  std::vector<std::string> lines;
  if (host_of(probe) != name) lines.push_back("Host: " + host_of(probe));
  for (const Header& header : headers_of(probe)) {
    // An empty value would take the header away; a semicolon sends it empty.
    lines.push_back(header.second.empty() ? header.first + ";" : header.first + ": " + header.second);
  }
  return lines;
}

}  // namespace

Result<CurlView> ask_curl(const Probe& probe) {
  if (Result<std::string> version = libcurl_version(); !version) return version.error();
  const Easy easy(curl_easy_init());
  if (!easy) return Error{"curl", "libcurl gives no handle", to_string(probe.to)};
  Transfer transfer{probe, url_host(probe), probe.at == 0 ? now_seconds() : probe.at, 0, {}};
  const List route =
      list_of({fmt::format("{0}:{1}:{2}:{1}", transfer.name, probe.to.port, bracketed(probe.to.address))});
  const List headers = list_of(header_lines(probe, transfer.name));
  std::array<char, CURL_ERROR_SIZE> words{};
  curl_easy_setopt(easy.get(), CURLOPT_ERRORBUFFER, words.data());
  curl_easy_setopt(easy.get(), CURLOPT_CONNECT_TO, route.get());
  curl_easy_setopt(easy.get(), CURLOPT_HTTPHEADER, headers.get());
  set_request(easy.get(), transfer);
  set_transport(easy.get(), probe);
  set_tls(easy.get(), transfer);
  const CURLcode outcome = perform(easy.get());
  CurlView view;
  view.exit = outcome;
  if (outcome != CURLE_OK) view.message = words[0] != '\0' ? words.data() : curl_easy_strerror(outcome);
  if (!transfer.trouble.empty()) view.message = transfer.trouble;
  view.message = sanitise_line(view.message);
  long status = 0;
  curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
  view.status = static_cast<int>(status);
  return view;
}

Result<std::string> libcurl_version() {
  if (set_up_library() != CURLE_OK) return Error{"curl", "libcurl cannot be set up", ""};
  const curl_version_info_data* const info = curl_version_info(CURLVERSION_NOW);
  const std::string tls = info->ssl_version ? info->ssl_version : "no TLS";
  if (tls.rfind("OpenSSL", 0) != 0) {
    return Error{"curl", "libcurl is built on " + tls + "; install its OpenSSL flavour (libcurl4-openssl-dev)", ""};
  }
  return fmt::format("{} ({})", info->version, tls);
}

std::string openssl_version() {
  return OpenSSL_version(OPENSSL_VERSION);
}

}  // namespace mtls::client
