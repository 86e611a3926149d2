// Facts of the client: what it meant to do, what it held, and how the connection went.
#include "harness/base/text.h"
#include "harness/diagnose/certificate_names.h"
#include "harness/diagnose/facts.h"

namespace mtls::diagnose {

void client_facts(const Observation& observation, FactSheet& sheet) {
  const ClientView& client = observation.client;
  const Sent& sent = client.sent;
  sheet.flag("client.connected", client.connected);
  sheet.text("client.connect_error", client.connect_error);
  sheet.text("client.closed", std::string(name(client.closed)));
  sheet.flag("client.timed_out", client.timed_out);
  sheet.text("client.failure", client.failure);
  if (client.curl) sheet.number("client.curl.exit", client.curl->exit);
  sheet.flag("client.tls", sent.tls);
  sheet.flag("client.sni_sent", sent.tls && sent.sni.has_value());
  sheet.text("client.sni", sent.sni.value_or(""));
  const std::string host = host_asked(sent.path, sent.host);
  sheet.text("client.host", host);
  sheet.flag("client.host_is_sni", sent.sni.has_value() && bare_host(*sent.sni) == bare_host(host));
  sheet.list("client.alpn", sent.alpn);
  sheet.flag("client.resumption_offered", sent.resumption_offered);
  sheet.flag("client.presented", sent.presented.has_value());
  if (sent.presented) credential_facts("client", *sent.presented, observation.at, sheet);
}

Names client_fact_names() {
  Names names{"client.connected",
              "client.connect_error",
              "client.closed",
              "client.timed_out",
              "client.failure",
              "client.curl.exit",
              "client.tls",
              "client.sni_sent",
              "client.sni",
              "client.host",
              "client.host_is_sni",
              "client.alpn",
              "client.resumption_offered",
              "client.presented"};
  const Names credential = credential_fact_names("client");
  names.insert(names.end(), credential.begin(), credential.end());
  return names;
}

}  // namespace mtls::diagnose
