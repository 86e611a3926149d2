// One reader for each kind of claim, in a table of the words.
#include <algorithm>

#include "harness/base/text.h"
#include "harness/catalog/step_reader.h"

namespace mtls::catalog {
namespace {

using Reader = Statement (*)(const Place& place, const Names& names);

Statement server_rejected(const Place& place, const Names&) {
  ServerRejected statement;
  Object object(place);
  object.with("verify", [&](const Place& at) { statement.verify = read_integer(at, 0, 999); });
  object.finish();
  return statement;
}

bool flag(const Place& place) {
  bool value = true;
  read(place, value);
  return value;
}

std::string credential_or_none(const Place& place, const Names& names) {
  std::string name;
  read(place, name);
  if (!name.empty()) names.expect(place, Part::credential, name);
  return name;
}

std::string authority(const Place& place, const Names& names) {
  std::string name = read_not_empty(place);
  if (!name.empty()) names.expect(place, Part::authority, name);
  return name;
}

Statement upstream_sni(const Place& place, const Names&) {
  UpstreamSni statement;
  if (place.node().kind == Node::Kind::null) return statement;
  if (place.node().kind != Node::Kind::text || place.node().text.empty()) {
    place.expected("a server name, or null for none");
  }
  statement.name = place.node().text;
  return statement;
}

Statement upstream_header(const Place& place, const Names&) {
  UpstreamHeader statement;
  Object object(place);
  object.required_text("name", statement.name);
  object.optional("is", statement.is);
  object.optional("contains", statement.contains);
  object.with("present", [&](const Place& at) { statement.present = flag(at); });
  object.finish();
  const int given =
      int{statement.is.has_value()} + int{statement.contains.has_value()} + int{statement.present.has_value()};
  if (given != 1) {
    place.fail(fmt::format("{} of \"is\", \"contains\" and \"present\" are given; expected exactly one", given));
  }
  return statement;
}

Statement timeline_shows(const Place& place, const Names&) {
  TimelineShows statement;
  read(place, statement.details);
  if (place.node().kind == Node::Kind::list && statement.details.empty()) {
    place.fail("an empty list; expected at least one entry of the timeline");
  }
  return statement;
}

// An extended key usage as certificates show it: a name, or the object identifier of one that has no name here.
void read_usages(const Place& place, std::vector<std::string>& usages) {
  read(place, usages);
  std::vector<std::string> known;
  for (ExtendedKeyUsage usage : all_extended_key_usages) known.emplace_back(name(usage));
  for (std::size_t i = 0; i < usages.size() && i < place.node().items.size(); ++i) {
    const std::string& usage = usages[i];
    const bool identifier = usage.find_first_not_of("0123456789.") == std::string::npos;
    if (identifier || std::find(known.begin(), known.end(), usage) != known.end()) continue;
    place.at(i).fail(
        fmt::format("found the usage {}; {}, or an object identifier", quote(usage), expectation(usage, known)));
  }
}

Statement material_usage(const Place& place, const Names&) {
  MaterialUsage statement;
  Object object(place);
  object.with("has", [&](const Place& at) { read_usages(at, statement.has); });
  object.with("lacks", [&](const Place& at) { read_usages(at, statement.lacks); });
  object.finish();
  if (statement.has.empty() && statement.lacks.empty()) place.fail("no usage at all; expected \"has\" or \"lacks\"");
  return statement;
}

// The object form of a claim with nothing to say: there to carry a level.
template <class T>
Statement plain(const Place& place, const Names&) {
  const Node& node = place.node();
  const bool nothing_inside = node.kind == Node::Kind::object && node.members.empty();
  if (!nothing_inside && !(node.kind == Node::Kind::boolean && node.yes)) place.expected("{} or true");
  return T{};
}

template <class T>
Statement bare() {
  return T{};
}

struct Word {
  std::string_view word;
  Reader reader;
  Statement (*alone)() = nullptr;  // for those that may stand as a bare word
};

constexpr std::array words{
    Word{"admitted", plain<Admitted>, bare<Admitted>},
    Word{"refused", plain<Refused>, bare<Refused>},
    Word{"server_rejected", server_rejected},
    Word{"server_verifies", plain<ServerVerifies>, bare<ServerVerifies>},
    Word{"status", [](const Place& at, const Names&) -> Statement { return StatusIs{read_integers(at, 100, 599)}; }},
    Word{"alert", [](const Place& at, const Names&) -> Statement { return AlertIs{read_integers(at, 0, 255)}; }},
    Word{"certificate_requested",
         [](const Place& at, const Names&) -> Statement { return CertificateRequested{flag(at)}; }},
    Word{"issuers_name",
         [](const Place& at, const Names& names) -> Statement { return IssuersName{authority(at, names)}; }},
    Word{"resumed", [](const Place& at, const Names&) -> Statement { return Resumed{flag(at)}; }},
    Word{"upstream_reached", [](const Place& at, const Names&) -> Statement { return UpstreamReached{flag(at)}; }},
    Word{"upstream_refused", plain<UpstreamRefused>, bare<UpstreamRefused>},
    Word{"upstream_saw_client",
         [](const Place& at, const Names& names) -> Statement {
           return UpstreamSawClient{credential_or_none(at, names)};
         }},
    Word{"upstream_sni", upstream_sni},
    Word{"upstream_header", upstream_header},
    Word{"log_says", [](const Place& at, const Names&) -> Statement { return LogSays{read_pattern(at)}; }},
    Word{"timeline_shows", timeline_shows},
    Word{"curl_exit", [](const Place& at, const Names&) -> Statement { return CurlExit{read_integers(at, 0, 255)}; }},
    Word{"named", [](const Place& at, const Names&) -> Statement { return Named{read_not_empty(at)}; }},
    Word{"material_verifies",
         [](const Place& at, const Names&) -> Statement { return MaterialVerifies{read_integer(at, 0, 999)}; }},
    Word{"material_usage", material_usage},
    Word{"material_pkcs12_opens", plain<MaterialPkcs12Opens>, bare<MaterialPkcs12Opens>},
    Word{"material_listed", [](const Place& at, const Names&) -> Statement { return MaterialListed{flag(at)}; }},
    Word{"material_crl_complete",
         [](const Place& at, const Names&) -> Statement { return MaterialCrlComplete{flag(at)}; }},
};
static_assert(words.size() == std::variant_size_v<Statement>, "every kind of claim has its word");

const Word* find_word(std::string_view word) {
  const auto found = std::find_if(words.begin(), words.end(), [&](const Word& one) { return one.word == word; });
  return found == words.end() ? nullptr : &*found;
}

Statement read_bare(const Place& place) {
  const Word* word = find_word(place.node().text);
  if (!word) {
    place.fail(
        fmt::format("found the claim {}; {}", quote(place.node().text), expectation(place.node().text, claim_words())));
    return Admitted{};
  }
  if (!word->alone) {
    place.fail(fmt::format("the claim \"{0}\" says something; expected an object as {{\"{0}\": ..}}", word->word));
    return Admitted{};
  }
  return word->alone();
}

}  // namespace

std::vector<std::string> claim_words() {
  std::vector<std::string> all;
  for (const Word& word : words) all.emplace_back(word.word);
  return all;
}

Claim read_claim(const Place& place, const Names& names, Level level) {
  Claim claim{level, Admitted{}};
  if (place.node().kind == Node::Kind::text) {
    claim.statement = read_bare(place);
    return claim;
  }
  if (place.node().kind != Node::Kind::object) {
    place.expected("a claim: a word, or an object with one word");
    return claim;
  }
  int found = 0;
  for (const Member& member : place.node().members) {
    const Place at = place.at(member);
    if (member.key == "level") {
      claim.level = read_word(at, all_levels);
    } else if (const Word* word = find_word(member.key)) {
      claim.statement = word->reader(at, names);
      if (++found > 1) at.fail("a second claim in one object; expected one word, and perhaps \"level\"", member.line);
    } else {
      auto allowed = claim_words();
      allowed.push_back("level");
      at.fail(fmt::format("unknown key {}; {}", quote(member.key), expectation(member.key, allowed)), member.line);
    }
  }
  if (found == 0) place.fail("a claim without its word; " + expectation("", claim_words()));
  return claim;
}

}  // namespace mtls::catalog
