// The private keys out of a user's file, encrypted or not.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/base/openssl.h"
#include "harness/pki/user_file.h"

namespace mtls::pki {

// PKCS#8, PKCS#1 or SEC1, in PEM or DER; one at least, in the file's order, up to the first that cannot be read.
// `passphrase`: nothing where none was given; nobody is asked at a terminal.
Result<std::vector<KeyRef>> read_keys(const UserFile& file, const std::optional<std::string>& passphrase);

}  // namespace mtls::pki
