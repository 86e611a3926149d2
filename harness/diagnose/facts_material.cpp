// Facts of a credential that was examined without a network.
#include "harness/diagnose/facts.h"

namespace mtls::diagnose {

void material_facts(const Observation& observation, FactSheet& sheet) {
  const MaterialView& material = *observation.material;
  credential_facts("material", material.credential, observation.at, sheet);
  if (material.pkcs12_opens) sheet.flag("material.pkcs12_opens", *material.pkcs12_opens);
  sheet.number("material.crls", static_cast<std::int64_t>(material.crls.size()));
  sheet.flag("material.crl_for_every_authority", material.crl_for_every_authority);
  bool expired = false;
  for (const CrlView& crl : material.crls) {
    expired = expired || (crl.next_update != 0 && observation.at > crl.next_update);
  }
  sheet.flag("material.crl_expired", expired);
}

Names material_fact_names() {
  Names names = credential_fact_names("material");
  for (const char* name :
       {"material.pkcs12_opens", "material.crls", "material.crl_for_every_authority", "material.crl_expired"}) {
    names.emplace_back(name);
  }
  return names;
}

}  // namespace mtls::diagnose
