// The answers of diagnose and explain for people.
#include <algorithm>

#include <fmt/format.h>

#include "reports/handshake_drawing.h"
#include "reports/paint.h"
#include "reports/printable.h"
#include "reports/reports.h"

namespace mtls::reports {
namespace {

constexpr std::size_t most_evidence = 5;
constexpr std::size_t most_flights = 8;
constexpr std::size_t most_others = 2;
constexpr std::size_t most_notes = 3;
constexpr std::size_t line_limit = 240;

int percent(double confidence) {
  return static_cast<int>(confidence * 100 + 0.5);
}

std::string who_acts(Party party) {
  switch (party) {
    case Party::client: return "the client's owner acts";
    case Party::gateway: return "the gateway's owner acts";
    case Party::upstream: return "the upstream's owner acts";
    case Party::network: return "the network's owner acts";
    case Party::user: return "you act";
  }
  return {};
}

std::string line(const std::string& text) {
  return printable_line(text, line_limit);
}

std::string verdict(const Examination& examination, const Style& style) {
  const std::string at = line(examination.address) + (examination.sni ? " (" + line(*examination.sni) + ")" : "");
  if (examination.healthy) return paint("HEALTHY", Outcome::pass, style) + "  " + at + "\n";
  if (examination.diagnoses.empty())
    return paint("COULD NOT TELL", Outcome::error, style) + "  " + at + ": what was seen fits no known cause\n";
  const Diagnosis& first = examination.diagnoses.front();
  const std::string word =
      examination.conclusive ? paint("PROBLEM", Outcome::fail, style) : paint("COULD NOT TELL", Outcome::error, style);
  return fmt::format("{}  {}: {} ({} %), {}\n", word, at, emphasise(line(first.code), style), percent(first.confidence),
                     who_acts(first.party));
}

std::string remedy(const Diagnosis& diagnosis, const std::string& kind) {
  std::string text = "Remedy: " + line(diagnosis.remedy) + "\n";
  const auto special = diagnosis.remedy_for.find(kind);
  if (special != diagnosis.remedy_for.end()) text += "  " + kind + ": " + line(special->second) + "\n";
  return text;
}

std::string reasons(const Diagnosis& diagnosis) {
  std::string text = line(diagnosis.cause) + "\n";
  for (std::size_t i = 0; i < diagnosis.evidence.size() && i < most_evidence; ++i)
    text += "  - " + line(diagnosis.evidence[i]) + "\n";
  return text;
}

std::string others(const Examination& examination) {
  std::string text;
  const auto& all = examination.diagnoses;
  for (std::size_t i = 1; i < all.size() && i <= most_others; ++i)
    text += fmt::format("Or: {} ({} %): {}\n", line(all[i].code), percent(all[i].confidence), line(all[i].cause));
  if (!examination.decide_by.empty()) text += "To decide: " + line(examination.decide_by) + "\n";
  return text;
}

std::string probe_line(const ProbeRecord& probe) {
  const ClientView& client = probe.observation.client;
  std::string came_of_it = "no connection";
  if (client.http)
    came_of_it = fmt::format("HTTP {}", client.http->status);
  else if (client.alert_received && client.alert_received->fatal)
    came_of_it = fmt::format("alert {}({})", client.alert_received->name, client.alert_received->number);
  else if (client.alert_sent && client.alert_sent->fatal)
    came_of_it = fmt::format("broken off by the client with alert {}", client.alert_sent->name);
  else if (!client.failure.empty())
    came_of_it = line(client.failure);
  const std::string version = client.handshake.version.empty() ? "" : "TLS " + client.handshake.version + ", ";
  return fmt::format("  {}: {}{}\n", line(probe.purpose), version, came_of_it);
}

std::string probes(const Examination& examination, const Style& style) {
  if (examination.probes.empty()) return "Nothing was sent.\n";
  const ProbeRecord& decisive = examination.probes[std::min(examination.decisive, examination.probes.size() - 1)];
  std::string text = dim("Handshake " + line(decisive.purpose), style) + "\n";
  text += draw_handshake(decisive.observation.client, most_flights);
  text += dim(fmt::format("Probes ({}, {:.0f} ms)", examination.probes.size(), examination.took_ms), style) + "\n";
  for (const ProbeRecord& probe : examination.probes) text += probe_line(probe);
  return text;
}

}  // namespace

std::string diagnosis_text(const Examination& examination, const std::string& kind, const Style& style) {
  std::string text = verdict(examination, style);
  if (!examination.diagnoses.empty()) {
    text += reasons(examination.diagnoses.front());
    if (!examination.healthy) text += remedy(examination.diagnoses.front(), kind);
  }
  text += others(examination);
  for (std::size_t i = 0; i < examination.notes.size() && i < most_notes; ++i)
    text += "Note: " + line(examination.notes[i]) + "\n";
  return text + probes(examination, style);
}

std::string explanation_text(const std::vector<Explained>& matches, const Style& style) {
  std::string text;
  for (const Explained& one : matches) {
    const Diagnosis& diagnosis = one.diagnosis;
    text += fmt::format("{} ({} %), {}", emphasise(line(diagnosis.code), style), percent(diagnosis.confidence),
                        who_acts(diagnosis.party));
    if (one.lines > 0)
      text += fmt::format(": {} line{}, {} to {}", one.lines, one.lines == 1 ? "" : "s", one.first_line, one.last_line);
    text += "\n  " + line(diagnosis.cause) + "\n  Remedy: " + line(diagnosis.remedy) + "\n";
    if (one.lines > 0) text += "  " + dim(line(one.text), style) + "\n";
  }
  return text;
}

std::string page_text(const Cause& cause, const Style& style) {
  std::string text = fmt::format("{}, {}\n{}\nRemedy: {}\n", emphasise(line(cause.code), style), who_acts(cause.party),
                                 printable_line(cause.cause), printable_line(cause.remedy));
  for (const auto& [kind, remedy] : cause.remedy_for) text += "  " + line(kind) + ": " + printable_line(remedy) + "\n";
  if (!cause.references.empty()) {
    text += "See:";
    for (const std::string& reference : cause.references) text += (text.ends_with(":") ? " " : ", ") + line(reference);
    text += "\n";
  }
  return text;
}

}  // namespace mtls::reports
