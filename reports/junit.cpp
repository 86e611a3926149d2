// JUnit XML in the profile that Jenkins, GitLab, GitHub actions and Azure all read (CONTRACT 6).
#include <map>
#include <set>
#include <sstream>

#include <fmt/format.h>
#include <pugixml.hpp>

#include "harness/base/text.h"
#include "harness/base/time.h"
#include "reports/account.h"
#include "reports/printable.h"
#include "reports/reports.h"

namespace mtls::reports {

namespace {

constexpr std::size_t name_limit = 180;
constexpr std::size_t output_limit = 60 * 1024;

struct Suite {
  std::string gateway;
  std::string topic;
  std::vector<const CaseRecord*> cases;
};

struct Counts {
  int tests = 0, failures = 0, errors = 0, skipped = 0;
  double ms = 0;
};

std::vector<Suite> suites_of(const Report& report) {
  std::map<std::pair<std::string, std::string>, Suite> suites;
  for (const auto& record : report.cases) {
    auto& suite = suites[{record.gateway, topic_of(record.id)}];
    suite.gateway = record.gateway;
    suite.topic = topic_of(record.id);
    suite.cases.push_back(&record);
  }
  std::vector<Suite> list;
  for (auto& [key, suite] : suites) list.push_back(std::move(suite));
  return list;
}

Counts count(const std::vector<const CaseRecord*>& cases) {
  Counts counts;
  for (const auto* record : cases) {
    ++counts.tests;
    counts.ms += milliseconds(record->took_ms);
    switch (record->outcome) {
      case Outcome::pass:
      case Outcome::warn: break;
      case Outcome::fail: ++counts.failures; break;
      case Outcome::error: ++counts.errors; break;
      case Outcome::known:
      case Outcome::unsupported:
      case Outcome::skip: ++counts.skipped; break;
    }
  }
  return counts;
}

std::string seconds(double ms) {
  return fmt::format("{:.3f}", milliseconds(ms) / 1000);
}

// Readers take the zone as UTC and do not want it said.
std::string timestamp(const Report& report) {
  return utc(report.started_ms / 1000).substr(0, 19);
}

// Dots split packages in Jenkins.
std::string package_part(const std::string& text) {
  auto part = printable_line(text, name_limit);
  for (auto& c : part) {
    if (c == '.' || c == '/' || c == ' ') c = '-';
  }
  return part;
}

void set(pugi::xml_node node, const char* key, const std::string& value) {
  node.append_attribute(key).set_value(value.c_str());
}

void set_counts(pugi::xml_node node, const Counts& counts) {
  set(node, "tests", std::to_string(counts.tests));
  set(node, "failures", std::to_string(counts.failures));
  set(node, "errors", std::to_string(counts.errors));
  set(node, "skipped", std::to_string(counts.skipped));
  set(node, "time", seconds(counts.ms));
}

// GitLab keeps only the first of equal names.
std::string unique_name(const CaseRecord& record, std::set<std::string>& taken) {
  const auto variant = variant_text(record.variant);
  const auto name = printable_line(name_of(record.id) + (variant.empty() ? "" : " [" + variant + "]"), name_limit);
  auto unique = name;
  for (int n = 2; !taken.insert(unique).second; ++n) unique = fmt::format("{} #{}", name, n);
  return unique;
}

void add_property(pugi::xml_node properties, const char* name, const std::string& value) {
  if (value.empty()) return;
  auto property = properties.append_child("property");
  set(property, "name", name);
  set(property, "value", printable_line(value));
}

void add_properties(pugi::xml_node node, const CaseRecord& record) {
  auto properties = node.append_child("properties");
  add_property(properties, "scenario", record.id);
  add_property(properties, "outcome", std::string(name(record.outcome)));
  add_property(properties, "level", std::string(name(record.level)));
  add_property(properties, "references", join(record.references, ", "));
  add_property(properties, "controls", join(record.controls, ", "));
}

// The one child that says how it ended; a case that passed or warned has none.
void add_outcome(pugi::xml_node node, const CaseRecord& record, const std::string& text) {
  const char* tag = nullptr;
  switch (record.outcome) {
    case Outcome::pass:
    case Outcome::warn: return;
    case Outcome::fail: tag = "failure"; break;
    case Outcome::error: tag = "error"; break;
    case Outcome::known:
    case Outcome::unsupported:
    case Outcome::skip: tag = "skipped"; break;
  }
  const auto outcome = std::string(name(record.outcome));
  const auto* said = record.outcome == Outcome::known         ? "known deviation: "
                     : record.outcome == Outcome::unsupported ? "unsupported: "
                                                              : "";
  auto child = node.append_child(tag);
  set(child, "message", printable_line(said + (record.reason.empty() ? outcome : record.reason), 1000));
  set(child, "type", printable_line(record.reason_code.empty() ? outcome : record.reason_code, name_limit));
  child.text().set(text.c_str());
}

// Head and tail of a text that is too long for a reader's limits.
std::string cut_to(const std::string& text, std::size_t limit) {
  if (text.size() <= limit) return text;
  const auto left_out = fmt::format("\n[{} bytes left out; report.json has them]\n", text.size() - limit);
  return printable(text.substr(0, limit / 2) + left_out + text.substr(text.size() - limit / 2), limit + 1024);
}

// What was seen, for those who read on: handshake and log of each step.
std::string evidence(const CaseRecord& record) {
  std::string text;
  for (const auto& step : record.steps) {
    text += "step: " + log_line(step.title) + "\n";
    for (std::size_t i = 0; i < step.observation.client.timeline.size() && i < bounds.lines; ++i) {
      const auto& entry = step.observation.client.timeline[i];
      text += fmt::format("timeline: {:>8} us {} {} {}\n", entry.us, log_line(entry.from), log_line(entry.record),
                          log_line(entry.detail));
    }
    for (std::size_t i = 0; i < step.observation.gateway.log.size() && i < bounds.lines; ++i) {
      text += "log: " + log_line(step.observation.gateway.log[i]) + "\n";
    }
  }
  return text;
}

void add_case(pugi::xml_node suite, const CaseRecord& record, const std::string& classname,
              std::set<std::string>& taken) {
  auto node = suite.append_child("testcase");
  set(node, "classname", classname);
  set(node, "name", unique_name(record, taken));
  set(node, "time", seconds(record.took_ms));
  set(node, "file", printable_line(record.file));
  set(node, "line", std::to_string(record.line));
  add_properties(node, record);
  if (record.outcome == Outcome::pass) return;
  const auto text = cut_to(plain(account(record)), output_limit);
  add_outcome(node, record, text);
  const auto seen = evidence(record);
  const auto output = cut_to(record.outcome == Outcome::warn ? text + seen : seen, output_limit);
  if (!output.empty()) node.append_child("system-out").text().set(output.c_str());
}

void add_suite(pugi::xml_node root, const Suite& suite, const Report& report) {
  auto node = root.append_child("testsuite");
  set(node, "name", printable_line(suite.topic + " @ " + suite.gateway, name_limit));
  set(node, "id", package_part(suite.gateway) + "." + package_part(suite.topic));
  set_counts(node, count(suite.cases));
  set(node, "timestamp", timestamp(report));
  set(node, "hostname", "localhost");
  const auto classname = "mtlscheck." + package_part(suite.gateway) + "." + package_part(suite.topic);
  std::set<std::string> taken;
  for (const auto* record : suite.cases) add_case(node, *record, classname, taken);
}

}  // namespace

std::string write_junit(const Report& report) {
  pugi::xml_document document;
  auto declaration = document.append_child(pugi::node_declaration);
  set(declaration, "version", "1.0");
  set(declaration, "encoding", "UTF-8");
  auto root = document.append_child("testsuites");
  set(root, "name", "mtlscheck");
  std::vector<const CaseRecord*> all;
  for (const auto& record : report.cases) all.push_back(&record);
  set_counts(root, count(all));
  set(root, "timestamp", timestamp(report));
  for (const auto& suite : suites_of(report)) add_suite(root, suite, report);
  std::ostringstream out;
  document.save(out, "  ", pugi::format_indent, pugi::encoding_utf8);
  return out.str();
}

}  // namespace mtls::reports
