// Path validation of a peer's certificate (RFC 5280, 6): what the gateway asks of clients and of upstreams.
#pragma once

#include <string>
#include <vector>

#include "harness/base/openssl.h"
#include "reference/flaws.h"
#include "reference/material.h"

namespace mtls::reference {

enum class Peer { client, upstream };

struct PathPolicy {
  Peer peer = Peer::client;
  const Trust* trust = nullptr;
  int depth = 2;     // intermediates between leaf and anchor
  std::string name;  // that an upstream's certificate must cover; empty: any
};

struct PathVerdict {
  int code = 0;  // X509_V_ERR, 0: good
  int depth = 0;
  std::string subject;               // of the certificate that it is about
  std::vector<CertificateRef> path;  // leaf first; of a good one
};

// `sent`: what the peer sent beside its leaf. The first error ends it.
PathVerdict validate(X509* leaf, STACK_OF(X509) * sent, const PathPolicy& policy, const Flaws& flaws);

// "verify error 10 (certificate has expired) at depth 0: CN=..."
std::string words(const PathVerdict& verdict);

}  // namespace mtls::reference
