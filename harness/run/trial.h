// One stimulus, three witnesses: what is done and what was seen of it.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "harness/client/client.h"
#include "harness/model/observation.h"
#include "harness/run/live.h"
#include "harness/run/plan.h"
#include "harness/run/scene.h"

namespace mtls::run {

// A site where it stands: its address and what is known of the upstream behind it.
struct StandingSite {
  SiteSpec spec;
  Endpoint at;
  Endpoint upstream;
  std::string exclusive;                            // the upstream that only one trial at a time may use; empty: shared
  std::size_t service = 0;                          // which of those that share that upstream's port
  std::optional<CredentialView> upstream_presents;  // verified against the trust that the gateway was given for it
  const Live* live = nullptr;                       // of a gateway that already runs
  std::string location = "/";                       // what its requests' paths begin with
};

struct Trial {
  Observation observation;
  std::string trouble;  // what kept the harness from acting; empty: nothing
  double took_ms = 0;
  client::Probe probe;  // as it was sent, for lines that repeat it
};

// What a client can know of a credential that it holds, computed once for each way of holding it.
class Presented {
 public:
  const CredentialView* see(const Credential& credential, const Request& request, const client::Probe& probe,
                            const std::vector<CertificateRef>& trust);

 private:
  std::mutex mutex_;
  std::map<std::string, CredentialView> views_;
};

// The connection that a request stands for: addresses, names and material of the site and of the run. `tls`: the one
// version to speak; nothing: any.
Result<client::Probe> make_probe(const Request& request, std::optional<TlsVersion> tls, const StandingSite& site,
                                 Scene& scene);

// Connects to the site as the request says and gathers what client and upstream saw; the gateway's log comes later.
// `resumable` holds the session of each earlier step of the case, by number.
Trial try_request(const Request& request, std::optional<TlsVersion> tls, const StandingSite& site, Scene& scene,
                  Presented& presented, std::map<int, SessionRef>& resumable, int step);

Trial try_examine(const Examine& examine, Scene& scene);

}  // namespace mtls::run
