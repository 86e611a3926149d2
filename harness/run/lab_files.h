// The material of a lab as files, so that printed lines work as they are.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "harness/base/files.h"
#include "harness/run/scene.h"

namespace mtls::run {

// Writes each file when it is first asked for. Names of nothing give an empty path.
class LabFiles {
 public:
  static Result<LabFiles> make(MaterialStore& material);

  struct Credential {
    std::filesystem::path certificate, key;  // the certificate's file holds the chain too
  };
  Result<Credential> credential(const std::string& name);
  Result<std::filesystem::path> authorities(const std::vector<std::string>& names);
  Result<std::filesystem::path> crls(const std::vector<std::string>& names);
  // Both in one file, as `openssl s_client -CAfile` takes them.
  Result<std::filesystem::path> authorities_and_crls(const std::vector<std::string>& names,
                                                     const std::vector<std::string>& crls);
  const std::filesystem::path& folder() const { return folder_.path(); }

 private:
  LabFiles(TempDir folder, MaterialStore& material) : folder_(std::move(folder)), material_(&material) {}
  std::string pem_of(const std::vector<std::string>& authorities, const std::vector<std::string>& crls) const;
  Result<std::filesystem::path> bundle(const std::string& name, const char* ending, const std::string& pem);

  TempDir folder_;
  MaterialStore* material_;
};

}  // namespace mtls::run
