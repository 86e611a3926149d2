// Fuzz target: bytes as what a peer sends in answer to ClientHello, and as single messages for the timeline.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "harness/client/tls.h"

namespace {

mtls::client::Probe make_probe() {
  mtls::client::Probe probe;
  probe.sni = probe.host = probe.reference_identity = "gateway.test";
  probe.alpn = {"http/1.1"};
  probe.at = 1'800'000'000;
  return probe;
}

void as_answer(std::string_view bytes) {
  static const mtls::client::Probe probe = make_probe();
  mtls::client::Timeline timeline;
  const auto tls = mtls::client::Tls::make(probe, timeline);
  if (!tls) std::abort();
  (void)(*tls)->take({});
  (void)(*tls)->ciphertext();
  for (; !bytes.empty(); bytes.remove_prefix(std::min<std::size_t>(bytes.size(), 100))) {
    (void)(*tls)->take(bytes.substr(0, 100));
    (void)(*tls)->ciphertext();
  }
  // A handshake cannot be completed by who does not know the keys.
  if ((*tls)->view().completed) std::abort();
  if (timeline.entries().size() > mtls::client::Timeline::most_entries) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  as_answer({reinterpret_cast<const char*>(data), size});
  mtls::client::Timeline timeline;
  for (const int type : {20, 21, 22, 23})
    timeline.message((data[0] & 1) != 0, (data[0] & 2) != 0, type, {data + 1, size - 1}, mtls::AlertPhase::handshake);
  (void)timeline.entries();
  return 0;
}
