// What one probe costs against a server in the same process: handshake, request, answer, close (both ends' work).
#include <openssl/ec.h>
#include <openssl/x509v3.h>

#include <benchmark/benchmark.h>

#include "harness/base/time.h"
#include "harness/client/loopback_server.h"

namespace mtls::client {
namespace {

Credential self_signed() {
  Credential credential;
  credential.key = own(EVP_EC_gen("P-256"));
  credential.certificate = own(X509_new());
  X509* const certificate = credential.certificate.get();
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("bench"), -1, -1, 0);
  X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
  X509_set_pubkey(certificate, credential.key.get());
  X509_sign(certificate, credential.key.get(), EVP_sha256());
  return credential;
}

void probe_once(benchmark::State& state, bool through_curl) {
  const Credential credential = self_signed();
  const SslCtxPtr context = loopback::context_of({&credential, {credential.certificate}, {}, {}});
  const loopback::Server server(loopback::serve_tls(context));
  Probe probe;
  probe.to = server.at();
  probe.sni = "bench";
  const TlsVersion version = all_tls_versions[static_cast<std::size_t>(state.range(0))];
  probe.versions = {version, version};
  probe.present = &credential;
  probe.verify_server = false;
  probe.at = now_seconds();
  const CredentialView known = mtls::see(credential, PathInput{});
  probe.presented_view = &known;
  for (auto _ : state) {
    const bool answered =
        through_curl ? loopback::must(ask_curl(probe)).status == 200 : loopback::must(see(probe)).view.http.has_value();
    if (!answered) state.SkipWithError("no answer");
  }
}

void witness(benchmark::State& state) {
  probe_once(state, false);
}
void libcurl(benchmark::State& state) {
  probe_once(state, true);
}
BENCHMARK(witness)->ArgName("tls13")->Arg(0)->Arg(1)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(libcurl)->ArgName("tls13")->Arg(0)->Arg(1)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace mtls::client
