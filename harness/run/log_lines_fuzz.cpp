// Fuzz target: bytes as lines of a gateway's log and as a pasted error, read by the rules that the program ships.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>

#include "harness/base/text.h"
#include "harness/catalog/catalog.h"
#include "harness/diagnose/diagnose.h"

namespace {

mtls::diagnose::Rules shipped() {
  const auto book = mtls::catalog::read_rules(std::filesystem::path(MTLSCHECK_SOURCE_DIR) / "fixtures/diagnoses");
  if (!book) std::abort();
  return mtls::diagnose::Rules::compile(*book).value();
}

void must_be_causes(const std::vector<mtls::Diagnosis>& diagnoses, const mtls::diagnose::Rules& rules) {
  for (const mtls::Diagnosis& one : diagnoses)
    if (!rules.page(one.code) || one.confidence <= 0 || one.confidence > 1) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const mtls::diagnose::Rules rules = shipped();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  must_be_causes(mtls::diagnose::explain(text, "", rules), rules);
  mtls::Observation observation;
  observation.client.connected = true;
  observation.gateway.log_available = true;
  for (const std::string& line : mtls::split(text, '\n')) observation.gateway.log.push_back(mtls::sanitise_line(line));
  must_be_causes(mtls::diagnose::diagnose(mtls::diagnose::facts(observation, rules), rules), rules);
  return 0;
}
