// One scenario: variants first, then PKI, sites and steps, each of which may name what came before.
#include "harness/catalog/scenario_reader.h"

#include <algorithm>

#include "harness/base/text.h"
#include "harness/catalog/capabilities.h"
#include "harness/catalog/pki_reader.h"
#include "harness/catalog/site_reader.h"
#include "harness/catalog/step_reader.h"
#include "harness/catalog/variants.h"

namespace mtls::catalog {
namespace {

void read_references(const Place& place, std::vector<std::string>& references) {
  read(place, references);
  if (place.node().kind == Node::Kind::list && references.empty()) {
    place.fail("no references; expected at least one, as \"RFC 5280 4.1.2.5\"");
  }
}

bool is_family(std::string_view word) {
  return word.size() >= 2 && word.size() <= 3 && word[0] == 'F' &&
         std::all_of(word.begin() + 1, word.end(), [](char c) { return c >= '0' && c <= '9'; });
}

void read_controls(const Place& place, std::vector<std::string>& controls) {
  read_items(place, [&](const Place& item) {
    controls.push_back(read_not_empty(item));
    if (!is_family(controls.back())) item.expected("a control family as \"F3\"");
  });
}

void read_versions(const Place& place, std::vector<TlsVersion>& versions) {
  versions.clear();
  read_items(place, [&](const Place& item) {
    const TlsVersion version = read_word(item, all_tls_versions);
    if (std::find(versions.begin(), versions.end(), version) != versions.end())
      item.fail("a version stands here twice");
    versions.push_back(version);
  });
}

// The site that a scenario without "sites" has.
std::vector<SiteSpec> default_sites(const Place& place, const std::vector<SiteSpec>& standard) {
  for (const SiteSpec& site : standard) {
    if (site.name != "mutual") continue;
    SiteSpec main = site;
    main.name = "main";
    return {main};
  }
  place.fail("no \"sites\", and there is no standard site \"mutual\" to take instead");
  return {};
}

void read_head(Object& object, Scenario& scenario) {
  object.required_text("title", scenario.title);
  object.with("sort", [&](const Place& at) { scenario.sort = read_word(at, all_sorts); });
  object.with("level", [&](const Place& at) { scenario.level = read_word(at, all_levels); });
  object.must("references", [&](const Place& at) { read_references(at, scenario.references); });
  object.with("controls", [&](const Place& at) { read_controls(at, scenario.controls); });
  object.with("requires", [&](const Place& at) {
    read_items(at, [&](const Place& item) { scenario.requires_.push_back(read_capability(item)); });
  });
  object.with("tls", [&](const Place& at) { read_versions(at, scenario.tls); });
  object.allow("variants");
  object.with("gateway_refuses_to_start", [&](const Place& at) {
    read(at, scenario.gateway_refuses_to_start);
    if (scenario.gateway_refuses_to_start && scenario.sort != Sort::detection) {
      at.fail("only a detection scenario may plant what a gateway refuses to load; expected \"sort\": \"detection\"");
    }
  });
}

Scenario read_one(const Place& place, const Origin& origin, const Standard& standard, const NameSet& standard_names) {
  Scenario scenario;
  scenario.id = origin.id;
  scenario.file = origin.file;
  Object object(place);
  if (const Member* title = place.node().find("title")) scenario.line = title->line;
  read_head(object, scenario);
  const Member* pki = place.node().find("pki");
  const Names names(standard_names, names_of(pki ? &pki->value : nullptr));
  object.with("pki", [&](const Place& at) { scenario.pki = read_pki_sections(at, names, standard.pki); });
  const bool own_sites = object.with("sites", [&](const Place& at) {
    scenario.sites = read_sites(at, names, standard.sites, standard.upstreams);
    if (scenario.sites.empty()) at.fail("no sites; expected at least one, or no \"sites\" at all");
  });
  if (!own_sites) scenario.sites = default_sites(place, standard.sites);
  object.must("steps", [&](const Place& at) { scenario.steps = read_steps(at, names, scenario); });
  object.finish();
  return scenario;
}

std::string spell(const Variant& variant) {
  std::vector<std::string> parts;
  for (const auto& [key, value] : variant) parts.push_back(key + "=" + value);
  return parts.empty() ? "" : " (variant " + join(parts, ", ") + ")";
}

}  // namespace

Result<std::vector<Scenario>> read_scenario(const Node& root, const Origin& origin, const Standard& standard,
                                            const NameSet& standard_names) {
  Document document{origin.file, "", {}};
  const Place top(root, document);
  Variants variants;
  if (const Member* member = root.find("variants")) variants = read_variants(top.at(*member));
  if (!document.error) check_placeholders(top, variants);
  if (document.error) return *document.error;
  std::vector<Scenario> scenarios;
  for (const Variant& variant : combinations(variants)) {
    document.note = spell(variant);
    const Node copy = variant.empty() ? Node{} : substitute(root, variant);
    scenarios.push_back(read_one(Place(variant.empty() ? root : copy, document), origin, standard, standard_names));
    if (document.error) return *document.error;
    scenarios.back().variants = variants;
    scenarios.back().variant = variant;
  }
  return scenarios;
}

Result<std::vector<Scenario>> read_scenario_text(std::string_view text, const Origin& origin,
                                                 const Standard& standard) {
  auto root = parse(text, origin.file);
  if (!root) return root.error();
  return read_scenario(*root, origin, standard, names_of(standard.pki));
}

}  // namespace mtls::catalog
