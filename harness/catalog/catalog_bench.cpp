// How long it takes to read scenarios: 200 files, each with a PKI entry, a site and three steps.
#include <string>

#include <benchmark/benchmark.h>

#include "harness/base/files.h"
#include "harness/catalog/catalog.h"

namespace {

const std::string document = R"({
  "title": "An expired client certificate is refused",
  "references": ["RFC 5280 4.1.2.5", "S0.12"],
  "controls": ["F3"],
  "requires": ["crl"],
  "pki": {"credentials": {"late": {"like": "client", "not_before": "-90d", "not_after": "-1h"}}},
  "sites": {"main": {"like": "mutual", "crls": ["root-crl", "intermediate-crl"], "depth": 3}},
  "steps": [
    {"request": {"present": "client"}, "claims": ["admitted"]},
    {"request": {"present": "late"}, "claims": ["refused", {"status": [400, 403], "level": "should"}],
     "planted": "client-cert-expired"},
    {"request": {"present": ""}, "claims": ["refused"]}
  ]
})";

void read_200_scenarios(benchmark::State& state) {
  const auto standard = mtls::catalog::read_standard(MTLSCHECK_SOURCE_DIR "/fixtures");
  const auto folder = mtls::TempDir::make();
  if (!standard || !folder) return state.SkipWithError("no fixtures, or no folder");
  for (int i = 0; i < 200; ++i) {
    const auto topic = folder->path() / ("topic-" + std::to_string(i % 10));
    std::filesystem::create_directories(topic);
    if (!mtls::write_file(topic / ("scenario-" + std::to_string(i) + ".json"), document)) {
      return state.SkipWithError("cannot write");
    }
  }
  for (auto _ : state) {
    const auto scenarios = mtls::catalog::read_scenarios(folder->path(), *standard);
    if (!scenarios || scenarios->size() != 200) return state.SkipWithError("not read");
  }
}
BENCHMARK(read_200_scenarios)->Unit(benchmark::kMillisecond);

void read_the_rules(benchmark::State& state) {
  for (auto _ : state) {
    if (!mtls::catalog::read_rules(MTLSCHECK_SOURCE_DIR "/fixtures/diagnoses")) return state.SkipWithError("not read");
  }
}
BENCHMARK(read_the_rules)->Unit(benchmark::kMillisecond);

}  // namespace
