// Exchanges texts in one pass, so that no word put in is exchanged again.
#include "harness/gateway/own_file.h"

#include <algorithm>
#include <set>
#include <string_view>

#include <fmt/format.h>

#include "harness/base/files.h"
#include "harness/base/text.h"

namespace mtls::gateway {

Result<std::string> own_template(const std::filesystem::path& file,
                                 const std::vector<std::pair<std::string, std::string>>& replace) {
  const Result<std::string> text = read_file(file);
  if (!text) return text.error();
  const std::string where = sanitise_line(file.string());
  if (text->find("{{") != std::string::npos)
    return Error{"render", "holds \"{{\", which opens a template's tag; it cannot be used as it is", where};
  auto longest_first = replace;
  std::stable_sort(longest_first.begin(), longest_first.end(),
                   [](const auto& a, const auto& b) { return a.first.size() > b.first.size(); });
  std::set<std::string> met;
  std::string made;
  for (std::size_t at = 0; at < text->size();) {
    const auto found = std::find_if(longest_first.begin(), longest_first.end(), [&](const auto& entry) {
      return std::string_view(*text).substr(at).starts_with(entry.first);
    });
    if (found == longest_first.end()) {
      made += (*text)[at++];
      continue;
    }
    met.insert(found->first);
    made += found->second;
    at += found->first.size();
  }
  for (const auto& [from, to] : replace)
    if (!met.contains(from))
      return Error{"render", fmt::format("does not hold \"{}\", which was to be replaced", sanitise_line(from, 200)),
                   where};
  return made;
}

}  // namespace mtls::gateway
