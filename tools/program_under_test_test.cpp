// Runs the program and looks at processes, for the tests beside it.
#include "tools/program_under_test.h"

#include <algorithm>
#include <cctype>

#include "harness/base/files.h"
#include "harness/base/process.h"

namespace mtls::tools {

Ran mtlscheck(const std::vector<std::string>& arguments, const std::filesystem::path& folder,
              const std::map<std::string, std::string>& environment, std::chrono::seconds patience) {
  auto fresh = TempDir::make();
  if (!fresh) return {-1, to_string(fresh.error())};
  ProcessSpec spec;
  spec.program = MTLSCHECK_PROGRAM;
  spec.arguments = arguments;
  spec.folder = folder.empty() ? fresh->path() : folder;
  spec.environment = environment;
  const Result<Output> output = run_to_end(spec, patience);
  if (!output) return {-1, to_string(output.error())};
  return {output->exit.signal ? -1 : output->exit.code, output->text};
}

bool nginx_is_installed() {
  return !find_program("nginx").empty();
}

int processes_with(const std::string& word) {
  int count = 0;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", failed)) {
    const std::string pid = entry.path().filename();
    if (!std::all_of(pid.begin(), pid.end(), [](unsigned char c) { return std::isdigit(c); })) continue;
    const auto words = read_file(entry.path() / "cmdline");
    if (words && words->find(word) != std::string::npos) ++count;
  }
  return count;
}

}  // namespace mtls::tools
