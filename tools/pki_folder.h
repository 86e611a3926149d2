// A folder with a minted PKI, as `pki` and `gateway-config` write it.
#pragma once

#include <cstdint>
#include <filesystem>

#include "harness/base/result.h"
#include "harness/model/pki.h"
#include "harness/pki/pki.h"

namespace mtls::tools {

// Nothing is ever written over: the folder must be new or empty. It is made private, and its manifest.json says what
// each file is.
Result<void> make_pki_folder(const std::filesystem::path& folder);
Result<void> write_pki(const std::filesystem::path& folder, const PkiSpec& spec, const pki::Material& material,
                       std::int64_t now);

}  // namespace mtls::tools
