// What the tests open and talk to: plain and TLS services, and the PKI behind the latter.
#pragma once

#include <csignal>
#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/upstream/test_client.h"
#include "harness/upstream/upstream.h"

namespace mtls::upstream {

inline constexpr std::chrono::seconds patience{5};

class PlainUpstream : public testing::Test {
 protected:
  PlainUpstream() : upstream_(std::move(Upstream::start()).value()) {}

  Endpoint open(Behaviour behaviour = Behaviour::answering) {
    Service service;
    service.spec.behaviour = behaviour;
    service.at = {"127.0.0.1", 0};
    return std::move(upstream_.add(std::move(service))).value();
  }

  Upstream upstream_;
};

// A small PKI: root, intermediate and other-root; upstream, gateway, gateway-expired, gateway-revoked and
// gateway-wrong-ca; a list for each of the first two authorities.
struct Minted {
  std::map<std::string, Credential, std::less<>> authorities;
  std::map<std::string, Credential, std::less<>> credentials;
  std::map<std::string, CrlRef, std::less<>> crls;
};
const Minted& minted();  // made once, at the first call

class TlsUpstream : public testing::TestWithParam<int> {
 protected:
  TlsUpstream() : upstream_(std::move(Upstream::start()).value()) { std::signal(SIGPIPE, SIG_IGN); }

  static const Minted& material() { return minted(); }
  static const Credential* named(const std::string& name) { return &material().credentials.at(name); }

  static Service service(ClientAuth client_auth = ClientAuth::off) {
    Service made;
    made.spec.tls = true;
    made.spec.client_auth = client_auth;
    made.spec.names = {"upstream.test"};
    made.at = {"127.0.0.1", 0};
    made.credential = *named("upstream");
    made.trust = {material().authorities.at("root").certificate};
    return made;
  }
  Endpoint open(Service made) { return std::move(upstream_.add(std::move(made))).value(); }

  TlsOffer offer(const std::string& present = "") const {
    TlsOffer made;
    made.version = GetParam();
    if (!present.empty()) made.credential = named(present);
    return made;
  }
  std::string version() const { return GetParam() == TLS1_3_VERSION ? "1.3" : "1.2"; }

  // One connection that tries to get an answer, and what the service noted of it.
  UpstreamHandshake try_once(Service made, const TlsOffer& with) {
    const Endpoint at = open(std::move(made));
    {
      TestClient client(at);
      if (client.shake_hands(with)) {
        client.send(get("n-1", "1.1", "Connection: close\r\n"));
        answer_ = client.read_all();
      }
    }
    seen_ = upstream_.take(at, patience);
    EXPECT_EQ(seen_.connections, 1);
    EXPECT_THAT(seen_.handshakes, testing::SizeIs(1));
    return seen_.handshakes.empty() ? UpstreamHandshake{} : seen_.handshakes[0];
  }

  Upstream upstream_;
  std::string answer_;
  Seen seen_;
};

}  // namespace mtls::upstream
