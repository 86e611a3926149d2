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
  constexpr std::string_view pip = "pip:", page = "https://";
  if (package.empty()) return "";
  if (package.rfind(pip, 0) == 0) return "; install it with: pip install " + package.substr(pip.size());
  if (package.rfind(page, 0) == 0) return "; how to install it: " + package;
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

Result<std::filesystem::path> home_of(const GatewayKind& kind) {
  if (!kind.installation) return std::filesystem::path();
  const Installation& wanted = *kind.installation;
  const auto is_one = [&](const std::filesystem::path& folder) {
    std::error_code failed;
    return std::filesystem::is_regular_file(folder / wanted.version_file, failed);
  };
  const char* named = wanted.variable.empty() ? nullptr : std::getenv(wanted.variable.c_str());
  if (named && *named) {
    if (is_one(named)) return std::filesystem::absolute(named);
    return Error{"find", fmt::format("{} names \"{}\", which holds no {}", wanted.variable, named, wanted.version_file),
                 kind.kind};
  }
  for (const std::string& folder : wanted.folders)
    if (is_one(folder)) return std::filesystem::path(folder);
  return Error{"find",
               fmt::format("{} is not installed in {}{}{}", kind.title, join(wanted.folders, " or "),
                           wanted.variable.empty() ? "" : "; " + wanted.variable + " names another folder",
                           how_to_install(kind.package)),
               kind.kind};
}

std::string first_line_of(const std::string& text) {
  for (const std::string& line : split(text, '\n'))
    if (!trim(line).empty()) return sanitise_line(trim(line), 200);
  return "nothing";
}

// Whoever named a program that turns out to be another one is told by what.
Error about(const std::filesystem::path& source, const std::string& what, const GatewayKind& kind) {
  const char* named = kind.program_variable.empty() ? nullptr : std::getenv(kind.program_variable.c_str());
  const std::string by = named && *named && !kind.installation ? kind.program_variable + " names " : "";
  return {"find", by + source.string() + ", which " + what, kind.kind};
}

// By their numbers: "3.9.1" is older than "3.13".
bool is_older(const std::string& version, const std::string& least) {
  const std::vector<std::string> has = split(version, '.'), needs = split(least, '.');
  for (std::size_t n = 0; n < needs.size(); ++n) {
    const int left = n < has.size() ? std::atoi(has[n].c_str()) : 0;
    const int right = std::atoi(needs[n].c_str());
    if (left != right) return left < right;
  }
  return false;
}

// What the program prints about itself; empty where nobody wants to know.
Result<std::string> words_of(const GatewayKind& kind, const std::filesystem::path& program) {
  if (kind.program_must_say.empty() && (kind.installation || kind.version_pattern.empty())) return std::string();
  ProcessSpec spec;
  spec.program = program;
  spec.arguments = kind.version_arguments;
  Result<Output> output = run_to_end(spec, version_patience);
  if (!output) return about(program, "cannot be asked for its version: " + output.error().what, kind);
  if (kind.program_must_say.empty()) return std::move(output->text);
  const Result<Pattern> must = Pattern::make(kind.program_must_say, kind.kind + ": program_must_say");
  if (!must) return must.error();
  if (must->found_in(output->text)) return std::move(output->text);
  return about(program,
               fmt::format("is not the one that {} needs: it does not say {}", kind.title, kind.program_must_say),
               kind);
}

}  // namespace

Result<Installed> find(const GatewayKind& kind) {
  Result<std::filesystem::path> home = home_of(kind);
  if (!home) return home.error();
  Result<std::filesystem::path> program = program_of(kind);
  if (!program) return program.error();
  if (const Result<void> complete = has_what_it_needs(kind); !complete) return complete.error();
  Installed installed{std::move(*program), "", std::move(*home)};
  Result<std::string> words = words_of(kind, installed.program);
  if (!words) return words.error();
  if (kind.version_pattern.empty()) return installed;
  const Result<Pattern> pattern = Pattern::make(kind.version_pattern, kind.kind + ": version_pattern");
  if (!pattern) return pattern.error();
  std::filesystem::path source = installed.program;
  if (kind.installation) {
    source = installed.home / kind.installation->version_file;
    words = read_file(source);
    if (!words) return words.error();
  }
  installed.version = pattern->group_in(*words);
  if (installed.version.empty())
    return about(source, fmt::format("does not say a version of {}, but: {}", kind.title, first_line_of(*words)), kind);
  if (kind.installation && is_older(installed.version, kind.installation->least_version))
    return Error{
        "find",
        fmt::format("{} in {} is version {}, and {} is the first that can be driven", kind.title,
                    installed.home.string(), sanitise_line(installed.version), kind.installation->least_version),
        kind.kind};
  return installed;
}

}  // namespace mtls::gateway
