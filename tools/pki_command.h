// mtlscheck pki.
#pragma once

#include "tools/options.h"

namespace mtls::tools {

int pki_command(const PkiOptions& options);

}  // namespace mtls::tools
