// Finds a kind's program on this machine and asks it for its version.
#include <cstdlib>

#include <fmt/format.h>

#include "harness/base/files.h"
#include "harness/base/process.h"
#include "harness/base/text.h"
#include "harness/gateway/gateway.h"
#include "harness/gateway/pattern.h"

namespace mtls::gateway {
namespace {

constexpr std::chrono::seconds version_patience{5};

// A path that begins with ~/ lies in the user's home.
std::filesystem::path find_at_home(const std::string& name) {
  if (name.rfind("~/", 0) != 0) return find_program(name);
  const char* home = std::getenv("HOME");
  return home && *home ? find_program(home + name.substr(1)) : std::filesystem::path();
}

std::string how_to_install(const std::string& package) {
  constexpr std::string_view pip = "pip:";
  if (package.empty()) return "";
  if (package.rfind(pip, 0) == 0) return "; install it with: pip install " + package.substr(pip.size());
  return "; install it with: apt-get install " + package;
}

Result<void> has_what_it_needs(const GatewayKind& kind) {
  for (const std::string& file : kind.needs) {
    std::error_code ignored;
    if (!std::filesystem::exists(file, ignored))
      return Error{"find", file + " is missing" + how_to_install(kind.package), kind.kind};
  }
  return {};
}

Result<std::filesystem::path> program_of(const GatewayKind& kind) {
  const char* named = kind.program_variable.empty() ? nullptr : std::getenv(kind.program_variable.c_str());
  if (named && *named) {
    std::filesystem::path program = find_program(named);
    if (!program.empty()) return program;
    return Error{"find", fmt::format("{} names \"{}\", which is no program", kind.program_variable, named), kind.kind};
  }
  for (const std::string& name : kind.programs) {
    std::filesystem::path program = find_at_home(name);
    if (!program.empty()) return program;
  }
  // What was built with this program lies beside it.
  std::error_code failed;
  const std::filesystem::path own = std::filesystem::read_symlink("/proc/self/exe", failed);
  for (const std::string& name : kind.programs) {
    if (failed || name.find('/') != std::string::npos) continue;
    std::filesystem::path program = find_program((own.parent_path() / name).string());
    if (!program.empty()) return program;
  }
  return Error{"find", join(kind.programs, " or ") + " is not installed" + how_to_install(kind.package), kind.kind};
}

}  // namespace

Result<Installed> find(const GatewayKind& kind) {
  Result<std::filesystem::path> program = program_of(kind);
  if (!program) return program.error();
  if (const Result<void> complete = has_what_it_needs(kind); !complete) return complete.error();
  Installed installed{std::move(*program), ""};
  if (kind.version_pattern.empty()) return installed;
  const Result<Pattern> pattern = Pattern::make(kind.version_pattern, kind.kind + ": version_pattern");
  if (!pattern) return pattern.error();
  ProcessSpec spec;
  spec.program = installed.program;
  spec.arguments = kind.version_arguments;
  const Result<Output> output = run_to_end(spec, version_patience);
  if (!output) return output.error();
  installed.version = pattern->group_in(output->text);
  if (!installed.version.empty()) return installed;
  return Error{
      "find",
      fmt::format("{} does not say its version, but: {}", installed.program.string(), sanitise_line(output->text, 400)),
      kind.kind};
}

}  // namespace mtls::gateway
