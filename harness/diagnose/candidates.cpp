// Causes as they gather support: the surest statement counts, all evidence is kept.
#include "harness/diagnose/candidates.h"

#include <algorithm>
#include <utility>

namespace mtls::diagnose {
namespace {

constexpr std::string_view healthy = "healthy";
constexpr double likelier_than_not = 0.5;

}  // namespace

void Candidates::support(const std::string& code, double confidence, const std::string& evidence) {
  Support& support = by_code_[code];
  support.confidence = std::max(support.confidence, confidence);
  if (evidence.empty()) return;
  const bool known = std::any_of(support.evidence.begin(), support.evidence.end(),
                                 [&](const auto& one) { return one.second == evidence; });
  if (!known) support.evidence.emplace(confidence, evidence);
}

Diagnosis Candidates::tell(const std::string& code, const Support& support) const {
  const Cause& page = index_.book.causes[index_.pages.find(code)->second];
  Diagnosis diagnosis;
  diagnosis.code = code;
  diagnosis.confidence = support.confidence;
  diagnosis.party = page.party;
  diagnosis.cause = page.cause;
  for (const auto& [confidence, sentence] : support.evidence) diagnosis.evidence.push_back(sentence);
  diagnosis.remedy = page.remedy;
  diagnosis.remedy_for = page.remedy_for;
  diagnosis.references = page.references;
  return diagnosis;
}

std::vector<Diagnosis> Candidates::ranked(std::size_t most) const {
  std::vector<std::pair<std::string, const Support*>> order;
  bool trouble = false;
  for (const auto& [code, support] : by_code_) {
    if (code != healthy && support.confidence > likelier_than_not) trouble = true;
  }
  const bool well = !trouble && by_code_.count(std::string(healthy)) == 1;
  for (const auto& [code, support] : by_code_) {
    if ((code == healthy) == well) order.emplace_back(code, &support);
  }
  std::sort(order.begin(), order.end(), [&](const auto& left, const auto& right) {
    if (left.second->confidence != right.second->confidence) return left.second->confidence > right.second->confidence;
    return index_.pages.find(left.first)->second < index_.pages.find(right.first)->second;
  });
  if (order.size() > most) order.resize(most);
  std::vector<Diagnosis> result;
  for (const auto& [code, support] : order) result.push_back(tell(code, *support));
  return result;
}

}  // namespace mtls::diagnose
