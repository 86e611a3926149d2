// The end of a run on a terminal: a table, how good the diagnosis was, and the counts.
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "harness/base/text.h"
#include "reports/paint.h"
#include "reports/printable.h"
#include "reports/reports.h"

namespace mtls::reports {

namespace {

// The variants of one scenario on one gateway, or the cases of one topic.
struct Cell {
  std::map<Outcome, int> outcomes;
  int cases = 0;
};

// Which outcome a cell with several stands for: the one that needs most attention.
constexpr std::array by_weight{Outcome::fail, Outcome::error,       Outcome::warn, Outcome::known,
                               Outcome::pass, Outcome::unsupported, Outcome::skip};
static_assert(by_weight.size() == all_outcomes.size());

Outcome worst(const Cell& cell) {
  for (const auto outcome : by_weight) {
    if (cell.outcomes.count(outcome) != 0) return outcome;
  }
  return Outcome::skip;
}

std::string words(const Cell& cell) {
  if (cell.cases == 0) return "-";
  const auto outcome = worst(cell);
  const auto count = cell.outcomes.at(outcome);
  return count == cell.cases ? std::string(name(outcome)) : fmt::format("{} {}/{}", name(outcome), count, cell.cases);
}

void count(Cell& cell, const CaseRecord& record) {
  ++cell.outcomes[record.outcome];
  ++cell.cases;
}

std::vector<std::string> gateways_of(const Report& report) {
  std::vector<std::string> names;
  const auto add = [&](const std::string& gateway) {
    if (std::find(names.begin(), names.end(), gateway) == names.end()) names.push_back(gateway);
  };
  for (const auto& record : report.gateways) add(record.kind);
  for (const auto& record : report.cases) add(record.gateway);
  return names;
}

std::size_t widest(const std::vector<std::string>& texts, std::size_t least) {
  for (const auto& text : texts) least = std::max(least, text.size());
  return least;
}

std::string matrix(const Report& report, const std::vector<std::string>& gateways, const Style& style) {
  std::map<std::string, std::map<std::string, Cell>> rows;
  for (const auto& record : report.cases) count(rows[log_line(record.id)][record.gateway], record);
  std::vector<std::string> ids;
  for (const auto& [id, cells] : rows) ids.push_back(id);
  const auto width = widest(ids, 8);
  auto text = emphasise(fmt::format("{:<{}}", "scenario", width), style);
  for (const auto& gateway : gateways) text += "  " + emphasise(fmt::format("{:<12}", log_line(gateway)), style);
  text += "\n";
  for (auto& [id, cells] : rows) {
    text += fmt::format("{:<{}}", id, width);
    for (const auto& gateway : gateways) {
      const auto& cell = cells[gateway];
      const auto column = fmt::format("{:<{}}", words(cell), std::max<std::size_t>(12, log_line(gateway).size()));
      text += "  " + (cell.cases == 0 ? column : paint(column, worst(cell), style));
    }
    text += "\n";
  }
  return text;
}

std::string topics(const Report& report, const Style& style) {
  std::map<std::string, Cell> rows;
  for (const auto& record : report.cases) count(rows[log_line(topic_of(record.id))], record);
  std::vector<std::string> names;
  for (const auto& [topic, cell] : rows) names.push_back(topic);
  const auto width = widest(names, 5);
  auto text = emphasise(fmt::format("{:<{}}  {:>6}", "topic", width, "cases"), style);
  for (const auto outcome : all_outcomes) text += emphasise(fmt::format("  {:>5}", name(outcome)), style);
  text += "\n";
  for (auto& [topic, cell] : rows) {
    text += fmt::format("{:<{}}  {:>6}", topic, width, cell.cases);
    for (const auto outcome : all_outcomes) {
      const int number = cell.outcomes[outcome];
      const auto column = fmt::format("  {:>{}}", number == 0 ? std::string("-") : std::to_string(number),
                                      std::max<std::size_t>(5, name(outcome).size()));
      text += number == 0 ? column : paint(column, outcome, style);
    }
    text += "\n";
  }
  return text;
}

std::string counts(const Summary& summary, const Style& style) {
  std::vector<std::string> parts;
  for (const auto outcome : all_outcomes) {
    const int number = summary.outcomes.at(outcome);
    if (number != 0) parts.push_back(paint(fmt::format("{} {}", number, name(outcome)), outcome, style));
  }
  return fmt::format("{} case{}{}{}", summary.cases, summary.cases == 1 ? "" : "s", parts.empty() ? "" : ": ",
                     join(parts, ", "));
}

std::string accuracy(const Summary& summary) {
  if (summary.diagnosis_expected == 0) return "";
  return fmt::format("diagnosis: {} of {} planted causes named, {} of them first\n", summary.diagnosis_correct,
                     summary.diagnosis_expected, summary.diagnosis_first);
}

}  // namespace

std::string closing(const Report& report, const Style& style) {
  const auto summary = summarise(report);
  const auto gateways = gateways_of(report);
  std::string text;
  if (!report.cases.empty())
    text += (gateways.size() > 1 ? matrix(report, gateways, style) : topics(report, style)) + "\n";
  for (const auto& gateway : report.gateways) {
    if (!gateway.trouble.empty()) text += fmt::format("{}: {}\n", log_line(gateway.kind), log_line(gateway.trouble));
  }
  text += accuracy(summary);
  text += fmt::format("{}  in {:.1f} s\n", counts(summary, style), milliseconds(report.duration_ms) / 1000);
  if (!report.complete) text += "this report is incomplete: not every case ran\n";
  return text;
}

}  // namespace mtls::reports
