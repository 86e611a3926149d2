// mtlscheck explain: the page of a cause, the meaning of a pasted text, or what the lines of a log are about.
#include "tools/explain_command.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>

#include <fmt/format.h>

#include "harness/base/text.h"
#include "reports/reports.h"
#include "tools/exit_code.h"
#include "tools/rules.h"
#include "tools/terminal.h"

namespace mtls::tools {
namespace {

constexpr std::size_t longest_text = 1u << 20;
constexpr std::size_t longest_line = 16 * 1024;

struct FileCloser {
  void operator()(std::FILE* file) const {
    if (file != stdin) std::fclose(file);
  }
};
using FilePtr = std::unique_ptr<std::FILE, FileCloser>;

std::string read_stdin() {
  std::string text;
  char buffer[16 * 1024];
  for (std::size_t got; text.size() < longest_text && (got = std::fread(buffer, 1, sizeof buffer, stdin)) > 0;)
    text.append(buffer, got);
  return text;
}

reports::Explained page_of(const Cause& cause) {
  Diagnosis diagnosis;
  diagnosis.code = cause.code;
  diagnosis.confidence = 1;
  diagnosis.party = cause.party;
  diagnosis.cause = cause.cause;
  diagnosis.remedy = cause.remedy;
  diagnosis.remedy_for = cause.remedy_for;
  diagnosis.references = cause.references;
  return {diagnosis, cause.code};
}

int tell(const std::vector<reports::Explained>& matches, const ExplainOptions& options) {
  if (options.json)
    print(reports::write_explanation(matches));
  else
    print(matches.empty() ? "no match\n" : reports::explanation_text(matches, style_of(STDOUT_FILENO)));
  return matches.empty() ? exit_failed : exit_ok;
}

// One word that is nearly a code is a slip of the hand.
void hint(const std::string& text, const diagnose::Rules& rules) {
  if (text.find(' ') != std::string::npos || text.size() > 60) return;
  std::vector<std::string> codes;
  for (const Cause& cause : rules.book().causes) codes.push_back(cause.code);
  const std::string near = nearest(text, codes);
  if (!near.empty()) say("did you mean " + near + "?");
}

int explain_text(const ExplainOptions& options, const diagnose::Rules& rules) {
  const std::string text = options.words == std::vector<std::string>{"-"} ? read_stdin() : join(options.words, " ");
  if (const Cause* page = rules.page(trim(text))) {
    if (options.json) return tell({page_of(*page)}, options);
    print(reports::page_text(*page, style_of(STDOUT_FILENO)));
    return exit_ok;
  }
  std::vector<reports::Explained> matches;
  for (Diagnosis& diagnosis : diagnose::explain(text, "", rules)) matches.push_back({std::move(diagnosis), text});
  if (matches.empty()) hint(text, rules);
  return tell(matches, options);
}

// Lines of any length in bounded memory: what is longer than the limit is judged by its beginning.
class Summary {
 public:
  explicit Summary(const diagnose::Rules& rules) : rules_(rules) {}

  void take(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto end = bytes.find('\n');
      const std::string_view piece = bytes.substr(0, end);
      line_.append(piece.substr(0, std::min(piece.size(), longest_line - line_.size())));
      if (end == std::string_view::npos) return;
      finish_line();
      bytes.remove_prefix(end + 1);
    }
  }

  void finish_line() {
    ++number_;
    if (line_.ends_with('\r')) line_.pop_back();
    if (number_ == 1 && line_.starts_with("\xef\xbb\xbf")) line_.erase(0, 3);
    if (!line_.empty()) judge();
    line_.clear();
  }

  std::vector<reports::Explained> matches() {
    if (!line_.empty()) finish_line();
    std::vector<reports::Explained> all;
    for (auto& [code, one] : by_code_) all.push_back(std::move(one));
    std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.lines > b.lines; });
    return all;
  }

 private:
  void judge() {
    std::vector<Diagnosis> found = diagnose::explain(line_, "", rules_);
    if (found.empty()) return;
    Diagnosis& best = found.front();
    const auto [place, is_new] = by_code_.try_emplace(best.code);
    reports::Explained& one = place->second;
    if (is_new) {
      one.diagnosis = std::move(best);
      one.text = sanitise_line(line_);
      one.first_line = number_;
    } else {
      one.diagnosis.confidence = std::max(one.diagnosis.confidence, best.confidence);
    }
    one.last_line = number_;
    ++one.lines;
  }

  const diagnose::Rules& rules_;
  std::string line_;
  std::size_t number_ = 0;
  std::map<std::string, reports::Explained> by_code_;
};

// What is no text to begin with would only ever give "no match"; empty: it may be text.
std::string no_text(std::string_view begin) {
  if (begin.starts_with("\xff\xfe") || begin.starts_with("\xfe\xff"))
    return "is text in UTF-16; turn it into UTF-8: iconv -f UTF-16 -t UTF-8 FILE | mtlscheck explain --log -";
  if (begin.starts_with("\x1f\x8b")) return "is compressed; unpack it: zcat FILE | mtlscheck explain --log -";
  if (begin.starts_with("\x28\xb5\x2f\xfd"))
    return "is compressed; unpack it: zstdcat FILE | mtlscheck explain --log -";
  return {};
}

int explain_log(const ExplainOptions& options, const diagnose::Rules& rules) {
  std::error_code failed;
  if (std::filesystem::is_directory(options.log, failed))
    return say(sanitise_line(options.log.string()) + ": is a directory; name the log in it"), exit_usage;
  const FilePtr file(options.log == "-" ? stdin : std::fopen(options.log.c_str(), "rb"));
  if (!file) return say(sanitise_line(options.log.string()) + ": cannot be opened for reading"), exit_usage;
  Summary summary(rules);
  char buffer[64 * 1024];
  bool begins = true;
  for (std::size_t got; (got = std::fread(buffer, 1, sizeof buffer, file.get())) > 0; begins = false) {
    if (const std::string why = begins ? no_text({buffer, got}) : ""; !why.empty())
      return say(sanitise_line(options.log.string()) + ": " + why), exit_usage;
    summary.take({buffer, got});
  }
  if (std::ferror(file.get())) return say(sanitise_line(options.log.string()) + ": cannot be read"), exit_usage;
  return tell(summary.matches(), options);
}

}  // namespace

int explain_command(const ExplainOptions& options) {
  const Result<diagnose::Rules> rules = shipped_rules();
  if (!rules) return say(to_string(rules.error())), exit_usage;
  return options.log.empty() ? explain_text(options, *rules) : explain_log(options, *rules);
}

}  // namespace mtls::tools
