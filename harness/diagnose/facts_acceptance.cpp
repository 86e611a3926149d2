// Facts of how the client's chain stands to what the gateway showed of itself: the issuers it named, its own chain.
#include <algorithm>

#include "harness/diagnose/chain.h"
#include "harness/diagnose/facts.h"

namespace mtls::diagnose {
namespace {

using Path = std::vector<const CertificateView*>;

bool named(const HandshakeView& handshake, const std::string& subject) {
  const auto& issuers = handshake.acceptable_issuers;
  return std::find(issuers.begin(), issuers.end(), subject) != issuers.end();
}

// The gateway may name no issuers at all (RFC 8446, 4.2.4); then nothing follows.
void named_issuer_facts(const Path& path, const HandshakeView& handshake, FactSheet& sheet) {
  if (handshake.acceptable_issuers.empty()) return;
  const CertificateView& top = *path.back();
  const bool top_issuer = named(handshake, top.issuer);
  const bool member = std::any_of(path.begin() + 1, path.end(),
                                  [&](const CertificateView* one) { return named(handshake, one->subject); });
  sheet.flag("client.chain.top_issuer_named", top_issuer);
  sheet.flag("client.chain.member_named", member);
  sheet.flag("client.chain.top_issuer_acceptable", top_issuer || member);
}

// The certificate that the client left out stands in the gateway's own chain, so it is one that exists.
bool missing_issuer_seen(const CertificateView& top, const std::vector<CertificateView>& server_chain) {
  return std::any_of(server_chain.begin(), server_chain.end(), [&](const CertificateView& one) {
    return one.authority && !one.self_signed && could_have_issued(one, top);
  });
}

}  // namespace

void acceptance_facts(const Observation& observation, FactSheet& sheet) {
  const auto& presented = observation.client.sent.presented;
  if (!presented) return;
  const HandshakeView& handshake = observation.client.handshake;
  const Path path = path_of(presented->leaf, presented->chain);
  named_issuer_facts(path, handshake, sheet);
  if (handshake.server_chain.empty()) return;
  sheet.flag("client.chain.impostor_name", same_name_other_key(path, handshake.server_chain));
  sheet.flag("client.chain.missing_issuer_seen", missing_issuer_seen(*path.back(), handshake.server_chain));
}

Names acceptance_fact_names() {
  return {"client.chain.top_issuer_named", "client.chain.member_named", "client.chain.top_issuer_acceptable",
          "client.chain.impostor_name", "client.chain.missing_issuer_seen"};
}

}  // namespace mtls::diagnose
