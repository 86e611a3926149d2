// The only reader of JSON: scenarios, standard PKI and sites, kinds of gateways, diagnosis rules.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/result.h"
#include "harness/model/diagnosis.h"
#include "harness/model/gateway.h"
#include "harness/model/inventory.h"
#include "harness/model/pki.h"
#include "harness/model/scenario.h"
#include "harness/model/waiver.h"

namespace mtls::catalog {

// What scenarios deviate from.
struct Standard {
  PkiSpec pki;
  std::vector<SiteSpec> sites;                                  // by SiteSpec::name
  std::vector<std::pair<std::string, UpstreamSpec>> upstreams;  // by name
};

// Every Error has stage "catalog", the place as "file: /json/pointer (line N)", what was found, what was expected, and
// the nearest word where one is misspelt.
Result<PkiSpec> read_pki(const std::filesystem::path& file);
Result<Standard> read_standard(const std::filesystem::path& fixtures);
// All "<topic>/<name>.json" below `folder`, variants expanded, sorted by id; files named *.schema.json are passed over.
Result<std::vector<Scenario>> read_scenarios(const std::filesystem::path& folder, const Standard& standard);
Result<std::vector<GatewayKind>> read_gateways(const std::filesystem::path& folder);
Result<GatewayKind> read_gateway(const std::filesystem::path& folder);
// causes.json and every other *.json of fixtures/diagnoses: rules by topic, line patterns under lines/.
Result<RuleBook> read_rules(const std::filesystem::path& folder);
// Every word for a cause in the scenarios (planted, named, a credential's fault) is one of the book's.
Result<void> check_codes(const std::vector<Scenario>& scenarios, const RuleBook& book);
// Every scenario that a rule names as its proof is there.
Result<void> check_proofs(const RuleBook& book, const std::vector<Scenario>& scenarios);
// The capabilities that scenarios may require and gateways may have.
const std::vector<std::string>& capabilities();

// mtlscheck.json: option names without dashes, each with a string, a number, a boolean or a list of strings; one pair
// for each value. `names`: the options that may stand there.
Result<std::vector<std::pair<std::string, std::string>>> read_settings(const std::filesystem::path& file,
                                                                       const std::vector<std::string>& names);
// {"waivers": [{"scenario", "gateway", "variant", "owner", "until", "reason"}]}; owner, until and reason are required.
Result<std::vector<Waiver>> read_waivers(const std::filesystem::path& file);
// {"gateways": [{"name", "address", ...}]}; paths in it are relative to its folder and must be there. Credentials have
// the standard PKI's names: "valid" is `client`, any other NAME is `client-NAME`.
Result<std::vector<RunningGateway>> read_inventory(const std::filesystem::path& file, const Standard& standard);

}  // namespace mtls::catalog
