// Distinguished names and general names (RFC 5280, 4.1.2.4 and 4.2.1.6) out of the text that a spec states.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/base/result.h"
#include "harness/model/pki.h"
#include "harness/pki/handles.h"

namespace mtls::pki {

// "CN=a,O=b" in the order and with the escapes of RFC 4514: the last part stands first in the certificate, as the same
// text printed back has it. Empty text is the empty name.
Result<NamePtr> distinguished_name(std::string_view text);

// "dns:a.test", "ip:127.0.0.1", "uri:spiffe://a/b", "email:a@b.test".
Result<GeneralNamesPtr> alternative_names(const std::vector<std::string>& texts);

// "dns:example.test", "email:example.test", "uri:example.test", "ip:127.0.0.0/8", "dir:O=Example".
Result<NameConstraintsPtr> constraints_on_names(const NameConstraints& stated);

}  // namespace mtls::pki
