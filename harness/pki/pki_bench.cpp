// How long minting takes: the PKI of the seed documents, in memory and as files, and one of sixty certificates.
#include <benchmark/benchmark.h>

#include "harness/base/files.h"
#include "harness/base/time.h"
#include "harness/pki/example_specs.h"
#include "harness/pki/pki.h"

namespace mtls::pki {
namespace {

// Root, intermediate, server, `clients` clients, and two lists with two entries each.
PkiSpec seed_pki(int clients) {
  PkiSpec spec;
  spec.authorities = {authority_spec("root"), authority_spec("intermediate", "root"),
                      authority_spec("revoked-1", "root"), authority_spec("revoked-2", "root")};
  spec.credentials.push_back(leaf_spec("server", "intermediate", ExtendedKeyUsage::server_auth));
  for (int i = 0; i < clients; ++i) spec.credentials.push_back(leaf_spec("client-" + std::to_string(i)));
  spec.crls = {list_spec("root-crl", "root", {"revoked-1", "revoked-2"}),
               list_spec("intermediate-crl", "intermediate", {"client-0", "client-1"})};
  return spec;
}

void mint_in_memory(benchmark::State& state) {
  const PkiSpec spec = seed_pki(static_cast<int>(state.range(0)));
  for (auto _ : state) {
    KeyPool keys;
    const auto material = mint(spec, keys, now_seconds());
    if (!material) state.SkipWithError(material.error().what.c_str());
    benchmark::DoNotOptimize(material);
  }
  state.counters["certificates"] = static_cast<double>(spec.authorities.size() + spec.credentials.size());
}
BENCHMARK(mint_in_memory)->Arg(20)->Arg(55)->Unit(benchmark::kMillisecond);

void mint_and_write(benchmark::State& state) {
  const PkiSpec spec = seed_pki(20);
  for (auto _ : state) {
    KeyPool keys;
    const auto material = mint(spec, keys, now_seconds());
    const auto folder = TempDir::make();
    if (!material || !folder || !write_material(*material, folder->path())) state.SkipWithError("not written");
  }
}
BENCHMARK(mint_and_write)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace mtls::pki
