// The answer of diagnose as one page that needs nothing else; kainjow's escaping stands in every variable.
#include <algorithm>

#include <fmt/format.h>
#include <kainjow/mustache.hpp>

#include "reports/handshake_drawing.h"
#include "reports/printable.h"
#include "reports/probe_outcome.h"
#include "reports/reports.h"
#include "reports/templates.h"

namespace mtls::reports {
namespace {

using kainjow::mustache::data;

constexpr std::size_t most_drawn = 20;

data text_item(const std::string& text) {
  data item{data::type::object};
  item.set("text", printable_line(text));
  return item;
}

data text_items(const std::vector<std::string>& texts) {
  data list{data::type::list};
  for (const std::string& text : texts) list.push_back(text_item(text));
  return list;
}

// A variable that is absent is an absent section too.
void set_if_any(data& values, const std::string& name, const std::string& text) {
  if (!text.empty()) values.set(name, printable_line(text));
}

std::string actor(Party party) {
  return party == Party::user ? "you" : fmt::format("the {}'s owner", name(party));
}

data diagnosis_values(const Diagnosis& diagnosis, const std::string& kind) {
  data values{data::type::object};
  values.set("code", printable_line(diagnosis.code));
  values.set("percent", fmt::format("{:.0f}", diagnosis.confidence * 100));
  values.set("party", actor(diagnosis.party));
  values.set("cause", printable_line(diagnosis.cause));
  values.set("evidence", text_items(diagnosis.evidence));
  set_if_any(values, "remedy", diagnosis.remedy);
  data special{data::type::list};
  if (const auto found = diagnosis.remedy_for.find(kind); found != diagnosis.remedy_for.end()) {
    data item = text_item(found->second);
    item.set("kind", printable_line(kind));
    special.push_back(item);
  }
  values.set("special", special);
  return values;
}

data probe_values(const ProbeRecord& probe) {
  data values{data::type::object};
  values.set("purpose", printable_line(probe.purpose));
  values.set("version", printable_line(probe.observation.client.handshake.version));
  values.set("outcome", probe_outcome(probe.observation.client));
  return values;
}

data handshake_values(const ProbeRecord& probe) {
  data values{data::type::object};
  values.set("purpose", printable_line(probe.purpose));
  values.set("drawing", printable(draw_handshake(probe.observation.client, most_drawn) +
                                  asked_of_the_client(probe.observation.client.handshake)));
  return values;
}

std::string verdict_word(const Examination& examination) {
  if (examination.healthy) return "HEALTHY";
  return examination.conclusive ? "PROBLEM" : "COULD NOT TELL";
}

data page_values(const Examination& examination, const std::string& kind) {
  data values{data::type::object};
  values.set("verdict", verdict_word(examination));
  values.set("healthy", examination.healthy);
  values.set("open", !examination.healthy && !examination.conclusive);
  values.set("address", printable_line(examination.address));
  if (examination.sni) set_if_any(values, "sni", *examination.sni);
  data diagnoses{data::type::list}, probes{data::type::list}, handshake{data::type::list};
  for (const Diagnosis& one : examination.diagnoses) diagnoses.push_back(diagnosis_values(one, kind));
  for (const ProbeRecord& one : examination.probes) probes.push_back(probe_values(one));
  if (!examination.probes.empty())
    handshake.push_back(
        handshake_values(examination.probes[std::min(examination.decisive, examination.probes.size() - 1)]));
  values.set("diagnoses", diagnoses);
  values.set("probes", probes);
  values.set("handshake", handshake);
  set_if_any(values, "decide_by", examination.decide_by);
  values.set("notes", text_items(examination.notes));
  values.set("tool", MTLSCHECK_VERSION);
  values.set("took", fmt::format("{:.0f}", examination.took_ms));
  return values;
}

}  // namespace

std::string diagnosis_html(const Examination& examination, const std::string& kind) {
  kainjow::mustache::mustache page{std::string(diagnosis_template())};
  return page.render(page_values(examination, kind));
}

}  // namespace mtls::reports
