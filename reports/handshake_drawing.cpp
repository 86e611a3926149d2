// Groups the timeline into flights and draws them.
#include "reports/handshake_drawing.h"

#include <vector>

#include <fmt/format.h>

#include "reports/printable.h"

namespace mtls::reports {
namespace {

constexpr std::size_t most_named = 4;
constexpr std::size_t longest_name = 120;

struct Flight {
  bool from_client = false;
  bool broken = false;  // a fatal alert or a reset
  std::string words;
};

std::string words_of(const TimelineEntry& entry) {
  if (entry.record == "alert") return "alert " + entry.detail;
  if (entry.record == "application_data") return "application data, " + entry.detail;
  if (entry.record == "change_cipher_spec") return {};
  return entry.detail;
}

std::vector<Flight> flights_of(const ClientView& view) {
  std::vector<Flight> flights;
  for (const TimelineEntry& entry : view.timeline) {
    const std::string words = words_of(entry);
    if (words.empty() || entry.detail == "connected") continue;
    const bool from_client = entry.from == "client";
    const bool broken = entry.record == "alert" && entry.detail.starts_with("fatal");
    // Where it broke stands on a line of its own.
    const bool continues =
        !flights.empty() && flights.back().from_client == from_client && !flights.back().broken && !broken;
    if (!continues) flights.push_back({from_client, false, {}});
    Flight& flight = flights.back();
    flight.broken = flight.broken || broken || entry.detail == "RST";
    flight.words += (flight.words.empty() ? "" : ", ") + words;
  }
  return flights;
}

std::string shortened(const std::string& words, std::size_t most) {
  return words.size() <= most ? words : words.substr(0, most - 3) + "...";
}

std::string some_of(const std::vector<std::string>& all) {
  std::string text;
  for (std::size_t n = 0; n < all.size() && n < most_named; ++n)
    text += (n == 0 ? "" : ", ") + printable_line(all[n], longest_name);
  return all.size() > most_named ? fmt::format("{} and {} more", text, all.size() - most_named) : text;
}

}  // namespace

std::string draw_handshake(const ClientView& view, std::size_t most) {
  constexpr std::size_t width = 78;
  if (!view.connected) return "  client ---X no connection: " + printable_line(view.connect_error) + "\n";
  const std::vector<Flight> flights = flights_of(view);
  std::string drawing;
  const std::size_t from = flights.size() > most ? flights.size() - most : 0;
  for (std::size_t i = from; i < flights.size(); ++i) {
    const Flight& flight = flights[i];
    const char* arrow = flight.from_client ? (flight.broken ? "--X" : "-->") : (flight.broken ? "X--" : "<--");
    drawing += fmt::format("  client {} gateway  {}\n", arrow, shortened(printable_line(flight.words), width));
  }
  return drawing;
}

std::string asked_of_the_client(const HandshakeView& handshake) {
  if (!handshake.client_certificate_requested) return {};
  const bool any = handshake.acceptable_issuers.empty();
  std::string text = "  asked for a certificate of " + (any ? "any issuer" : some_of(handshake.acceptable_issuers));
  if (!handshake.acceptable_signatures.empty()) text += "; signed with " + some_of(handshake.acceptable_signatures);
  return text + "\n";
}

}  // namespace mtls::reports
