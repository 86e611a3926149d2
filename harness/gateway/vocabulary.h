// The variables that a gateway's templates may mention, each with its meaning and the section it belongs in.
#pragma once

#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/result.h"
#include "harness/gateway/mustache.h"

namespace mtls::gateway {

// What must surround a variable. A site may be reached through a listener's `sites`, `all_sites` or `tls_sites`.
enum class Scope { anywhere, listener, site, name_item, certificate_item, list_item };

struct Word {
  std::string_view name;
  Scope scope = Scope::anywhere;
  std::string_view meaning;
};

std::span<const Word> vocabulary();

// What stands before the name of one of the kind's own ports.
inline constexpr std::string_view port_prefix = "port_";

// "extra_" and the flaw's name with '_' for '-'.
std::string extra_word(std::string_view flaw);

// Error, naming file and line: an unknown variable, with the nearest known one, or one outside of its section.
// `around`: sections that stand around the whole text.
Result<void> check_words(const std::vector<Tag>& tags, const std::string& file, const std::vector<std::string>& around);

}  // namespace mtls::gateway
