// mtlscheck pki: a throwaway PKI as files, with a manifest that says what each is.
#include "tools/pki_command.h"

#include <fmt/format.h>

#include "harness/base/time.h"
#include "harness/catalog/catalog.h"
#include "harness/pki/pki.h"
#include "tools/data.h"
#include "tools/exit_code.h"
#include "tools/pki_folder.h"
#include "tools/terminal.h"

namespace mtls::tools {
namespace {

Result<PkiSpec> spec_of(const PkiOptions& options) {
  if (!options.spec.empty()) return catalog::read_pki(options.spec);
  const auto folder = data_folder();
  if (!folder) return folder.error();
  return catalog::read_pki(*folder / "fixtures" / "pki" / "standard.json");
}

}  // namespace

int pki_command(const PkiOptions& options) {
  const Result<PkiSpec> spec = spec_of(options);
  if (!spec) return say(to_string(spec.error())), exit_usage;
  if (const Result<void> made = make_pki_folder(options.out); !made) return say(to_string(made.error())), exit_usage;
  const std::int64_t now = now_seconds();
  pki::KeyPool keys;
  keys.prepare(*spec);
  const Result<pki::Material> material = pki::mint(*spec, keys, now);
  if (!material) return say(to_string(material.error())), exit_usage;
  if (const Result<void> written = write_pki(options.out, *spec, *material, now); !written)
    return say(to_string(written.error())), exit_undecided;
  print(fmt::format("{} authorities, {} credentials and {} revocation lists in {}; manifest.json says what each is\n",
                    material->authorities.size(), material->credentials.size(), material->crls.size(),
                    options.out.string()));
  return exit_ok;
}

}  // namespace mtls::tools
