// The rule book that the program ships, made ready.
#pragma once

#include "harness/base/result.h"
#include "harness/diagnose/diagnose.h"

namespace mtls::tools {

Result<diagnose::Rules> shipped_rules();

}  // namespace mtls::tools
