// The last gate before the disk: what holds key material is not written, the rest is written beside and renamed.
#include <fmt/format.h>

#include "harness/base/files.h"
#include "harness/base/text.h"
#include "reports/key_material.h"
#include "reports/reports.h"

namespace mtls::reports {

Result<void> write_text(std::string_view what, std::string_view text, const std::filesystem::path& path) {
  if (const auto material = key_material_in(text)) {
    return Error{"reports", fmt::format("the {} would hold {}; nothing was written", what, *material),
                 sanitise_line(path.string())};
  }
  return write_file(path, text);
}

Result<void> write_report(const Format& format, const Report& report, const std::filesystem::path& path) {
  return write_text(fmt::format("{} report", format.name), format.write(report), path);
}

}  // namespace mtls::reports
