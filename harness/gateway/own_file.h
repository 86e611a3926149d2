// An owner's configuration, made into a template.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "harness/base/result.h"

namespace mtls::gateway {

// The file with each text of `replace` exchanged for its words, everywhere; where several begin at one place, the
// longest counts. Error: a text that does not occur, or a file that holds template tags already.
Result<std::string> own_template(const std::filesystem::path& file,
                                 const std::vector<std::pair<std::string, std::string>>& replace);

}  // namespace mtls::gateway
