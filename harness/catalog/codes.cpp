// Holds the words of scenarios and the rule book against each other.
#include <algorithm>
#include <charconv>
#include <set>

#include "harness/base/text.h"
#include "harness/catalog/catalog.h"
#include "harness/catalog/place.h"

namespace mtls::catalog {
namespace {

std::vector<std::string> codes_of(const RuleBook& book) {
  std::vector<std::string> codes;
  for (const Cause& cause : book.causes) codes.push_back(cause.code);
  std::sort(codes.begin(), codes.end());
  return codes;
}

// The value's line in the file, else that of the nearest thing around it: an entry may have the word from another that
// it is like.
int line_of(const std::string& file, const std::string& pointer) {
  const auto root = parse_file(file);
  if (!root) return 1;
  const Node* node = &*root;
  for (const std::string& step : split(std::string_view(pointer).substr(1), '/')) {
    const Node* next = nullptr;
    if (node->kind == Node::Kind::list) {
      std::size_t index = node->items.size();
      std::from_chars(step.data(), step.data() + step.size(), index);
      if (index < node->items.size()) next = &node->items[index];
    } else if (const Member* member = node->find(step)) {
      next = &member->value;
    }
    if (!next) break;
    node = next;
  }
  return node->line;
}

class Check {
 public:
  Check(const Scenario& scenario, const std::vector<std::string>& codes) : scenario_(scenario), codes_(codes) {}

  void code(const std::string& word, const std::string& pointer) {
    if (error_ || word.empty() || std::binary_search(codes_.begin(), codes_.end(), word)) return;
    error_ = Error{"catalog",
                   fmt::format("there is no cause {} in the rule book; {}", quote(word), expectation(word, codes_)),
                   spell_place(scenario_.file, pointer, line_of(scenario_.file, pointer))};
  }

  std::optional<Error> run() {
    for (const CredentialSpec& spec : scenario_.pki.credentials) {
      code(spec.fault, "/pki/credentials" + pointer_step(spec.certificate.name) + "/fault");
    }
    for (std::size_t i = 0; i < scenario_.steps.size(); ++i) {
      const Step& step = scenario_.steps[i];
      code(step.planted, fmt::format("/steps/{}/planted", i));
      code(step.planted_if_let_in, fmt::format("/steps/{}/planted_if_let_in", i));
      for (std::size_t j = 0; j < step.claims.size(); ++j) {
        const auto* named = std::get_if<Named>(&step.claims[j].statement);
        if (named) code(named->code, fmt::format("/steps/{}/claims/{}", i, j));
      }
    }
    return error_;
  }

 private:
  const Scenario& scenario_;
  const std::vector<std::string>& codes_;
  std::optional<Error> error_;
};

}  // namespace

Result<void> check_codes(const std::vector<Scenario>& scenarios, const RuleBook& book) {
  const auto codes = codes_of(book);
  for (const Scenario& scenario : scenarios) {
    if (auto error = Check(scenario, codes).run()) return *error;
  }
  return {};
}

Result<void> check_proofs(const RuleBook& book, const std::vector<Scenario>& scenarios) {
  std::vector<std::string> ids;
  for (const Scenario& scenario : scenarios) ids.push_back(scenario.id);
  std::sort(ids.begin(), ids.end());
  for (const Rule& rule : book.rules) {
    for (const std::string& id : rule.proof) {
      if (std::binary_search(ids.begin(), ids.end(), id)) continue;
      return Error{"catalog", fmt::format("there is no scenario {} to prove it", quote(id)), "rule " + rule.id};
    }
  }
  return {};
}

}  // namespace mtls::catalog
