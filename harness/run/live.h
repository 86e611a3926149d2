// A gateway that already runs, with what its owner gave: the files read, and a standard PKI that grows from them.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "harness/base/openssl.h"
#include "harness/base/result.h"
#include "harness/model/inventory.h"
#include "harness/model/pki.h"

namespace mtls::run {

// What a PKI of the run has already and does not mint, by the names of its PkiSpec.
struct Given {
  std::map<std::string, Credential, std::less<>> authorities;
  std::map<std::string, Credential, std::less<>> credentials;
};

struct Live {
  RunningGateway gateway;
  PkiSpec standard;                         // the standard PKI, below the test CA where there is one
  Given given;                              // the test CA as `root`, in its direct use as `intermediate` too
  std::vector<CertificateRef> trust;        // what the server's certificate is verified by
  std::vector<CertificateRef> client_root;  // what is known of the root that clients are verified by
  bool direct = false;                      // nothing can be issued below the test CA but leafs
};

// The name that requests are for: the one stated, else the host's.
const std::string& server_name(const RunningGateway& gateway);

// Error: a file that cannot be read, a key that is another's, a CA that is none, a credential that is not what its name
// says.
Result<Live> open_live(const RunningGateway& gateway, const PkiSpec& standard, std::int64_t now);

}  // namespace mtls::run
