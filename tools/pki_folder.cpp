// Makes and fills the folder of a PKI.
#include "tools/pki_folder.h"

#include "harness/base/files.h"
#include "reports/reports.h"

namespace mtls::tools {

Result<void> make_pki_folder(const std::filesystem::path& folder) {
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

Result<void> write_pki(const std::filesystem::path& folder, const PkiSpec& spec, const pki::Material& material,
                       std::int64_t now) {
  if (const Result<void> written = pki::write_material(material, folder); !written) return written;
  return write_file(folder / "manifest.json", reports::write_manifest(spec, now));
}

}  // namespace mtls::tools
