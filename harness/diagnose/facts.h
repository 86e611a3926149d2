// The gatherers of facts, one for each thing that an observation shows; each names the facts that it may give.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/diagnose/fact_sheet.h"
#include "harness/diagnose/rule_index.h"
#include "harness/model/observation.h"

namespace mtls::diagnose {

using Names = std::vector<std::string>;

// What a credential shows to whoever holds it, under `prefix`: "<prefix>.leaf.expired", "<prefix>.chain.length", ...
void credential_facts(std::string_view prefix, const CredentialView& credential, std::int64_t at, FactSheet& sheet);
Names credential_fact_names(std::string_view prefix);

void client_facts(const Observation& observation, FactSheet& sheet);
Names client_fact_names();

// How the client's chain stands to what the gateway showed: the issuers it named, its own chain.
void acceptance_facts(const Observation& observation, FactSheet& sheet);
Names acceptance_fact_names();

void handshake_facts(const Observation& observation, FactSheet& sheet);
Names handshake_fact_names();

void server_facts(const Observation& observation, FactSheet& sheet);
Names server_fact_names();

void http_facts(const Observation& observation, FactSheet& sheet);
Names http_fact_names();

void gateway_facts(const Observation& observation, const RuleIndex& index, FactSheet& sheet);
Names gateway_fact_names();

// What the client's own words for a failure mean.
void failure_facts(const Observation& observation, const RuleIndex& index, FactSheet& sheet);
Names failure_fact_names();

void upstream_facts(const Observation& observation, FactSheet& sheet);
Names upstream_fact_names();

void identity_facts(const Observation& observation, FactSheet& sheet);
Names identity_fact_names();

void material_facts(const Observation& observation, FactSheet& sheet);
Names material_fact_names();

// What it all came to; reads the facts of the others, so it is asked last.
void outcome_facts(const Observation& observation, FactSheet& sheet);
Names outcome_fact_names();

}  // namespace mtls::diagnose
