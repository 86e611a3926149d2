// Names of material become names of files.
#include "harness/run/lab_files.h"

#include <system_error>

#include <algorithm>

#include "harness/base/text.h"

namespace mtls::run {
namespace {

// Names of the merged PKI may hold the scenario's id.
std::string file_name(std::string name) {
  std::replace_if(
      name.begin(), name.end(),
      [](char c) {
        return !((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.');
      },
      '_');
  return name;
}

bool is_there(const std::filesystem::path& path) {
  std::error_code failed;
  return std::filesystem::exists(path, failed);
}

}  // namespace

Result<LabFiles> LabFiles::make(MaterialStore& material) {
  auto folder = TempDir::make();
  if (!folder) return folder.error();
  return LabFiles(std::move(*folder), material);
}

Result<LabFiles::Credential> LabFiles::credential(const std::string& name) {
  if (name.empty()) return Credential{};
  const std::string as_file = file_name(name);
  const auto at = folder() / "credentials" / as_file;
  const Credential files{at / "chain.crt", at / "key.pem"};
  if (is_there(files.key)) return files;
  const auto held = material_->credential(name);
  if (!held) return held.error();
  pki::Material alone;
  alone.credentials[as_file] = **held;
  alone.credentials[as_file].name = as_file;
  if (const Result<void> written = pki::write_material(alone, folder()); !written) return written.error();
  return files;
}

Result<std::filesystem::path> LabFiles::bundle(const std::string& name, const char* ending, const std::string& pem) {
  if (pem.empty()) return std::filesystem::path();
  const auto path = folder() / (file_name(name).substr(0, 150) + ending);
  if (is_there(path)) return path;
  if (const Result<void> written = write_file(path, pem); !written) return written.error();
  return path;
}

std::string LabFiles::pem_of(const std::vector<std::string>& authorities, const std::vector<std::string>& crls) const {
  std::string pem;
  for (const CertificateRef& one : material_->certificates(authorities)) pem += to_pem(one.get());
  for (const CrlRef& one : material_->crls(crls)) pem += to_pem(one.get());
  return pem;
}

Result<std::filesystem::path> LabFiles::authorities(const std::vector<std::string>& names) {
  return bundle(join(names, "+"), ".crt", pem_of(names, {}));
}

Result<std::filesystem::path> LabFiles::crls(const std::vector<std::string>& names) {
  return bundle(join(names, "+"), ".crl", pem_of({}, names));
}

Result<std::filesystem::path> LabFiles::authorities_and_crls(const std::vector<std::string>& names,
                                                             const std::vector<std::string>& crls) {
  return bundle(join(names, "+") + "+" + join(crls, "+"), ".pem", pem_of(names, crls));
}

}  // namespace mtls::run
