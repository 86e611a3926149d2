// A private key out of a user's file, encrypted or not.
#pragma once

#include <optional>
#include <string>

#include "harness/base/openssl.h"
#include "harness/pki/user_file.h"

namespace mtls::pki {

// PKCS#8, PKCS#1 or SEC1, in PEM or DER. `passphrase`: nothing where none was given; nobody is asked at a terminal.
Result<KeyRef> read_key(const UserFile& file, const std::optional<std::string>& passphrase);

}  // namespace mtls::pki
