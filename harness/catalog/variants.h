// Variants of a document: ${key} in its strings stands for each of the values in turn.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "harness/catalog/node.h"
#include "harness/catalog/place.h"

namespace mtls::catalog {

using Variants = std::map<std::string, std::vector<std::string>>;
using Variant = std::map<std::string, std::string>;

// The object at `place`: each key a word, each value a list of different strings.
Variants read_variants(const Place& place);

// A mistake at each ${key} of the document that `variants` lacks, and at each key of `variants` that no string uses.
void check_placeholders(const Place& root, const Variants& variants);

// Every combination of values, the last key running fastest. One empty combination where there are no variants.
std::vector<Variant> combinations(const Variants& variants);

// A copy of the document with every ${key} replaced; "variants" itself is left as it is.
Node substitute(const Node& root, const Variant& variant);

}  // namespace mtls::catalog
