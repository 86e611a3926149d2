// Parts of the report as JSON values; only the writers of JSON include this.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "harness/model/diagnosis.h"
#include "harness/model/observation.h"

namespace mtls::reports {

// Keys keep the order in which the contract names them.
using Json = nlohmann::ordered_json;

Json to_json(const Observation& observation);
Json to_json(const Diagnosis& diagnosis);
Json to_json(const std::vector<std::string>& lines, std::size_t at_most);
std::string dump(const Json& json);

}  // namespace mtls::reports
