// What the client holds, read from the user's files before anything is sent.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/base/openssl.h"
#include "harness/run/examine.h"

namespace mtls::run {

struct LocalTrouble {
  std::string code;  // a cause
  std::string evidence;
};

struct LocalMaterial {
  std::optional<Credential> credential;
  std::optional<CredentialView> view;  // what the client can know of it
  std::vector<CertificateRef> trust;
  std::vector<CrlRef> crls;
  std::vector<std::string> notes;
  std::vector<LocalTrouble> trouble;  // not empty: nothing can be sent
};

LocalMaterial read_local(const Question& question, std::int64_t now);

}  // namespace mtls::run
