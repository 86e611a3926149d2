// The same chain, judged the same way, is the same; whatever else the judgement depends on makes another of it.
#include "harness/client/server_chains.h"

#include <openssl/x509v3.h>

#include <gtest/gtest.h>

#include "harness/base/time.h"
#include "harness/client/test_material.h"

namespace mtls::client {
namespace {

PathInput input_for(const std::string& name) {
  const Credential& server = credential("server");
  PathInput input;
  input.certificate = server.certificate.get();
  input.untrusted = {server.certificate};
  input.untrusted.insert(input.untrusted.end(), server.chain.begin(), server.chain.end());
  input.trust = {authority("root")};
  input.purpose = X509_PURPOSE_SSL_SERVER;
  input.at = now_seconds();
  input.name = name;
  return input;
}

TEST(ServerChains, SaysWhatJudgingWithoutMemorySays) {
  ServerChains chains;
  const PathInput input = input_for("gateway.test");
  const JudgedChain plain = judge_chain(input);
  for (int times = 0; times < 2; ++times) {
    const JudgedChain remembered = chains.judge(input);
    EXPECT_EQ(remembered.path.code, plain.path.code);
    ASSERT_EQ(remembered.certificates.size(), plain.certificates.size());
    EXPECT_EQ(remembered.certificates.front().sha256, plain.certificates.front().sha256);
  }
  EXPECT_EQ(plain.path.code, X509_V_OK);
}

TEST(ServerChains, AnotherNameTimeTrustOrChainIsJudgedAfresh) {
  ServerChains chains;
  const PathInput input = input_for("gateway.test");
  ASSERT_EQ(chains.judge(input).path.code, X509_V_OK);
  EXPECT_EQ(chains.judge(input_for("elsewhere.test")).path.code, X509_V_ERR_HOSTNAME_MISMATCH);
  PathInput later = input;
  later.at += 10LL * 365 * 24 * 3600;
  EXPECT_EQ(chains.judge(later).path.code, X509_V_ERR_CERT_HAS_EXPIRED);
  PathInput alone = input;
  alone.untrusted.resize(1);
  EXPECT_NE(chains.judge(alone).path.code, X509_V_OK);
  PathInput untrusting = input;
  untrusting.trust.clear();
  EXPECT_NE(chains.judge(untrusting).path.code, X509_V_OK);
}

}  // namespace
}  // namespace mtls::client
