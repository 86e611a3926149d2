// Reads what a user says beside the command line: settings and waivers.
#include <algorithm>
#include <ctime>

#include "harness/catalog/catalog.h"
#include "harness/catalog/place.h"

namespace mtls::catalog {
namespace {

std::string text_of(const Place& place) {
  const Node& node = place.node();
  switch (node.kind) {
    case Node::Kind::text: return node.text;
    case Node::Kind::integer: return std::to_string(node.integer);
    case Node::Kind::boolean: return node.yes ? "true" : "false";
    case Node::Kind::null:
    case Node::Kind::real:
    case Node::Kind::list:
    case Node::Kind::object: break;
  }
  place.expected("a string, a whole number, true or false");
  return {};
}

std::int64_t date(const Place& place) {
  std::tm parts{};
  const char* stopped =
      place.node().kind == Node::Kind::text ? strptime(place.node().text.c_str(), "%Y-%m-%d", &parts) : nullptr;
  if (!stopped || *stopped) place.expected("a date like \"2027-01-31\"");
  return timegm(&parts);
}

Waiver read_waiver(const Place& place) {
  Waiver waiver;
  Object object(place);
  object.required_text("scenario", waiver.scenario);
  object.optional("gateway", waiver.gateway);
  object.with("variant", [&](const Place& variant) {
    read_members(variant,
                 [&](const Member& member, const Place& value) { waiver.variant[member.key] = read_not_empty(value); });
  });
  object.required_text("owner", waiver.owner);
  object.must("until", [&](const Place& until) {
    waiver.until = date(until);
    waiver.until_text = until.node().text;
  });
  object.required_text("reason", waiver.reason);
  object.finish();
  return waiver;
}

}  // namespace

Result<std::vector<std::pair<std::string, std::string>>> read_settings(const std::filesystem::path& file,
                                                                       const std::vector<std::string>& names) {
  const Result<Node> node = parse_file(file);
  if (!node) return node.error();
  Document document{file.string(), {}, {}};
  const Place root(*node, document);
  std::vector<std::pair<std::string, std::string>> settings;
  read_members(root, [&](const Member& member, const Place& value) {
    if (std::find(names.begin(), names.end(), member.key) == names.end())
      value.fail("unknown key " + quote(member.key) + "; " + expectation(member.key, names), member.line);
    if (value.node().kind != Node::Kind::list) return settings.emplace_back(member.key, text_of(value)), void();
    read_items(value, [&](const Place& item) { settings.emplace_back(member.key, text_of(item)); });
  });
  if (document.error) return *document.error;
  return settings;
}

Result<std::vector<Waiver>> read_waivers(const std::filesystem::path& file) {
  const Result<Node> node = parse_file(file);
  if (!node) return node.error();
  Document document{file.string(), {}, {}};
  const Place root(*node, document);
  std::vector<Waiver> waivers;
  Object object(root);
  object.must("waivers", [&](const Place& list) {
    read_items(list, [&](const Place& item) { waivers.push_back(read_waiver(item)); });
  });
  object.finish();
  if (document.error) return *document.error;
  return waivers;
}

}  // namespace mtls::catalog
