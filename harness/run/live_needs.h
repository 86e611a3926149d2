// Which scenarios a gateway can be held against whose policy is its owner's.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "harness/model/gateway.h"
#include "harness/model/scenario.h"
#include "harness/run/live.h"

namespace mtls::run {

// What there is to test such a gateway with.
struct Offer {
  const PkiSpec& standard;
  std::set<std::string> given = {};            // credentials that its owner gave
  bool issues = false;                         // the CA that it trusts is at hand
  bool direct = false;                         // no authority can be issued below that CA
  bool lists = false;                          // it checks revocation
  bool minted_lists = false;                   // by lists of the harness
  bool echo = false;                           // what reaches its upstream is known
  bool log = false;                            // its log is read
  std::vector<std::string> capabilities = {};  // what it was told about
  std::vector<TlsVersion> tls = {};
};
Offer offer_of(const Live& live);
// Of a kind whose configuration is its owner's.
Offer offer_of(const GatewayKind& kind, const PkiSpec& standard);

// What the scenario needs and the offer does not have; empty: nothing.
std::string missing_for(const Scenario& scenario, std::optional<TlsVersion> tls, const Offer& offer);

// The server's certificate is what the step is about.
bool is_about_the_server(const Step& step);

}  // namespace mtls::run
