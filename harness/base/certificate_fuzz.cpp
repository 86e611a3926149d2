// Fuzz target: bytes as a certificate, a revocation list and PEM. What can be read is described, and foreign bytes in
// it are harmless.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "harness/base/openssl.h"
#include "harness/base/text.h"

namespace {

void must_be_harmless(const std::string& text) {
  if (mtls::sanitise_line(text) != text) std::abort();
}

void look(X509* certificate) {
  const mtls::CertificateView view = mtls::see(certificate);
  must_be_harmless(view.subject);
  must_be_harmless(view.issuer);
  for (const std::string& name : view.sans) must_be_harmless(name);
  mtls::PathInput path;
  path.certificate = certificate;
  path.name = "gateway.test";
  path.at = 1'800'000'000;
  (void)mtls::validate_path(path);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const unsigned char* from = data;
  if (X509* read = d2i_X509(nullptr, &from, static_cast<long>(size))) look(mtls::own(read).get());
  from = data;
  if (X509_CRL* read = d2i_X509_CRL(nullptr, &from, static_cast<long>(size))) {
    const auto list = mtls::own(read);
    must_be_harmless(mtls::see(list.get()).issuer);
  }
  const auto all = mtls::certificates_from_pem({reinterpret_cast<const char*>(data), size}, "fuzz");
  if (all)
    for (const auto& one : *all) look(one.get());
  (void)mtls::take_openssl_errors();
  return 0;
}
