// Facts while they are gathered, and how a fact reads as text.
#include "harness/diagnose/fact_sheet.h"

#include <algorithm>
#include <utility>

#include "harness/base/text.h"

namespace mtls::diagnose {
namespace {

struct Texts {
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(std::int64_t value) const { return std::to_string(value); }
  std::string operator()(const std::string& value) const { return value; }
  std::string operator()(const std::vector<std::string>& value) const { return join(value, ", "); }
};

}  // namespace

std::string to_text(const FactValue& value) {
  return std::visit(Texts{}, value);
}

void FactSheet::flag(std::string_view name, bool value) {
  facts_[std::string(name)] = value;
}

void FactSheet::number(std::string_view name, std::int64_t value) {
  facts_[std::string(name)] = value;
}

void FactSheet::text(std::string_view name, std::string value) {
  if (!value.empty()) facts_[std::string(name)] = std::move(value);
}

void FactSheet::list(std::string_view name, const std::vector<std::string>& all) {
  if (!all.empty()) facts_[std::string(name)] = all;
}

void FactSheet::numbers(std::string_view name, const std::vector<int>& all) {
  std::vector<std::string> texts;
  for (const int value : all) texts.push_back(std::to_string(value));
  list(name, texts);
}

std::optional<bool> FactSheet::flag(std::string_view name) const {
  const auto found = facts_.find(name);
  if (found == facts_.end()) return std::nullopt;
  const bool* value = std::get_if<bool>(&found->second);
  return value == nullptr ? std::nullopt : std::optional<bool>(*value);
}

std::optional<std::int64_t> FactSheet::number(std::string_view name) const {
  const auto found = facts_.find(name);
  if (found == facts_.end()) return std::nullopt;
  const auto* value = std::get_if<std::int64_t>(&found->second);
  return value == nullptr ? std::nullopt : std::optional<std::int64_t>(*value);
}

bool FactSheet::list_has(std::string_view name, std::string_view element) const {
  const auto found = facts_.find(name);
  if (found == facts_.end()) return false;
  const auto* all = std::get_if<std::vector<std::string>>(&found->second);
  return all != nullptr && std::find(all->begin(), all->end(), element) != all->end();
}

}  // namespace mtls::diagnose
