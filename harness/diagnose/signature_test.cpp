// Which keys make which of the signatures that a gateway asks for.
#include <algorithm>

#include <gtest/gtest.h>

#include "harness/diagnose/diagnose.h"

namespace mtls::diagnose {
namespace {

// Whether the fact is there, and what it says.
std::optional<bool> shared(const std::string& key, const std::string& version,
                           const std::vector<std::string>& signatures) {
  Observation observation;
  observation.client.handshake.version = version;
  observation.client.handshake.acceptable_signatures = signatures;
  observation.client.sent.presented.emplace().leaf.key = key;
  const Facts all = facts(observation, Rules());
  EXPECT_TRUE(std::binary_search(fact_names().begin(), fact_names().end(), "client.signature_shared"));
  const auto found = all.find("client.signature_shared");
  return found == all.end() ? std::nullopt : std::optional(std::get<bool>(found->second));
}

TEST(SignatureShared, ByKindOfKeyAndVersion) {
  EXPECT_EQ(shared("EC-P-256", "1.3", {"rsa_pss_rsae_sha256", "ecdsa_secp256r1_sha256"}), true);
  EXPECT_EQ(shared("EC-P-256", "1.3", {"rsa_pss_rsae_sha256", "ed25519"}), false);
  EXPECT_EQ(shared("RSA-2048", "1.3", {"ecdsa_secp256r1_sha256"}), false);
  EXPECT_EQ(shared("RSA-2048", "1.3", {"rsa_pss_rsae_sha512"}), true);
  EXPECT_EQ(shared("RSA-PSS-2048", "1.3", {"rsa_pss_rsae_sha256"}), false);
  EXPECT_EQ(shared("RSA-PSS-2048", "1.3", {"rsa_pss_pss_sha256"}), true);
  EXPECT_EQ(shared("Ed25519", "1.3", {"ed448", "ecdsa_secp256r1_sha256"}), false);
  EXPECT_EQ(shared("Ed25519", "1.2", {"ed25519"}), true);
}

TEST(SignatureShared, Tls13TiesAKeyToItsOwnCurveAndHasNoPkcs1) {
  EXPECT_EQ(shared("EC-P-256", "1.3", {"ecdsa_secp384r1_sha384"}), false);
  EXPECT_EQ(shared("EC-P-256", "1.2", {"ecdsa_secp384r1_sha384"}), true);
  EXPECT_EQ(shared("RSA-2048", "1.3", {"rsa_pkcs1_sha256"}), false);
  EXPECT_EQ(shared("RSA-2048", "1.2", {"rsa_pkcs1_sha256"}), true);
}

TEST(SignatureShared, SaysNothingWhereNothingIsKnown) {
  EXPECT_EQ(shared("EC-P-256", "1.3", {}), std::nullopt);
  EXPECT_EQ(shared("ML-DSA-65", "1.3", {"0x0905"}), true);
  EXPECT_EQ(shared("EC-secp256k1", "1.2", {"rsa_pkcs1_sha256"}), false);
}

}  // namespace
}  // namespace mtls::diagnose
