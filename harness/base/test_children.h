// For the tests of children: shell scripts, a folder, and who still lives.
#pragma once

#include <poll.h>
#include <signal.h>

#include <fstream>

#include <gtest/gtest.h>

#include "harness/base/files.h"
#include "harness/base/process.h"
#include "harness/base/text.h"
#include "harness/base/time.h"

namespace mtls::testing_children {

using std::chrono::milliseconds;
using std::chrono::seconds;

inline constexpr seconds long_enough{20};

inline ProcessSpec shell(const std::string& script) {
  return {"/bin/sh", {"-c", script}, {}, {}, {}};
}

inline Output run(const ProcessSpec& spec) {
  Result<Output> output = run_to_end(spec, long_enough);
  EXPECT_TRUE(output) << (output ? "" : to_string(output.error()));
  return output ? *output : Output{};
}

// Zombies do not count: whoever inherits them reaps them when it likes.
inline bool lives(pid_t pid) {
  const Result<std::string> stat = read_file("/proc/" + std::to_string(pid) + "/stat");
  if (!stat) return false;
  const std::size_t close = stat->rfind(')');
  return close != std::string::npos && stat->size() > close + 2 && (*stat)[close + 2] != 'Z';
}

template <class Condition>
bool eventually(Condition condition, milliseconds patience = long_enough) {
  const Deadline deadline(patience);
  while (!condition()) {
    if (deadline.passed()) return false;
    ::poll(nullptr, 0, 5);
  }
  return true;
}

// The numbers that a script wrote, one a line, once there are `count` of them.
inline std::vector<pid_t> pids_in(const std::filesystem::path& file, std::size_t count) {
  std::vector<pid_t> pids;
  eventually([&] {
    pids.clear();
    std::ifstream in(file);
    for (pid_t pid = 0; in >> pid;) pids.push_back(pid);
    return pids.size() >= count;
  });
  EXPECT_EQ(pids.size(), count);
  return pids;
}

// A leader and a grandchild that ignore TERM, and write down who they are.
inline std::string stubborn_script(const std::filesystem::path& file) {
  const std::string quoted = shell_quote(file.string());
  return "trap '' TERM INT QUIT; sleep 1000 & echo $$ >>" + quoted + "; echo $! >>" + quoted +
         "; while :; do wait; done";
}

class ChildTest : public ::testing::Test {
 protected:
  TempDir folder_ = *TempDir::make();
};

}  // namespace mtls::testing_children
