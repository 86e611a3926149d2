// Writes to the terminal.
#include "tools/terminal.h"

#include <unistd.h>

#include <cstdlib>
#include <string_view>

#include <fmt/format.h>

namespace mtls::tools {
namespace {

bool is_set(const char* variable) {
  const char* value = std::getenv(variable);
  return value && *value;
}

}  // namespace

bool in_ci() {
  return is_set("CI");
}

reports::Style style_of(int descriptor) {
  const char* terminal = std::getenv("TERM");
  const bool dumb = terminal && std::string_view(terminal) == "dumb";
  return {isatty(descriptor) != 0 && !is_set("NO_COLOR") && !dumb, 100};
}

Progress::Progress(bool quiet)
    : quiet_(quiet), live_(!quiet && isatty(STDERR_FILENO) && isatty(STDOUT_FILENO) && !in_ci()) {}

void Progress::finished(const CaseRecord& record, int done, int all) {
  if (quiet_) return;
  if (live_) {
    fmt::print(stderr, "\r\x1b[K{}/{} {}", done, all, record.id);
    std::fflush(stderr);
    shown_ = true;
  } else {
    print(reports::finished(record, style_of(STDOUT_FILENO)));
  }
}

void Progress::end() {
  if (shown_) fmt::print(stderr, "\r\x1b[K");
  shown_ = false;
}

void say(const std::string& message) {
  fmt::print(stderr, "mtlscheck: {}\n", message);
}

void print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  if (!text.empty() && text.back() != '\n') std::fputc('\n', stdout);
}

}  // namespace mtls::tools
