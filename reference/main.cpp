// mtlscheck-reference-gateway: a small correct mTLS reverse proxy, and the weaknesses that can be planted in it.
#include <cstdio>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "reference/flaws.h"
#include "reference/gateway.h"

namespace {

int list_flaws() {
  for (const mtls::reference::FlawEntry& flaw : mtls::reference::all_flaws()) {
    fmt::print("{}\t{}\t{}\t{}\n", flaw.name, flaw.cause, flaw.family, flaw.what);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"A small correct mTLS reverse proxy: the measuring stick of mtlscheck"};
  std::string configuration;
  std::vector<std::string> names;
  bool listing = false;
  app.add_option("--config", configuration, "Its configuration file");
  app.add_option("--flaw", names, "Plant this weakness; may be repeated");
  app.add_flag("--list-flaws", listing, "Print name, cause, family and meaning of each weakness, tabs between");
  app.set_version_flag("--version", "mtlscheck-reference-gateway " MTLSCHECK_VERSION);
  CLI11_PARSE(app, argc, argv);
  if (listing) return list_flaws();
  mtls::reference::Flaws flaws;
  for (const std::string& name : names) {
    if (const auto planted = flaws.plant(name); !planted) {
      fmt::print(stderr, "{}\n", planted.error().what);
      return 2;
    }
  }
  if (configuration.empty()) {
    fmt::print(stderr, "--config is needed\n");
    return 2;
  }
  return mtls::reference::run_gateway(configuration, flaws);
}
