// Gateways that already run: where each answers, and what its owner gives to test it with.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "harness/model/tls.h"

namespace mtls {

// Files of one certificate and its key, or of a PKCS#12 bundle. Paths are absolute or relative to the working
// directory.
struct HeldFiles {
  std::string certificate;
  std::string key;  // empty: in the certificate's file
  std::string pkcs12;
  std::string passphrase;  // file whose first line opens the key or the bundle; empty: none
};

// A test CA that the gateway trusts.
struct TestAuthority {
  HeldFiles files;
  bool direct = false;  // clients are issued by it itself, and no authority below it
};

struct RunningGateway {
  std::string name;
  std::string inventory;  // the file that it stands in
  std::string host;       // name or numeric address
  std::uint16_t port = 443;
  std::string sni;    // the server name asked for, and the Host; empty: the host where that is a name
  std::string kind;   // empty: not known
  std::string trust;  // file of CAs that its server certificate is verified by; empty: the system's
  std::optional<TestAuthority> issue_with;
  std::map<std::string, HeldFiles> credentials;  // by the standard PKI's name for the credential
  std::string path = "/";
  std::string log;             // empty: not at hand
  bool upstream_echo = false;  // the answer repeats the request's nonce
  int connections = 1;         // at once
  std::vector<TlsVersion> tls{TlsVersion::tls12, TlsVersion::tls13};
};

}  // namespace mtls
