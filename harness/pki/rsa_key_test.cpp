// Keys of every size and number of primes: OpenSSL finds each whole and signs with it, and making one can be given up.
#include "harness/pki/rsa_key.h"

#include <openssl/core_names.h>

#include <thread>

#include <gtest/gtest.h>

#include "harness/base/time.h"
#include "harness/pki/handles.h"

namespace mtls::pki {
namespace {

class RsaKey : public testing::TestWithParam<std::pair<unsigned, int>> {};

TEST_P(RsaKey, IsWholeToOpenSsl) {
  const auto [bits, primes] = GetParam();
  const std::atomic<bool> stop = false;
  const KeyRef key = make_rsa(bits, primes, stop);
  ASSERT_TRUE(key) << take_openssl_errors();
  EXPECT_EQ(EVP_PKEY_get_bits(key.get()), static_cast<int>(bits));
  const KeyContextPtr context(EVP_PKEY_CTX_new(key.get(), nullptr));
  EXPECT_EQ(EVP_PKEY_check(context.get()), 1) << take_openssl_errors();
  BIGNUM* last = nullptr;
  const char* factor = primes == 4   ? OSSL_PKEY_PARAM_RSA_FACTOR4
                       : primes == 3 ? OSSL_PKEY_PARAM_RSA_FACTOR3
                                     : OSSL_PKEY_PARAM_RSA_FACTOR2;
  EXPECT_EQ(EVP_PKEY_get_bn_param(key.get(), factor, &last), 1) << "fewer primes than were asked for";
  BN_clear_free(last);
}

// The private operation goes by the primes, exponents and coefficients, the public one by the modulus alone.
TEST_P(RsaKey, ItsSignatureVerifies) {
  const auto [bits, primes] = GetParam();
  const std::atomic<bool> stop = false;
  const KeyRef key = make_rsa(bits, primes, stop);
  ASSERT_TRUE(key);
  const unsigned char digest[32] = {7};
  unsigned char signature[512];
  std::size_t size = sizeof signature;
  const KeyContextPtr context(EVP_PKEY_CTX_new(key.get(), nullptr));
  ASSERT_EQ(EVP_PKEY_sign_init(context.get()), 1);
  ASSERT_EQ(EVP_PKEY_sign(context.get(), signature, &size, digest, sizeof digest), 1) << take_openssl_errors();
  ASSERT_EQ(EVP_PKEY_verify_init(context.get()), 1);
  EXPECT_EQ(EVP_PKEY_verify(context.get(), signature, size, digest, sizeof digest), 1);
}

INSTANTIATE_TEST_SUITE_P(Sizes, RsaKey,
                         testing::Values(std::pair{1024u, 2}, std::pair{2048u, 2}, std::pair{2048u, 3},
                                         std::pair{3072u, 3}, std::pair{4096u, 4}));

TEST(RsaKeyStop, NothingComesOfOneThatIsGivenUp) {
  const std::atomic<bool> stop = true;
  EXPECT_FALSE(make_rsa(4096, 2, stop));
}

}  // namespace
}  // namespace mtls::pki
