// Fuzz target: bytes as a user's certificate, key and revocation list. Whatever they are, the answer is a credential or
// an Error that names the file.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "harness/base/files.h"
#include "harness/pki/pki.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto folder = mtls::TempDir::make();
  if (!folder) std::abort();
  const auto file = folder->path() / "file";
  if (!mtls::write_file(file, {reinterpret_cast<const char*>(data), size})) std::abort();
  const auto credential = mtls::pki::read_credential({file, {}, {}, {}});
  if (!credential && credential.error().where.empty()) std::abort();
  (void)mtls::pki::read_credential({{}, {}, file, {}});
  (void)mtls::pki::read_certificates(file);
  (void)mtls::pki::read_crls(file);
  return 0;
}
