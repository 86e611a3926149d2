// Reads the steps of a scenario: what is done, and what must hold.
#pragma once

#include <vector>

#include "harness/catalog/names.h"
#include "harness/catalog/place.h"
#include "harness/model/scenario.h"

namespace mtls::catalog {

// The claim at `place`; its level is `level` unless it says otherwise.
Claim read_claim(const Place& place, const Names& names, Level level);

// The words that claims are made of, as a scenario spells them.
std::vector<std::string> claim_words();

// The steps of the list at `place`, for a scenario of which everything else is read already.
std::vector<Step> read_steps(const Place& place, const Names& names, const Scenario& scenario);

}  // namespace mtls::catalog
