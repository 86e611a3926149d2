// Reads one scenario document, all its variants.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/catalog/catalog.h"
#include "harness/catalog/names.h"
#include "harness/catalog/node.h"

namespace mtls::catalog {

// Where a document came from.
struct Origin {
  std::string id;    // "<topic>/<name>"
  std::string file;  // as errors and reports name it
};

// One Scenario for each combination of its variants' values; one where it has none. `standard_names` are those of
// `standard.pki`.
Result<std::vector<Scenario>> read_scenario(const Node& root, const Origin& origin, const Standard& standard,
                                            const NameSet& standard_names);

// The same of text.
Result<std::vector<Scenario>> read_scenario_text(std::string_view text, const Origin& origin, const Standard& standard);

}  // namespace mtls::catalog
