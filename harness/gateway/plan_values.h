// A plan as the values that templates see; see vocabulary for their meanings.
#pragma once

#include <set>
#include <string>

#include "harness/base/result.h"
#include "harness/gateway/gateway.h"
#include "harness/gateway/material_files.h"
#include "harness/gateway/mustache.h"

namespace mtls::gateway {

// Material gets a file only where `mentioned` holds its variable. Error, naming the site: a name or path that would
// change the meaning of a configuration, a credential that is missing, a flaw that no template plants.
Result<Values> values_of(const Plan& plan, const std::set<std::string>& mentioned, MaterialFiles& files);

}  // namespace mtls::gateway
