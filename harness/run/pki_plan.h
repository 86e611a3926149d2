// Which certificates a run needs: the names of many scenarios brought together, equal ones once.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "harness/model/pki.h"
#include "harness/model/scenario.h"

namespace mtls::run {

// A scenario's own entries stand before the standard ones of the same name, also as issuers of standard entries.
// Entries that come out equal are minted once, so the names given back are those of the merged PkiSpec.
class PkiPlan {
 public:
  explicit PkiPlan(const PkiSpec& standard) : standard_(standard) {}

  std::string authority(const Scenario& scenario, const std::string& name);
  std::string credential(const Scenario& scenario, const std::string& name);
  std::string crl(const Scenario& scenario, const std::string& name);
  std::vector<std::string> authorities(const Scenario& scenario, const std::vector<std::string>& names);
  std::vector<std::string> crls(const Scenario& scenario, const std::vector<std::string>& names);

  const PkiSpec& spec() const { return merged_; }

 private:
  std::string scope(const Scenario& scenario) const;
  std::string revoked(const Scenario& scenario, const std::string& name);

  const PkiSpec& standard_;
  PkiSpec merged_;
  std::map<std::string, std::string> known_;  // scope, sort and local name -> merged name
};

}  // namespace mtls::run
