// The answer, else the alert, else the words of who broke off.
#include "reports/probe_outcome.h"

#include <fmt/format.h>

#include "reports/printable.h"

namespace mtls::reports {
namespace {

constexpr std::size_t words_limit = 240;

}  // namespace

std::string probe_outcome(const ClientView& client) {
  if (client.http) return fmt::format("HTTP {}", client.http->status);
  if (client.alert_received && client.alert_received->fatal)
    return fmt::format("alert {}({})", printable_line(client.alert_received->name), client.alert_received->number);
  if (client.alert_sent && client.alert_sent->fatal)
    return "broken off by the client with alert " + printable_line(client.alert_sent->name);
  return client.failure.empty() ? "no connection" : printable_line(client.failure, words_limit);
}

}  // namespace mtls::reports
