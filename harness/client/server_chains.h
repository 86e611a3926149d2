// What is made of server chains, once for each chain and each way of judging it.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "harness/base/openssl.h"
#include "harness/model/observation.h"

namespace mtls::client {

struct JudgedChain {
  std::vector<CertificateView> certificates;  // the untrusted ones of the input: what the server sent
  VerifyResult path;
};

JudgedChain judge_chain(const PathInput& input);

// Remembers what judge_chain() said: a gateway shows most clients the same certificates, and to judge them for each
// costs as much as the rest of a handshake's signatures. Any thread.
class ServerChains {
 public:
  JudgedChain judge(const PathInput& input);

 private:
  std::mutex mutex_;
  std::map<std::string, JudgedChain> judged_;
};

}  // namespace mtls::client
