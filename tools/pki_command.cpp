// mtlscheck pki: a throwaway PKI as files, with a manifest that says what each is.
#include "tools/pki_command.h"

#include <filesystem>

#include <fmt/format.h>

#include "harness/base/files.h"
#include "harness/base/time.h"
#include "harness/catalog/catalog.h"
#include "harness/pki/pki.h"
#include "reports/reports.h"
#include "tools/data.h"
#include "tools/exit_code.h"
#include "tools/terminal.h"

namespace mtls::tools {
namespace {

Result<PkiSpec> spec_of(const PkiOptions& options) {
  if (!options.spec.empty()) return catalog::read_pki(options.spec);
  const auto folder = data_folder();
  if (!folder) return folder.error();
  return catalog::read_pki(*folder / "fixtures" / "pki" / "standard.json");
}

// Nothing is ever written over: the folder must be new or empty.
Result<void> make_folder(const std::filesystem::path& folder) {
  std::error_code failed;
  if (std::filesystem::exists(folder, failed)) {
    if (!std::filesystem::is_directory(folder, failed)) return Error{"pki", "is no folder", folder.string()};
    if (!std::filesystem::is_empty(folder, failed))
      return Error{"pki", "is not empty; name a new folder", folder.string()};
  } else if (!std::filesystem::create_directories(folder, failed)) {
    return Error{"pki", "cannot be made: " + failed.message(), folder.string()};
  }
  std::filesystem::permissions(folder, std::filesystem::perms::owner_all, failed);
  if (failed) return Error{"pki", "cannot be made private: " + failed.message(), folder.string()};
  return {};
}

}  // namespace

int pki_command(const PkiOptions& options) {
  const Result<PkiSpec> spec = spec_of(options);
  if (!spec) return say(to_string(spec.error())), exit_usage;
  if (const Result<void> made = make_folder(options.out); !made) return say(to_string(made.error())), exit_usage;
  const std::int64_t now = now_seconds();
  pki::KeyPool keys;
  keys.prepare(*spec);
  const Result<pki::Material> material = pki::mint(*spec, keys, now);
  if (!material) return say(to_string(material.error())), exit_usage;
  if (const Result<void> written = pki::write_material(*material, options.out); !written)
    return say(to_string(written.error())), exit_undecided;
  const Result<void> manifest = write_file(options.out / "manifest.json", reports::write_manifest(*spec, now));
  if (!manifest) return say(to_string(manifest.error())), exit_undecided;
  print(fmt::format("{} authorities, {} credentials and {} revocation lists in {}; manifest.json says what each is\n",
                    material->authorities.size(), material->credentials.size(), material->crls.size(),
                    options.out.string()));
  return exit_ok;
}

}  // namespace mtls::tools
