// Causes, the rules that find them, and what they found.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace mtls {

enum class Party { client, gateway, upstream, network, user };
inline constexpr std::array all_parties{Party::client, Party::gateway, Party::upstream, Party::network, Party::user};
constexpr std::string_view name(Party party) {
  constexpr std::array<std::string_view, 5> names{"client", "gateway", "upstream", "network", "user"};
  return names[static_cast<std::size_t>(party)];
}

// The page of one cause: its code is a word of DIAGNOSES and is never renamed.
struct Cause {
  std::string code;
  Party party = Party::gateway;
  std::string cause;                              // one sentence
  std::string remedy;                             // what to change, in general
  std::map<std::string, std::string> remedy_for;  // by gateway kind
  std::vector<std::string> references;
};

// A fact is a dotted name and a value. An absent fact matches no condition but `absent`.
using FactValue = std::variant<bool, std::int64_t, std::string, std::vector<std::string>>;
using Facts = std::map<std::string, FactValue, std::less<>>;

// One condition on one fact. For a list, `is`, `any_of` and `matches` hold where one element satisfies them.
struct Condition {
  std::string fact;
  std::optional<FactValue> is;
  std::vector<FactValue> any_of;
  std::optional<std::string> matches;  // RE2, unanchored
  std::optional<std::int64_t> at_least;
  std::optional<std::int64_t> at_most;
  std::optional<bool> present;
};

// When every condition of `when` holds and none of `unless`, `code` is a candidate with this confidence.
struct Rule {
  std::string id;  // "<topic>/<n>" or given; names the rule in evidence and in errors
  std::string code;
  double confidence = 0.5;
  std::vector<Condition> when;
  std::vector<Condition> unless;
  std::string evidence;            // a sentence; {fact.name} is replaced by the fact's value
  std::vector<std::string> proof;  // ids of scenarios that must provoke it
};

// Who says a line's words: a program, or a library inside any program. A weaker voice counts only where no stronger one
// is heard; `fallback` is for words that say little.
enum class Voice { program, library, fallback };

// What shows, around a library's words, which side they are about.
struct LineFrame {
  std::string producer;
  std::string side;
  std::string pattern;  // RE2, unanchored
  Voice voice = Voice::program;
};

// A class of log or error lines, and what each supports.
struct LinePattern {
  std::string id;
  std::string producer;               // "nginx", "openssl", "curl", ...
  std::string side;                   // "gateway", "client" or "upstream": who prints it about which leg
  std::string pattern;                // RE2, unanchored
  std::vector<std::string> examples;  // real lines that it must match
  std::vector<std::pair<std::string, double>> causes;  // code, confidence; best first
  std::string says;                                    // the fact value under "gateway.log.says", a short stable word
  std::string source;
  Voice voice = Voice::program;
};

struct RuleBook {
  std::vector<Cause> causes;
  std::vector<Rule> rules;
  std::vector<LinePattern> lines;
  std::vector<LineFrame> frames;
};

struct Diagnosis {
  std::string code;
  double confidence = 0;
  Party party = Party::gateway;
  std::string cause;
  std::vector<std::string> evidence;
  std::string remedy;
  std::map<std::string, std::string> remedy_for;
  std::vector<std::string> references;
};

}  // namespace mtls
