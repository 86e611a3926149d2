// The words for what a gateway can do.
#pragma once

#include <string>

#include "harness/catalog/place.h"

namespace mtls::catalog {

// One of capabilities() at `place`, and a mistake where it is none.
std::string read_capability(const Place& place);
// The same for a key.
void expect_capability(const Place& place, const std::string& word);

}  // namespace mtls::catalog
