// Writes each line with one call, so that threads and processes do not mix theirs.
#include "reference/log.h"

#include <unistd.h>

#include <algorithm>

#include "harness/base/text.h"

namespace mtls::reference {
namespace {

constexpr std::size_t longest_line = 3 * 1024;
constexpr std::size_t longest_quote = 512;

void write_line(const std::string& line) {
  const std::string whole = line + "\n";
  // A log that cannot be written is no reason to stop serving.
  [[maybe_unused]] const ssize_t written = ::write(STDOUT_FILENO, whole.data(), whole.size());
}

}  // namespace

void log_client(const std::string& client, std::string_view words) {
  write_line(client + " " + sanitise_line(words, longest_line));
}

void log_notice(std::string_view words) {
  write_line("notice: " + sanitise_line(words, longest_line));
}

void log_alert(std::string_view words) {
  write_line("alert: " + sanitise_line(words, longest_line));
}

std::string in_quotes(std::string_view foreign) {
  std::string text = sanitise_line(foreign, longest_quote);
  std::replace(text.begin(), text.end(), '"', '\'');
  return "\"" + text + "\"";
}

}  // namespace mtls::reference
