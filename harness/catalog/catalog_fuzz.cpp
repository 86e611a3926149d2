// Fuzz target: bytes as a scenario. Whatever they are, the answer is a scenario or an Error with stage and place.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "harness/catalog/scenario_reader.h"

namespace {

mtls::catalog::Standard make_standard() {
  mtls::catalog::Standard standard;
  for (const char* name : {"root", "intermediate"}) {
    auto& authority = standard.pki.authorities.emplace_back();
    authority.name = name;
    authority.subject = "CN=a";
    authority.authority = true;
  }
  for (const char* name : {"server", "client", "gateway", "upstream"}) {
    auto& credential = standard.pki.credentials.emplace_back();
    credential.certificate.name = name;
    credential.certificate.subject = "CN=a";
    credential.certificate.issuer = "intermediate";
  }
  standard.pki.crls.push_back({"root-crl", "", "root", {}, {}, {}, ""});
  mtls::SiteSpec site;
  site.name = "mutual";
  site.names = {"gateway.test"};
  standard.sites.push_back(site);
  standard.upstreams.emplace_back("plain", mtls::UpstreamSpec{});
  return standard;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const mtls::catalog::Standard standard = make_standard();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto scenarios = mtls::catalog::read_scenario_text(text, {"fuzz/one", "fuzz.json"}, standard);
  if (scenarios) {
    if (scenarios->empty()) std::abort();
    for (const auto& scenario : *scenarios) {
      if (scenario.steps.empty() || scenario.sites.empty()) std::abort();
    }
  } else if (scenarios.error().stage != "catalog" || scenarios.error().where.empty() ||
             scenarios.error().what.empty()) {
    std::abort();
  }
  return 0;
}
