// The material as files, laid out for people and for the usual tools.
#include <system_error>

#include <algorithm>

#include "harness/base/files.h"
#include "harness/pki/pki.h"

namespace mtls::pki {
namespace {

Result<void> make_private(const std::filesystem::path& folder) {
  std::error_code problem;
  std::filesystem::create_directories(folder, problem);
  if (!problem) std::filesystem::permissions(folder, std::filesystem::perms::owner_all, problem);
  if (problem) return Error{"pki", "the folder cannot be made private: " + problem.message(), folder.string()};
  return {};
}

// Names become file names, so none may lead out of the folder.
bool fit_for_a_file(const std::string& name) {
  return !name.empty() && name.front() != '.' && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
  });
}

template <class Entries>
Result<void> check_names(const Entries& entries) {
  for (const auto& [name, entry] : entries)
    if (!fit_for_a_file(name))
      return Error{"pki", "the name is no file name: letters, digits, dots, dashes and underlines are", name};
  return {};
}

Result<void> write_credential(const Material& material, const Credential& credential,
                              const std::filesystem::path& folder) {
  if (const auto made = make_private(folder); !made) return made;
  const std::string leaf = to_pem(credential.certificate.get());
  std::string chain = leaf;
  for (const CertificateRef& link : credential.chain) chain += to_pem(link.get());
  if (const auto written = write_file(folder / "leaf.crt", leaf); !written) return written;
  if (const auto written = write_file(folder / "chain.crt", chain); !written) return written;
  if (const auto written = write_file(folder / "key.pem", to_pem(credential.key.get()), true); !written) return written;
  const auto bundle = material.pkcs12.find(credential.name);
  return bundle == material.pkcs12.end() ? Result<void>{} : write_file(folder / "bundle.p12", bundle->second, true);
}

Result<void> write_authority(const Credential& authority, const std::filesystem::path& folder) {
  const auto written = write_file(folder / (authority.name + ".crt"), to_pem(authority.certificate.get()));
  if (!written || !authority.key) return written;
  return write_file(folder / (authority.name + ".key"), to_pem(authority.key.get()), true);
}

}  // namespace

Result<void> write_material(const Material& material, const std::filesystem::path& folder) {
  if (const auto fit = check_names(material.authorities); !fit) return fit;
  if (const auto fit = check_names(material.credentials); !fit) return fit;
  if (const auto fit = check_names(material.crls); !fit) return fit;
  for (const char* part : {"", "authorities", "credentials", "crls"})
    if (const auto made = make_private(folder / part); !made) return made;
  for (const auto& [name, authority] : material.authorities)
    if (const auto written = write_authority(authority, folder / "authorities"); !written) return written;
  for (const auto& [name, credential] : material.credentials)
    if (const auto written = write_credential(material, credential, folder / "credentials" / name); !written)
      return written;
  for (const auto& [name, list] : material.crls)
    if (const auto written = write_file(folder / "crls" / (name + ".crl"), to_pem(list.get())); !written)
      return written;
  return {};
}

}  // namespace mtls::pki
