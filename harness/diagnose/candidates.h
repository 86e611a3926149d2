// Causes as they gather support: the surest statement counts, all evidence is kept.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "harness/diagnose/rule_index.h"

namespace mtls::diagnose {

class Candidates {
 public:
  explicit Candidates(const RuleIndex& index) : index_(index) {}

  void support(const std::string& code, double confidence, const std::string& evidence);

  // The `most` surest, best first, equals in the words' order; `healthy` only where nothing else is likelier than not.
  std::vector<Diagnosis> ranked(std::size_t most) const;

 private:
  struct Support {
    double confidence = 0;
    std::multimap<double, std::string, std::greater<>> evidence;
  };

  Diagnosis tell(const std::string& code, const Support& support) const;

  const RuleIndex& index_;
  std::map<std::string, Support> by_code_;
};

}  // namespace mtls::diagnose
