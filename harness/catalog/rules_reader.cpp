// Reads the rule book: causes, the rules by topic, and what each producer's lines mean.
#include <algorithm>
#include <set>

#include "harness/base/text.h"
#include "harness/catalog/catalog.h"
#include "harness/catalog/place.h"

namespace mtls::catalog {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 3> sides{"gateway", "client", "upstream"};

// The rule book as it grows, and what its entries may name.
struct Draft {
  RuleBook book;
  std::vector<std::string> codes;
  std::set<std::string> ids;
};

void read_code(const Place& place, const Draft& draft, std::string& code) {
  code = read_not_empty(place);
  if (code.empty() || std::binary_search(draft.codes.begin(), draft.codes.end(), code)) return;
  place.fail(fmt::format("there is no cause {} in causes.json; {}", quote(code), expectation(code, draft.codes)));
}

void take_id(const Place& place, Draft& draft, const std::string& id) {
  if (!draft.ids.insert(id).second)
    place.fail(fmt::format("the id {} stands here and before; expected another", quote(id)));
}

Cause read_cause(const std::string& code, const Place& place) {
  Cause cause;
  cause.code = code;
  expect_name(place, code);
  Object object(place);
  object.must("party", [&](const Place& at) { cause.party = read_word(at, all_parties); });
  object.required_text("cause", cause.cause);
  object.must("remedy", [&](const Place& at) { read(at, cause.remedy); });
  object.with("remedy_for", [&](const Place& at) {
    read_members(at, [&](const Member& member, const Place& text) {
      expect_name(text, member.key);
      cause.remedy_for[member.key] = read_not_empty(text);
    });
  });
  object.optional("references", cause.references);
  object.finish();
  return cause;
}

void read_causes(const Place& place, Draft& draft) {
  Object object(place);
  object.must("causes", [&](const Place& causes) {
    read_members(causes, [&](const Member& member, const Place& at) {
      draft.book.causes.push_back(read_cause(member.key, at));
      draft.codes.push_back(member.key);
    });
  });
  object.finish();
  std::sort(draft.codes.begin(), draft.codes.end());
}

FactValue read_value(const Place& place) {
  const Node& node = place.node();
  if (node.kind == Node::Kind::boolean) return node.yes;
  if (node.kind == Node::Kind::integer) return node.integer;
  if (node.kind != Node::Kind::text) place.expected("a string, a whole number, or true or false");
  return node.text;
}

std::int64_t read_bound(const Place& place) {
  if (place.node().kind != Node::Kind::integer) place.expected("a whole number");
  return place.node().integer;
}

Condition read_condition(const std::string& fact, const Place& place) {
  Condition condition;
  condition.fact = fact;
  if (fact.empty()) place.fail("a condition without the name of its fact");
  if (place.node().kind != Node::Kind::object) {
    condition.is = read_value(place);
    return condition;
  }
  Object object(place);
  object.with("any_of", [&](const Place& at) {
    read_items(at, [&](const Place& item) { condition.any_of.push_back(read_value(item)); });
    if (condition.any_of.empty()) at.fail("an empty list matches nothing; expected at least one value");
  });
  object.with("matches", [&](const Place& at) { condition.matches = read_pattern(at); });
  object.with("at_least", [&](const Place& at) { condition.at_least = read_bound(at); });
  object.with("at_most", [&](const Place& at) { condition.at_most = read_bound(at); });
  object.with("present", [&](const Place& at) { read(at, condition.present.emplace()); });
  object.finish();
  if (place.node().members.empty()) {
    place.fail("a condition that says nothing; expected any_of, matches, at_least, at_most or present");
  }
  return condition;
}

void read_conditions(const Place& place, std::vector<Condition>& conditions) {
  read_members(place,
               [&](const Member& member, const Place& at) { conditions.push_back(read_condition(member.key, at)); });
}

// "<topic>/<name>", what scenarios are called by.
bool is_scenario_id(const std::string& id) {
  const std::size_t slash = id.find('/');
  return slash != std::string::npos && is_name(id.substr(0, slash)) && is_name(id.substr(slash + 1));
}

Rule read_rule(const Place& place, Draft& draft, std::string id) {
  Rule rule;
  rule.id = std::move(id);
  Object object(place);
  object.with("id", [&](const Place& at) { rule.id = read_not_empty(at); });
  object.must("code", [&](const Place& at) { read_code(at, draft, rule.code); });
  object.must("confidence", [&](const Place& at) { rule.confidence = read_confidence(at); });
  object.must("when", [&](const Place& at) {
    read_conditions(at, rule.when);
    if (at.node().kind == Node::Kind::object && rule.when.empty()) {
      at.fail("no condition, so the rule would always hold; expected at least one");
    }
  });
  object.with("unless", [&](const Place& at) { read_conditions(at, rule.unless); });
  object.required_text("evidence", rule.evidence);
  object.with("proof", [&](const Place& at) {
    read_items(at, [&](const Place& item) {
      rule.proof.push_back(read_not_empty(item));
      if (!is_scenario_id(rule.proof.back())) item.expected("the id of a scenario as \"topic/name\"");
    });
  });
  object.finish();
  take_id(place, draft, rule.id);
  return rule;
}

void read_rule_file(const Place& place, Draft& draft, const std::string& topic) {
  Object object(place);
  object.must("rules", [&](const Place& rules) {
    int number = 0;
    read_items(rules, [&](const Place& at) {
      draft.book.rules.push_back(read_rule(at, draft, fmt::format("{}/{}", topic, ++number)));
    });
  });
  object.finish();
}

std::pair<std::string, double> read_weighted(const Place& place, const Draft& draft) {
  std::pair<std::string, double> weighted;
  if (place.node().kind != Node::Kind::list || place.node().items.size() != 2) {
    place.expected("a pair [\"code\", confidence]");
    return weighted;
  }
  read_code(place.at(0), draft, weighted.first);
  weighted.second = read_confidence(place.at(1));
  return weighted;
}

std::string unknown_side(const std::string& side) {
  return fmt::format("found the side {}; {}", quote(side), expectation(side, {sides.begin(), sides.end()}));
}

std::string read_side(const Place& place) {
  std::string side = read_not_empty(place);
  if (std::find(sides.begin(), sides.end(), side) == sides.end()) place.fail(unknown_side(side));
  return side;
}

// Who speaks in a file's lines.
struct Speaker {
  std::string producer;
  Voice voice = Voice::program;
};

LineFrame read_frame(const Place& place, const Speaker& speaker) {
  LineFrame frame{speaker.producer, "", "", speaker.voice};
  Object object(place);
  object.must("side", [&](const Place& at) { frame.side = read_side(at); });
  object.must("pattern", [&](const Place& at) { frame.pattern = read_pattern(at); });
  object.finish();
  return frame;
}

void read_meaning(Object& object, const Draft& draft, LinePattern& line) {
  object.required_text("says", line.says);
  object.must("causes", [&](const Place& at) {
    read_items(at, [&](const Place& item) { line.causes.push_back(read_weighted(item, draft)); });
  });
}

// The same words on several sides: one pattern for each.
std::vector<LinePattern> read_sides(const Place& place, const Draft& draft, const LinePattern& words) {
  std::vector<LinePattern> lines;
  read_members(place, [&](const Member& member, const Place& at) {
    LinePattern line = words;
    line.side = member.key;
    line.id += "/" + member.key;
    if (std::find(sides.begin(), sides.end(), line.side) == sides.end()) at.fail(unknown_side(line.side));
    Object object(at);
    read_meaning(object, draft, line);
    object.finish();
    lines.push_back(std::move(line));
  });
  return lines;
}

std::vector<LinePattern> read_line(const Place& place, Draft& draft, std::string id, const Speaker& speaker) {
  LinePattern line;
  line.id = std::move(id);
  line.producer = speaker.producer;
  line.voice = speaker.voice;
  Object object(place);
  object.with("id", [&](const Place& at) { line.id = read_not_empty(at); });
  object.must("pattern", [&](const Place& at) { line.pattern = read_pattern(at); });
  object.must("examples", [&](const Place& at) {
    read(at, line.examples);
    if (at.node().kind == Node::Kind::list && line.examples.empty())
      at.fail("no example; expected a line that matches");
  });
  object.optional("source", line.source);
  bool fallback = false;
  if (object.optional("fallback", fallback) && fallback) line.voice = Voice::fallback;
  std::vector<LinePattern> lines;
  const bool several = object.with("sides", [&](const Place& at) { lines = read_sides(at, draft, line); });
  if (!several) {
    object.must("side", [&](const Place& at) { line.side = read_side(at); });
    read_meaning(object, draft, line);
    lines.push_back(line);
  }
  object.finish();
  for (const LinePattern& one : lines) take_id(place, draft, one.id);
  return lines;
}

void read_line_file(const Place& place, Draft& draft) {
  Object object(place);
  Speaker speaker;
  object.required_text("producer", speaker.producer);
  bool library = false;
  if (object.optional("library", library) && library) speaker.voice = Voice::library;
  object.with("frames", [&](const Place& frames) {
    read_items(frames, [&](const Place& at) { draft.book.frames.push_back(read_frame(at, speaker)); });
  });
  object.must("lines", [&](const Place& lines) {
    int number = 0;
    read_items(lines, [&](const Place& at) {
      for (LinePattern& line : read_line(at, draft, fmt::format("{}/{}", speaker.producer, ++number), speaker))
        draft.book.lines.push_back(std::move(line));
    });
  });
  object.finish();
}

// The *.json files of a folder, by name; nothing where there is no such folder.
std::vector<fs::path> documents_of(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code failed;
  for (fs::directory_iterator at(folder, failed), end; !failed && at != end; at.increment(failed)) {
    if (at->path().extension() == ".json" && at->path().filename() != "causes.json") files.push_back(at->path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

template <class F>
Result<void> read_document(const fs::path& path, F use) {
  auto root = parse_file(path);
  if (!root) return root.error();
  Document document{sanitise_line(path.string()), "", {}};
  use(Place(*root, document));
  if (document.error) return *document.error;
  return {};
}

}  // namespace

Result<RuleBook> read_rules(const fs::path& folder) {
  Draft draft;
  auto done = read_document(folder / "causes.json", [&](const Place& place) { read_causes(place, draft); });
  if (!done) return done.error();
  for (const fs::path& file : documents_of(folder)) {
    done = read_document(file, [&](const Place& place) { read_rule_file(place, draft, file.stem().string()); });
    if (!done) return done.error();
  }
  for (const fs::path& file : documents_of(folder / "lines")) {
    done = read_document(file, [&](const Place& place) { read_line_file(place, draft); });
    if (!done) return done.error();
  }
  return std::move(draft.book);
}

}  // namespace mtls::catalog
