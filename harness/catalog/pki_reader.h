// Reads the "authorities", "credentials" and "crls" of a PKI.
#pragma once

#include "harness/catalog/names.h"
#include "harness/catalog/place.h"
#include "harness/model/pki.h"

namespace mtls::catalog {

// The entries of the object at `place`, with all fields filled in. Names may be those of the object itself or of
// `standard`; `like` looks there too. Authorities that issue each other in a circle are a mistake.
PkiSpec read_pki_sections(const Place& place, const Names& names, const PkiSpec& standard);

}  // namespace mtls::catalog
