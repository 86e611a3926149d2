// The answers of diagnose and explain for people.
#include <algorithm>

#include <fmt/format.h>

#include "reports/handshake_drawing.h"
#include "reports/paint.h"
#include "reports/printable.h"
#include "reports/probe_outcome.h"
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

std::string shown(const std::string& text) {
  return printable_line(text, line_limit);
}

std::string verdict(const Examination& examination, const Style& style) {
  const std::string at = shown(examination.address) + (examination.sni ? " (" + shown(*examination.sni) + ")" : "");
  if (examination.healthy) return paint("HEALTHY", Outcome::pass, style) + "  " + at + "\n";
  if (examination.diagnoses.empty())
    return paint("COULD NOT TELL", Outcome::error, style) + "  " + at + ": what was seen fits no known cause\n";
  const Diagnosis& first = examination.diagnoses.front();
  const std::string word =
      examination.conclusive ? paint("PROBLEM", Outcome::fail, style) : paint("COULD NOT TELL", Outcome::error, style);
  return fmt::format("{}  {}: {} ({} %), {}\n", word, at, emphasise(shown(first.code), style),
                     percent(first.confidence), who_acts(first.party));
}

std::string remedy(const Diagnosis& diagnosis, const std::string& kind) {
  std::string text = "Remedy: " + shown(diagnosis.remedy) + "\n";
  const auto special = diagnosis.remedy_for.find(kind);
  if (special != diagnosis.remedy_for.end()) text += "  " + kind + ": " + shown(special->second) + "\n";
  return text;
}

std::string reasons(const Diagnosis& diagnosis) {
  std::string text = shown(diagnosis.cause) + "\n";
  for (std::size_t i = 0; i < diagnosis.evidence.size() && i < most_evidence; ++i)
    text += "  - " + shown(diagnosis.evidence[i]) + "\n";
  return text;
}

std::string others(const Examination& examination) {
  std::string text;
  const auto& all = examination.diagnoses;
  for (std::size_t i = 1; i < all.size() && i <= most_others; ++i)
    text += fmt::format("Or: {} ({} %): {}\n", shown(all[i].code), percent(all[i].confidence), shown(all[i].cause));
  if (!examination.decide_by.empty()) text += "To decide: " + shown(examination.decide_by) + "\n";
  return text;
}

std::string probe_line(const ProbeRecord& probe) {
  const ClientView& client = probe.observation.client;
  const std::string version = client.handshake.version.empty() ? "" : "TLS " + client.handshake.version + ", ";
  return fmt::format("  {}: {}{}\n", shown(probe.purpose), version, probe_outcome(client));
}

std::string probes(const Examination& examination, const Style& style) {
  if (examination.probes.empty()) return "Nothing was sent.\n";
  const ProbeRecord& decisive = examination.probes[std::min(examination.decisive, examination.probes.size() - 1)];
  std::string text = dim("Handshake " + shown(decisive.purpose), style) + "\n";
  text += draw_handshake(decisive.observation.client, most_flights);
  text += asked_of_the_client(decisive.observation.client.handshake);
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
    text += "Note: " + shown(examination.notes[i]) + "\n";
  return text + probes(examination, style);
}

std::string explanation_text(const std::vector<Explained>& matches, const Style& style) {
  std::string text;
  for (const Explained& one : matches) {
    const Diagnosis& diagnosis = one.diagnosis;
    text += fmt::format("{} ({} %), {}", emphasise(shown(diagnosis.code), style), percent(diagnosis.confidence),
                        who_acts(diagnosis.party));
    if (one.lines > 0)
      text += fmt::format(": {} line{}, {} to {}", one.lines, one.lines == 1 ? "" : "s", one.first_line, one.last_line);
    text += "\n  " + shown(diagnosis.cause) + "\n  Remedy: " + shown(diagnosis.remedy) + "\n";
    if (one.lines > 0) text += "  " + dim(shown(one.text), style) + "\n";
  }
  return text;
}

std::string page_text(const Cause& cause, const Style& style) {
  std::string text = fmt::format("{}, {}\n{}\nRemedy: {}\n", emphasise(shown(cause.code), style), who_acts(cause.party),
                                 printable_line(cause.cause), printable_line(cause.remedy));
  for (const auto& [kind, remedy] : cause.remedy_for) text += "  " + shown(kind) + ": " + printable_line(remedy) + "\n";
  if (!cause.references.empty()) {
    text += "See:";
    for (const std::string& reference : cause.references) text += (text.ends_with(":") ? " " : ", ") + shown(reference);
    text += "\n";
  }
  return text;
}

}  // namespace mtls::reports
