// The witness behind: TLS or plain services that write down who came, with what, and what was refused.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/base/openssl.h"
#include "harness/base/socket.h"
#include "harness/model/observation.h"
#include "harness/model/site.h"

namespace mtls::upstream {

// One service, resolved: how it behaves, and with which material.
struct Service {
  UpstreamSpec spec;  // names in it are only for reports
  Endpoint at;        // port 0: picked
  std::optional<Credential> credential;
  std::vector<CertificateRef> trust;  // whom it accepts client certificates from
  std::vector<CrlRef> crls;
};

// What one service has seen since it was last taken.
struct Seen {
  int connections = 0;
  std::vector<UpstreamRequest> requests;
  std::vector<UpstreamHandshake> handshakes;  // in the order in which they ended; one for each TLS connection
};

// Many services on two threads. Every answer is 200 with a short text body that echoes the nonce and what identity
// header arrived. The destructor closes everything. Alerts carry the witness's own phase: a certificate that it refuses
// under TLS 1.3 is refused in its handshake, although the client's is complete by then.
class Upstream {
 public:
  static Result<Upstream> start();
  Upstream(Upstream&&) noexcept;
  Upstream& operator=(Upstream&&) noexcept;
  ~Upstream();

  // Opens a listener and returns where. A service that is `down` gets a port on which nobody listens.
  // Thread-safe, as is everything here.
  Result<Endpoint> add(Service service);

  // Another service for the port `at`, which behaves alike and differs in TLS; gives its number. It stands aside until
  // it is put to work.
  Result<std::size_t> add_another(const Endpoint& at, const Service& service);
  // From now on a connection to `at` meets this service; the one that opened the port has number 0.
  void put_to_work(const Endpoint& at, std::size_t number);

  // An HTTP responder for OCSP over POST and GET (RFC 6960, A.1): `answer` maps the request's DER to the response's;
  // it is called by one thread at a time, and an empty response becomes HTTP 500.
  Result<Endpoint> add_responder(Endpoint at, Responder behaviour,
                                 std::function<std::string(const std::string&)> answer);

  // What the service at `at` saw since the last take; empties its notes. It waits, up to `patience`, until no
  // connection of that service is at work: waiting to be accepted, in its handshake, before its first request, or with
  // a request that is not answered. An idle one that is kept alive does not count. Connections still at work when
  // patience ends are given with what is known of them, and are not waited for again.
  Seen take(const Endpoint& at, std::chrono::milliseconds patience);

  // Removes and gives the requests with this nonce only, without waiting: for services that many trials share.
  // A request is noted before it is answered. Connections and handshakes stay for take().
  Seen take_nonce(const Endpoint& at, const std::string& nonce);

 private:
  struct State;
  explicit Upstream(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace mtls::upstream
