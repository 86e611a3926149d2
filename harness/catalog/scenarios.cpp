// Finds and reads the scenarios below a folder.
#include <algorithm>

#include "harness/base/text.h"
#include "harness/catalog/place.h"
#include "harness/catalog/scenario_reader.h"

namespace mtls::catalog {
namespace {

namespace fs = std::filesystem;

struct Found {
  std::string id;
  fs::path path;
};

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

std::optional<Error> refuse_place(const fs::path& path, const std::string& id) {
  const std::size_t slash = id.find('/');
  const bool right = slash != std::string::npos && is_name(id.substr(0, slash)) && is_name(id.substr(slash + 1));
  if (right) return std::nullopt;
  return Error{
      "catalog",
      "a scenario's file out of place; expected <topic>/<name>.json with lower-case letters, digits and hyphens",
      sanitise_line(path.string())};
}

// All documents below `folder`, whatever their depth; those that lie wrong are refused by name.
Result<std::vector<Found>> find_documents(const fs::path& folder) {
  std::vector<Found> found;
  std::error_code failed;
  fs::recursive_directory_iterator at(folder, failed);
  for (const fs::recursive_directory_iterator end; !failed && at != end; at.increment(failed)) {
    const std::string name = at->path().filename().string();
    if (name.front() == '.') {
      at.disable_recursion_pending();
      continue;
    }
    std::error_code ignored;
    if (!ends_with(name, ".json") || ends_with(name, ".schema.json") || at->is_directory(ignored)) continue;
    fs::path relative = at->path().lexically_relative(folder);
    const std::string id = relative.replace_extension().generic_string();
    if (auto refused = refuse_place(at->path(), id)) return *refused;
    found.push_back({id, at->path()});
  }
  const std::string where = sanitise_line(folder.string());
  if (failed) return Error{"catalog", failed.message() + "; expected a folder of scenarios", where};
  if (found.empty()) return Error{"catalog", "no scenario below; expected <topic>/<name>.json", where};
  std::sort(found.begin(), found.end(), [](const Found& a, const Found& b) { return a.id < b.id; });
  return found;
}

}  // namespace

Result<std::vector<Scenario>> read_scenarios(const fs::path& folder, const Standard& standard) {
  auto found = find_documents(folder);
  if (!found) return found.error();
  const NameSet names = names_of(standard.pki);
  std::vector<Scenario> scenarios;
  scenarios.reserve(found->size());
  for (const Found& one : *found) {
    auto root = parse_file(one.path);
    if (!root) return root.error();
    auto variants = read_scenario(*root, {one.id, sanitise_line(one.path.string())}, standard, names);
    if (!variants) return variants.error();
    std::move(variants->begin(), variants->end(), std::back_inserter(scenarios));
  }
  return scenarios;
}

}  // namespace mtls::catalog
