// Facts of the HTTP answer that the client got.
#include "harness/base/text.h"
#include "harness/diagnose/facts.h"

namespace mtls::diagnose {

void http_facts(const Observation& observation, FactSheet& sheet) {
  const auto& http = observation.client.http;
  if (!http) return;
  sheet.number("http.status", http->status);
  sheet.text("http.body", http->body);
  sheet.flag("http.truncated", http->truncated);
  for (const Header& header : http->headers) {
    if (lower(header.first) == "server") sheet.text("http.server", header.second);
  }
}

Names http_fact_names() {
  return {"http.status", "http.body", "http.truncated", "http.server"};
}

}  // namespace mtls::diagnose
