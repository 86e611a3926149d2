// All facts of an observation, and the names of all facts there can be.
#include "harness/diagnose/facts.h"

#include <algorithm>
#include <initializer_list>

#include "harness/diagnose/diagnose.h"

namespace mtls::diagnose {

Facts facts(const Observation& observation, const Rules& rules) {
  FactSheet sheet;
  static const RuleIndex no_rules;
  const RuleIndex& index = rules.compiled_ == nullptr ? no_rules : rules.compiled_->index;
  if (observation.material) {
    material_facts(observation, sheet);
    return sheet.take();
  }
  client_facts(observation, sheet);
  acceptance_facts(observation, sheet);
  handshake_facts(observation, sheet);
  server_facts(observation, sheet);
  http_facts(observation, sheet);
  gateway_facts(observation, index, sheet);
  failure_facts(observation, index, sheet);
  upstream_facts(observation, sheet);
  identity_facts(observation, sheet);
  outcome_facts(observation, sheet);
  return sheet.take();
}

const std::vector<std::string>& fact_names() {
  static const std::vector<std::string> names = [] {
    Names all;
    for (const Names& some : {client_fact_names(), acceptance_fact_names(), handshake_fact_names(), server_fact_names(),
                              http_fact_names(), gateway_fact_names(), failure_fact_names(), upstream_fact_names(),
                              identity_fact_names(), material_fact_names(), outcome_fact_names()}) {
      all.insert(all.end(), some.begin(), some.end());
    }
    std::sort(all.begin(), all.end());
    return all;
  }();
  return names;
}

}  // namespace mtls::diagnose
