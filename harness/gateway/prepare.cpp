// Folders, links and preparing programs.
#include "harness/gateway/prepare.h"

#include <cstdlib>

#include <fmt/format.h>

#include "harness/base/files.h"
#include "harness/base/text.h"
#include "harness/gateway/mustache.h"
#include "harness/gateway/own_values.h"

namespace mtls::gateway {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_printed = 2000;

Result<void> make_folder_of(const fs::path& file) {
  std::error_code failed;
  fs::create_directories(file.parent_path(), failed);
  if (!failed) return {};
  return Error{"start", "cannot make the folder: " + failed.message(), file.parent_path().string()};
}

Result<void> make_link(const fs::path& target, const fs::path& link) {
  std::error_code failed;
  if (!fs::exists(target, failed)) return {};
  if (const Result<void> made = make_folder_of(link); !made) return made;
  fs::create_symlink(target, link, failed);
  if (!failed) return {};
  return Error{"start", "cannot make the link: " + failed.message(), link.string()};
}

Result<fs::path> program_of(const Preparation& preparation, const Filler& filler, const GatewayKind& kind) {
  for (const std::string& name : preparation.programs) {
    const Result<std::string> filled = filler.fill(name, kind.folder);
    if (!filled) return filled.error();
    fs::path found = find_program(*filled);
    if (!found.empty()) return found;
  }
  return Error{"start", "to prepare it, " + join(preparation.programs, " or ") + " is needed and not there", kind.kind};
}

Result<void> run_one(const Preparation& preparation, const GatewayKind& kind, const Installed& installed,
                     const ProcessSpec& gateway, std::chrono::milliseconds patience) {
  Values values;
  values.texts["home"] = installed.home.string();
  values.texts["folder"] = gateway.folder.string();
  if (const Result<OwnValues> own = own_values(gateway.folder)) add_own_values(*own, values);
  const Filler filler(values);
  const Result<fs::path> program = program_of(preparation, filler, kind);
  if (!program) return program.error();
  ProcessSpec spec{*program, {}, gateway.folder, gateway.environment, {}};
  for (const std::string& argument : preparation.arguments) {
    Result<std::string> filled = filler.fill(argument, kind.folder);
    if (!filled) return filled.error();
    spec.arguments.push_back(std::move(*filled));
  }
  const char* path = std::getenv("PATH");
  spec.environment["PATH"] =
      installed.program.parent_path().string() + ":" + (path && *path ? path : "/usr/local/bin:/usr/bin:/bin");
  const Result<Output> output = run_to_end(spec, patience);
  if (!output) return output.error();
  if (output->exit.code == 0 && output->exit.signal == 0) return {};
  return Error{"start",
               fmt::format("{} could not be prepared; {} {} ended with {}:\n{}", kind.kind, program->string(),
                           join(spec.arguments, " "),
                           output->exit.signal != 0 ? fmt::format("signal {}", output->exit.signal)
                                                    : fmt::format("exit code {}", output->exit.code),
                           output->text.substr(0, most_printed)),
               gateway.folder.string()};
}

}  // namespace

Result<void> prepare(const GatewayKind& kind, const Installed& installed, const ProcessSpec& spec,
                     std::chrono::milliseconds patience) {
  for (const std::string& log : kind.logs)
    if (const Result<void> made = make_folder_of(spec.folder / log); !made) return made;
  if (kind.installation)
    for (const std::string& link : kind.installation->links)
      if (const Result<void> made = make_link(installed.home / link, spec.folder / link); !made) return made;
  for (const Preparation& preparation : kind.prepare)
    if (const Result<void> ran = run_one(preparation, kind, installed, spec, patience); !ran) return ran;
  return {};
}

}  // namespace mtls::gateway
