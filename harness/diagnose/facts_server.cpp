// Facts of the chain that the gateway showed to the client.
#include "harness/diagnose/certificate_names.h"
#include "harness/diagnose/facts.h"

namespace mtls::diagnose {

void server_facts(const Observation& observation, FactSheet& sheet) {
  const ClientView& client = observation.client;
  const HandshakeView& handshake = client.handshake;
  if (handshake.server_chain.empty()) return;
  CredentialView shown;
  shown.leaf = handshake.server_chain.front();
  shown.chain.assign(handshake.server_chain.begin() + 1, handshake.server_chain.end());
  shown.verify = handshake.verify;
  credential_facts("server", shown, observation.at, sheet);
  if (client.sent.sni) sheet.flag("server.covers_sni", covers(shown.leaf, *client.sent.sni));
  const std::string host = host_asked(client.sent.path, client.sent.host);
  if (!host.empty()) sheet.flag("server.covers_host", covers(shown.leaf, host));
}

Names server_fact_names() {
  Names names = credential_fact_names("server");
  names.push_back("server.covers_sni");
  names.push_back("server.covers_host");
  return names;
}

}  // namespace mtls::diagnose
