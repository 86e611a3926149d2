// GitHub Actions: annotations for stdout, and the step summary in Markdown; nothing a peer said becomes a command.
#include <map>

#include <fmt/format.h>

#include "harness/base/text.h"
#include "reports/account.h"
#include "reports/printable.h"
#include "reports/reports.h"

namespace mtls::reports {

namespace {

constexpr std::size_t annotations_of_a_kind = 9;  // ten of a kind are shown per step; the tenth says how many more
constexpr std::size_t summary_limit = 900 * 1024;

std::string replaced(const std::string& text, const std::map<char, std::string>& by) {
  std::string out;
  for (const char c : text) {
    const auto found = by.find(c);
    out += found == by.end() ? std::string(1, c) : found->second;
  }
  return out;
}

// The runner's own escapes for the data and for the properties of a command.
std::string command_data(const std::string& text) {
  return replaced(printable(text), {{'%', "%25"}, {'\r', "%0D"}, {'\n', "%0A"}});
}

std::string property(const std::string& text) {
  return replaced(printable_line(text, 400), {{'%', "%25"}, {'\r', "%0D"}, {'\n', "%0A"}, {':', "%3A"}, {',', "%2C"}});
}

// Text that is neither markup nor a link nor a mention, in a cell as in an HTML block.
std::string escaped(const std::string& text) {
  static const std::map<char, std::string> entities{
      {'&', "&amp;"}, {'<', "&lt;"},  {'>', "&gt;"},  {'"', "&quot;"}, {'|', "&#124;"}, {'`', "&#96;"}, {'*', "&#42;"},
      {'_', "&#95;"}, {'[', "&#91;"}, {']', "&#93;"}, {'~', "&#126;"}, {'\\', "&#92;"}, {':', "&#58;"}, {'@', "&#64;"},
      {'#', "&#35;"}, {'!', "&#33;"}, {'(', "&#40;"}, {')', "&#41;"},  {'$', "&#36;"}};
  auto text_of = replaced(text, entities);
  // "www." alone is made a link.
  for (auto at = text_of.find("www."); at != std::string::npos; at = text_of.find("www.", at))
    text_of.replace(at, 4, "www&#46;");
  return text_of;
}

std::string cell(const std::string& text) {
  return escaped(printable_line(text, 1000));
}

std::string case_name(const CaseRecord& record) {
  const auto variant = variant_text(record.variant);
  return record.id + (variant.empty() ? "" : " [" + variant + "]") + " @ " + record.gateway;
}

std::string annotation(const CaseRecord& record, const char* kind) {
  return fmt::format("::{} file={},line={},title={}::{}\n", kind, property(record.file), record.line,
                     property(case_name(record)), command_data(plain(account(record))));
}

std::string table(const std::vector<const CaseRecord*>& cases) {
  std::string text = "| outcome | gateway | scenario | reason |\n|---|---|---|---|\n";
  for (const auto* record : cases) {
    const auto variant = variant_text(record->variant);
    text += fmt::format("| {} | {} | {} | {} |\n", name(record->outcome), cell(record->gateway),
                        cell(record->id + (variant.empty() ? "" : " [" + variant + "]")), cell(record->reason));
  }
  return text;
}

std::string folded(const CaseRecord& record) {
  return fmt::format("<details><summary>{}: {}</summary>\n\n<pre>\n{}</pre>\n\n</details>\n\n", name(record.outcome),
                     cell(case_name(record)), escaped(plain(account(record))));
}

std::string headline(const Report& report, const Summary& summary) {
  auto text = fmt::format("## mtlscheck: {}\n\n", summary.outcomes.at(Outcome::fail) != 0    ? "failed"
                                                  : summary.outcomes.at(Outcome::error) != 0 ? "could not tell"
                                                  : summary.cases == 0                       ? "nothing ran"
                                                                                             : "passed");
  std::vector<std::string> parts;
  for (const auto outcome : all_outcomes) {
    if (summary.outcomes.at(outcome) != 0)
      parts.push_back(fmt::format("{} {}", summary.outcomes.at(outcome), name(outcome)));
  }
  text += fmt::format("{} cases: {}\n\n", summary.cases, join(parts, ", "));
  if (summary.diagnosis_expected != 0) {
    text += fmt::format("Diagnosis: {} of {} planted causes named, {} of them first.\n\n", summary.diagnosis_correct,
                        summary.diagnosis_expected, summary.diagnosis_first);
  }
  if (!report.complete) text += "**This report is incomplete: not every case ran.**\n\n";
  return text;
}

std::string gateways(const Report& report) {
  if (report.gateways.empty()) return "";
  std::string text = "| gateway | version | trouble |\n|---|---|---|\n";
  for (const auto& gateway : report.gateways) {
    text += fmt::format("| {} | {} | {} |\n", cell(gateway.kind), cell(gateway.version), cell(gateway.trouble));
  }
  return text + "\n";
}

// GitHub drops a whole summary that is over its limit, so that what matters least is left out instead.
bool append(std::string& text, const std::string& part) {
  if (text.size() + part.size() > summary_limit) return false;
  text += part;
  return true;
}

}  // namespace

std::string github_annotations(const Report& report) {
  std::map<Outcome, const char*> kinds{{Outcome::fail, "error"}, {Outcome::error, "error"}, {Outcome::warn, "warning"}};
  std::map<std::string, std::size_t> printed;
  std::string text;
  for (const auto* record : troubled(report)) {
    const auto* kind = kinds.at(record->outcome);
    if (++printed[kind] <= annotations_of_a_kind) text += annotation(*record, kind);
  }
  for (const auto& [kind, number] : printed) {
    if (number <= annotations_of_a_kind) continue;
    text += fmt::format("::{} title=mtlscheck::{} more, see the summary\n", kind, number - annotations_of_a_kind);
  }
  return text;
}

std::string github_summary(const Report& report) {
  auto text = headline(report, summarise(report)) + gateways(report);
  const auto cases = troubled(report);
  std::size_t left_out = 0;
  if (!cases.empty() && !append(text, "### What needs attention\n\n" + table(cases) + "\n")) ++left_out;
  for (const auto* record : cases) left_out += append(text, folded(*record)) ? 0 : 1;
  std::vector<const CaseRecord*> rest;
  for (const auto& record : report.cases) {
    if (record.outcome != Outcome::fail && record.outcome != Outcome::error && record.outcome != Outcome::warn)
      rest.push_back(&record);
  }
  if (!rest.empty() && !append(text, "<details><summary>all others</summary>\n\n" + table(rest) + "\n</details>\n"))
    ++left_out;
  if (left_out != 0) text += fmt::format("\n{} parts left out; report.json has them.\n", left_out);
  return text;
}

}  // namespace mtls::reports
