// Child processes: launched in a group of their own, gone when this program is gone, whatever ends it.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/base/result.h"

namespace mtls {

// Bytes that a child may write to one file (RLIMIT_FSIZE): one that floods its log ends by SIGXFSZ before the place is
// full.
constexpr std::uint64_t most_file_bytes = std::uint64_t{3} << 30;

struct ProcessSpec {
  std::filesystem::path program;
  std::vector<std::string> arguments;
  std::filesystem::path folder;                    // working directory; empty: this program's
  std::map<std::string, std::string> environment;  // added to a scrubbed copy of this program's
  std::filesystem::path output;                    // stdout and stderr go there, appended; empty: /dev/null
};

struct Exit {
  int code = 0;  // exit status, where signal is 0
  int signal = 0;
};

// A running process and its group. The destructor ends the whole group.
class Child {
 public:
  Child(Child&&) noexcept;
  Child& operator=(Child&&) noexcept;
  ~Child();

  pid_t pid() const;
  bool running();
  // How it ended, or nothing where it still runs at the deadline.
  std::optional<Exit> wait_for(std::chrono::milliseconds patience);
  // To the group leader alone; gateways hand signals on to their own workers.
  void signal(int number);
  // `number`, then TERM, then KILL to the group; returns when nobody of the group is left.
  // `patience` is the time before each escalation.
  void stop(int number, std::chrono::milliseconds patience);
  // User and system CPU seconds of the reaped process and its reaped children; 0 before it ended.
  double cpu_seconds() const;

 private:
  friend Result<Child> spawn(const ProcessSpec& spec);
  friend Result<struct Output> run_to_end(const ProcessSpec& spec, std::chrono::milliseconds patience);
  struct State;
  explicit Child(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Launched from one long-lived thread, so that PR_SET_PDEATHSIG fires with the program and not with a thread of it.
// Error where the program is missing, is not executable, or exec fails.
Result<Child> spawn(const ProcessSpec& spec);

struct Output {
  Exit exit;
  std::string text;  // stdout and stderr together, sanitised, at most 1 MiB
};

// Runs to its end; an Error where it cannot be started or does not end within `patience` (it is then killed).
Result<Output> run_to_end(const ProcessSpec& spec, std::chrono::milliseconds patience);

}  // namespace mtls
