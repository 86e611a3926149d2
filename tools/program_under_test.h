// The built program, run as a user runs it; for tests.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace mtls::tools {

struct Ran {
  int code = -1;     // exit status; -1 where it was killed or did not end
  std::string text;  // stdout and stderr
};

// In `folder` (empty: a fresh one each time), with the environment of the test and what is given.
Ran mtlscheck(const std::vector<std::string>& arguments, const std::filesystem::path& folder = {},
              const std::map<std::string, std::string>& environment = {},
              std::chrono::seconds patience = std::chrono::seconds(120));

bool nginx_is_installed();

// How many processes of this machine have `word` in their command line.
int processes_with(const std::string& word);

}  // namespace mtls::tools
