// Reads the process table for a gateway's workers and strays.
#include "harness/gateway/workers.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <fstream>
#include <map>
#include <string>

#include "harness/base/time.h"

namespace mtls::gateway {
namespace {

constexpr std::chrono::milliseconds start_patience{1000};

// The fourth field of /proc/PID/stat; the second one, in parentheses, may hold anything.
pid_t parent_of(const std::filesystem::path& process) {
  std::ifstream file(process / "stat");
  std::string text;
  std::getline(file, text);
  const std::size_t end = text.rfind(") ");
  if (end == std::string::npos || end + 4 >= text.size()) return 0;
  pid_t parent = 0;
  std::from_chars(text.data() + end + 4, text.data() + text.size(), parent);
  return parent;
}

template <class Use>
void each_process(const Use& use) {
  std::error_code failed;
  std::filesystem::directory_iterator entries("/proc", failed);
  for (; !failed && entries != std::filesystem::directory_iterator(); entries.increment(failed)) {
    const std::string name = entries->path().filename().string();
    pid_t pid = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (error == std::errc() && end == name.data() + name.size()) use(pid, parent_of(entries->path()));
  }
}

bool lies_in(const std::filesystem::path& link, const std::filesystem::path& folder) {
  std::error_code failed;
  const std::string target = std::filesystem::read_symlink(link, failed).string();
  return !failed && (target == folder.string() || target.rfind(folder.string() + "/", 0) == 0);
}

bool works_in(pid_t pid, const std::filesystem::path& folder) {
  const std::filesystem::path process = "/proc/" + std::to_string(pid);
  if (lies_in(process / "cwd", folder)) return true;
  std::error_code failed;
  std::filesystem::directory_iterator entries(process / "fd", failed);
  for (; !failed && entries != std::filesystem::directory_iterator(); entries.increment(failed))
    if (lies_in(entries->path(), folder)) return true;
  return false;
}

// Between its start and its exec a child of ours still holds a copy of every file that we have open, and works nowhere
// yet. To be asked first: whoever runs another program holds nothing of ours any more.
bool is_not_yet_itself(pid_t pid) {
  std::error_code failed;
  return std::filesystem::equivalent("/proc/" + std::to_string(pid) + "/exe", "/proc/self/exe", failed) && !failed;
}

}  // namespace

std::set<pid_t> children_of(pid_t parent) {
  std::set<pid_t> children;
  each_process([&](pid_t pid, pid_t its_parent) {
    if (its_parent == parent) children.insert(pid);
  });
  return children;
}

std::set<pid_t> family_of(const std::vector<pid_t>& leaders) {
  std::multimap<pid_t, pid_t> children;
  each_process([&](pid_t pid, pid_t parent) { children.emplace(parent, pid); });
  std::set<pid_t> family(leaders.begin(), leaders.end());
  std::vector<pid_t> to_ask = leaders;
  while (!to_ask.empty()) {
    const auto [first, last] = children.equal_range(to_ask.back());
    to_ask.pop_back();
    for (auto child = first; child != last; ++child)
      if (family.insert(child->second).second) to_ask.push_back(child->second);
  }
  return family;
}

void end_strays(const std::filesystem::path& folder) {
  const Deadline deadline(start_patience);
  // A stray's own children become ours when it ends, so one look is not enough.
  for (bool found = true; found && !deadline.passed();) {
    found = false;
    for (const pid_t pid : children_of(::getpid())) {
      if (is_not_yet_itself(pid) || !works_in(pid, folder)) continue;
      found = true;
      ::kill(pid, SIGKILL);
      ::waitpid(pid, nullptr, 0);
    }
  }
}

}  // namespace mtls::gateway
