// Facts of the gateway's log, and of the client's own words: what their lines mean by the rule book's patterns.
#include <algorithm>
#include <set>

#include "harness/base/text.h"
#include "harness/diagnose/facts.h"

namespace mtls::diagnose {
namespace {

void add_new(std::vector<std::string>& all, const std::string& one) {
  if (!one.empty() && std::find(all.begin(), all.end(), one) == all.end()) all.push_back(one);
}

// A gateway's log speaks of both of its legs, and the TLS library's words are the same for either: without the
// program's own words around them nothing says that they are about the upstream.
bool leg_is_known(const LinePattern& pattern) {
  return pattern.side != "upstream" || pattern.voice == Voice::program;
}

struct Reading {
  std::vector<std::string> says, upstream_says, verify_errors, depths, upstream_verify_errors, matched, lines;
};

void take(Reading& reading, const LineMatch& match, const std::string& line) {
  const bool upstream = match.pattern->side == "upstream";
  add_new(upstream ? reading.upstream_says : reading.says, match.pattern->says);
  const auto caught = [&](const char* group) {
    const auto found = match.captures.find(group);
    return found == match.captures.end() ? std::string() : found->second;
  };
  add_new(upstream ? reading.upstream_verify_errors : reading.verify_errors, caught("verify"));
  if (!upstream) add_new(reading.depths, caught("depth"));
  if (std::find(reading.matched.begin(), reading.matched.end(), match.pattern->id) != reading.matched.end()) return;
  reading.matched.push_back(match.pattern->id);
  reading.lines.push_back(line);
}

}  // namespace

void gateway_facts(const Observation& observation, const RuleIndex& index, FactSheet& sheet) {
  const GatewayView& gateway = observation.gateway;
  sheet.flag("gateway.alive", gateway.alive);
  sheet.text("gateway.kind", gateway.kind);
  sheet.flag("gateway.log.available", gateway.log_available);
  Reading reading;
  for (const std::string& line : gateway.log) {
    for (const LineMatch& match : read_line(index, line, gateway.kind, {"gateway", "upstream"})) {
      if (leg_is_known(*match.pattern)) take(reading, match, line);
    }
  }
  sheet.list("gateway.log.says", reading.says);
  sheet.list("gateway.log.upstream_says", reading.upstream_says);
  sheet.list("gateway.log.matched", reading.matched);
  sheet.list("gateway.log.line", reading.lines);
  sheet.list("gateway.verify.error", reading.verify_errors);
  sheet.list("gateway.verify.depth", reading.depths);
  sheet.list("gateway.upstream_verify.error", reading.upstream_verify_errors);
}

Names gateway_fact_names() {
  return {"gateway.alive",
          "gateway.kind",
          "gateway.log.available",
          "gateway.log.says",
          "gateway.log.upstream_says",
          "gateway.log.matched",
          "gateway.log.line",
          "gateway.verify.error",
          "gateway.verify.depth",
          "gateway.upstream_verify.error"};
}

void failure_facts(const Observation& observation, const RuleIndex& index, FactSheet& sheet) {
  const ClientView& client = observation.client;
  Reading reading;
  std::vector<std::string> texts{client.failure};
  if (client.curl) texts.push_back(client.curl->message);
  for (const std::string& text : texts) {
    if (text.empty()) continue;
    for (const LineMatch& match : read_line(index, text, "", {"client"})) take(reading, match, text);
  }
  sheet.list("client.failure.says", reading.says);
}

Names failure_fact_names() {
  return {"client.failure.says"};
}

}  // namespace mtls::diagnose
