// Facts while they are gathered, and how a fact reads as text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/model/diagnosis.h"

namespace mtls::diagnose {

// true, 42, the words, or a list joined by ", ".
std::string to_text(const FactValue& value);

class FactSheet {
 public:
  void flag(std::string_view name, bool value);
  void number(std::string_view name, std::int64_t value);
  void text(std::string_view name, std::string value);                    // an empty text is no fact
  void list(std::string_view name, const std::vector<std::string>& all);  // an empty list is no fact
  void numbers(std::string_view name, const std::vector<int>& all);

  std::optional<bool> flag(std::string_view name) const;
  std::optional<std::int64_t> number(std::string_view name) const;
  bool holds(std::string_view name) const { return flag(name).value_or(false); }
  bool has(std::string_view name) const { return facts_.find(name) != facts_.end(); }
  bool list_has(std::string_view name, std::string_view element) const;

  Facts take() { return std::move(facts_); }

 private:
  Facts facts_;
};

}  // namespace mtls::diagnose
