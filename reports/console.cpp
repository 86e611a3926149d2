// Lines for a terminal: one for each finished case, and what a case needs that did not simply pass.
#include <fmt/format.h>

#include "reports/account.h"
#include "reports/paint.h"
#include "reports/printable.h"
#include "reports/reports.h"

namespace mtls::reports {

namespace {

std::string title(const CaseRecord& record) {
  const auto variant = variant_text(record.variant);
  return log_line(record.id) + (variant.empty() ? "" : " [" + log_line(variant) + "]");
}

bool explained(Outcome outcome) {
  switch (outcome) {
    case Outcome::warn:
    case Outcome::fail:
    case Outcome::error: return true;
    case Outcome::pass:
    case Outcome::known:
    case Outcome::unsupported:
    case Outcome::skip: return false;
  }
  return false;
}

}  // namespace

std::string finished(const CaseRecord& record, const Style& style) {
  auto line =
      fmt::format("{}  {}  {}  {:.0f} ms", paint(fmt::format("{:<11}", name(record.outcome)), record.outcome, style),
                  log_line(record.gateway), title(record), milliseconds(record.took_ms));
  if (record.outcome != Outcome::pass && !record.reason.empty()) line += "  " + log_line(record.reason);
  return line + "\n";
}

std::string detail(const CaseRecord& record, const Style& style) {
  if (!explained(record.outcome)) return "";
  auto text = fmt::format("{}  {}  {}\n", paint(std::string(name(record.outcome)), record.outcome, style),
                          log_line(record.gateway), title(record));
  for (const auto& entry : account(record)) {
    text += fmt::format("  {} {}\n", dim(fmt::format("{:<10}", entry.label), style), entry.text);
  }
  return text;
}

}  // namespace mtls::reports
