// A scenario: which PKI to mint, what the gateway is told, what is done, what must hold.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/model/claim.h"
#include "harness/model/pki.h"
#include "harness/model/site.h"
#include "harness/model/stimulus.h"

namespace mtls {

// conformance: the gateway is configured right, the fault lies in what is presented.
// detection: the fault lies in the gateway or its surroundings; passes when the diagnosis names it.
enum class Sort { conformance, detection };
inline constexpr std::array all_sorts{Sort::conformance, Sort::detection};
constexpr std::string_view name(Sort sort) {
  constexpr std::array<std::string_view, 2> names{"conformance", "detection"};
  return names[static_cast<std::size_t>(sort)];
}

struct Step {
  std::string title;
  Stimulus stimulus;
  std::vector<Claim> claims;
  std::string planted;            // a word of DIAGNOSES; empty: this step plants nothing
  std::string planted_if_let_in;  // the right word where the gateway admits what it should refuse; empty: the same
};

struct Scenario {
  std::string id;  // "<topic>/<name>"
  std::string file;
  int line = 1;
  std::string title;
  Sort sort = Sort::conformance;
  Level level = Level::must;
  std::vector<std::string> references;
  std::vector<std::string> controls;
  std::vector<std::string> requires_;                                 // capabilities that the gateway needs
  std::vector<TlsVersion> tls{TlsVersion::tls12, TlsVersion::tls13};  // empty: the case has no TLS version
  // Further variants: the text ${key} anywhere in the scenario is replaced by each of the values in turn.
  std::map<std::string, std::vector<std::string>> variants;
  std::map<std::string, std::string> variant;  // which values this one has; filled when variants are expanded
  PkiSpec pki;                                 // only what deviates from the standard one
  std::vector<SiteSpec> sites;
  std::vector<Step> steps;
  bool gateway_refuses_to_start = false;  // detection: the planted fault is one that the gateway does not load
};

}  // namespace mtls
