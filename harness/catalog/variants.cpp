// Expansion of variants in the tree, before anything is read from it.
#include "harness/catalog/variants.h"

#include <algorithm>
#include <set>

namespace mtls::catalog {
namespace {

constexpr std::size_t most_combinations = 64;
constexpr std::size_t longest_value = 200;
constexpr std::size_t longest_template = 4096;

std::vector<std::string> known_keys(const Variants& variants) {
  std::vector<std::string> keys;
  for (const auto& [key, values] : variants) keys.push_back(key);
  return keys;
}

void check_text(const Place& place, const Variants& variants, std::set<std::string, std::less<>>& used) {
  const std::string_view text = place.node().text;
  std::size_t at = text.find("${");
  if (at != std::string_view::npos && text.size() > longest_template) {
    return place.fail(fmt::format("a string with ${{..}} of more than {} bytes", longest_template));
  }
  while (at != std::string_view::npos) {
    const std::size_t end = text.find('}', at);
    if (end == std::string_view::npos) return place.fail("\"${\" without its \"}\"; expected \"${key}\"");
    const std::string key(text.substr(at + 2, end - at - 2));
    if (variants.count(key) == 0) {
      return place.fail(fmt::format(
          "{} stands for nothing; {}", quote("${" + key + "}"),
          variants.empty() ? "expected \"variants\" to have that key" : expectation(key, known_keys(variants))));
    }
    used.insert(key);
    at = text.find("${", end);
  }
}

void check_below(const Place& place, const Variants& variants, std::set<std::string, std::less<>>& used) {
  const Node& node = place.node();
  if (node.kind == Node::Kind::text) check_text(place, variants, used);
  for (std::size_t i = 0; i < node.items.size(); ++i) check_below(place.at(i), variants, used);
  for (const Member& member : node.members) check_below(place.at(member), variants, used);
}

void replace_below(Node& node, const Variant& variant) {
  for (std::size_t at = node.text.find("${"); at != std::string::npos; at = node.text.find("${", at)) {
    const std::size_t end = node.text.find('}', at);
    const auto value = end == std::string::npos ? variant.end() : variant.find(node.text.substr(at + 2, end - at - 2));
    if (value == variant.end()) break;
    node.text.replace(at, end - at + 1, value->second);
    at += value->second.size();
  }
  for (Node& item : node.items) replace_below(item, variant);
  for (Member& member : node.members) replace_below(member.value, variant);
}

void read_values(const Place& place, std::vector<std::string>& values) {
  read(place, values);
  if (place.node().kind == Node::Kind::list && values.empty()) {
    place.fail("an empty list; expected at least one value");
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i].size() > longest_value) place.at(i).fail(fmt::format("longer than {} bytes", longest_value));
    if (values[i].find("${") != std::string::npos) place.at(i).fail("a ${..} inside a variant's value");
    if (std::find(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(i), values[i]) !=
        values.begin() + static_cast<std::ptrdiff_t>(i)) {
      place.at(i).fail(fmt::format("the value {} stands here twice", quote(values[i])));
    }
  }
}

}  // namespace

Variants read_variants(const Place& place) {
  Variants variants;
  std::size_t product = 1;
  read_members(place, [&](const Member& member, const Place& at) {
    expect_name(at, member.key);
    if (member.key == "tls") at.fail("\"tls\" is no variant; expected the scenario's own key \"tls\"");
    auto& values = variants[member.key];
    read_values(at, values);
    product *= std::max<std::size_t>(values.size(), 1);
    if (product > most_combinations) {
      at.fail(fmt::format("more than {} combinations of variants", most_combinations));
      product = most_combinations;
    }
  });
  return variants;
}

void check_placeholders(const Place& root, const Variants& variants) {
  std::set<std::string, std::less<>> used;
  const Member* declared = root.node().find("variants");
  for (const Member& member : root.node().members) {
    if (&member != declared) check_below(root.at(member), variants, used);
  }
  if (!declared) return;
  const Place section = root.at(*declared);
  for (const Member& member : declared->value.members) {
    if (used.count(member.key) == 0) {
      section.at(member).fail(fmt::format("no string of the scenario uses ${{{}}}", member.key), member.line);
    }
  }
}

std::vector<Variant> combinations(const Variants& variants) {
  std::vector<Variant> all{{}};
  for (const auto& [key, values] : variants) {
    std::vector<Variant> longer;
    for (const Variant& one : all) {
      for (const std::string& value : values) {
        longer.push_back(one);
        longer.back().emplace(key, value);
      }
    }
    all = std::move(longer);
  }
  return all;
}

Node substitute(const Node& root, const Variant& variant) {
  Node copy = root;
  for (Member& member : copy.members) {
    if (member.key != "variants") replace_below(member.value, variant);
  }
  return copy;
}

}  // namespace mtls::catalog
