// Asks a responder about one certificate (RFC 6960).
#pragma once

#include <string>
#include <vector>

#include "harness/base/openssl.h"
#include "harness/base/socket.h"
#include "reference/flaws.h"
#include "reference/material.h"

namespace mtls::reference {

enum class OcspStatus { good, revoked, unknown, unreachable, error };

struct OcspVerdict {
  OcspStatus status = OcspStatus::error;
  std::string words;
};

// `path`: the verified one, leaf first. The answer must be signed by the issuer or by whom it appointed, be about this
// certificate, be recent, and carry the question's nonce.
OcspVerdict ask_responder(const Endpoint& responder, const std::vector<CertificateRef>& path, const Trust& trust);

// Whether the client may come in.
bool lets_in(OcspStatus status, const Flaws& flaws);

}  // namespace mtls::reference
