// Keys of every type; the pool is small, answers at once, gives different keys where asked, and ends quickly.
#include <atomic>
#include <set>
#include <thread>

#include <gtest/gtest.h>

#include "harness/base/time.h"
#include "harness/pki/example_specs.h"
#include "harness/pki/pki.h"

namespace mtls::pki {
namespace {

PkiSpec with_keys(int count, KeyType type) {
  PkiSpec spec = small_pki();
  spec.credentials.clear();
  for (int i = 0; i < count; ++i) {
    spec.credentials.push_back(leaf_spec("client-" + std::to_string(i)));
    spec.credentials.back().certificate.key = type;
  }
  return spec;
}

TEST(KeyPool, MakesEveryQuickType) {
  KeyPool keys;
  const auto p256 = keys.take(KeyType::p256);
  const auto p384 = keys.take(KeyType::p384);
  const auto ed25519 = keys.take(KeyType::ed25519);
  const auto rsa = keys.take(KeyType::rsa1024);
  ASSERT_TRUE(p256 && p384 && ed25519 && rsa);
  EXPECT_EQ(EVP_PKEY_get_bits(p256->get()), 256);
  EXPECT_EQ(EVP_PKEY_get_bits(p384->get()), 384);
  EXPECT_EQ(EVP_PKEY_is_a(ed25519->get(), "ED25519"), 1);
  EXPECT_EQ(EVP_PKEY_is_a(rsa->get(), "RSA"), 1);
  EXPECT_EQ(EVP_PKEY_get_bits(rsa->get()), 1024);
}

TEST(KeyPool, EllipticKeysAreAlwaysFresh) {
  KeyPool keys;
  std::set<std::string> seen;
  for (int i = 0; i < 20; ++i) seen.insert(to_pem(keys.take(KeyType::p256)->get()));
  EXPECT_EQ(seen.size(), 20u);
}

TEST(KeyPool, RsaKeysAreSharedFromASmallPool) {
  KeyPool keys;
  keys.prepare(with_keys(8, KeyType::rsa2048));
  std::set<EVP_PKEY*> seen;
  for (int i = 0; i < 8; ++i) {
    const auto key = keys.take(KeyType::rsa2048);
    ASSERT_TRUE(key);
    seen.insert(key->get());
  }
  EXPECT_LE(seen.size(), 2u);
}

TEST(KeyPool, GivesAnotherKeyWhereTheSameWillNotDo) {
  KeyPool keys;
  const auto first = keys.take(KeyType::rsa1024);
  ASSERT_TRUE(first);
  const auto second = keys.take(KeyType::rsa1024, {*first});
  ASSERT_TRUE(second);
  const auto third = keys.take(KeyType::rsa1024, {*first, *second});
  ASSERT_TRUE(third);
  EXPECT_EQ(EVP_PKEY_eq(first->get(), second->get()), 0);
  EXPECT_EQ(EVP_PKEY_eq(first->get(), third->get()), 0);
  EXPECT_EQ(EVP_PKEY_eq(second->get(), third->get()), 0);
}

// Four keys of 4096 bits are eight seconds of work; neither call waits for them.
TEST(KeyPool, PreparingAndGivingUpDoNotWaitForKeys) {
  PkiSpec spec = with_keys(1, KeyType::rsa4096);
  for (const char* name : {"a", "b", "c"}) {
    spec.authorities.push_back(authority_spec(name));
    spec.authorities.back().key = KeyType::rsa4096;
  }
  const Clock::time_point begun = Clock::now();
  {
    KeyPool keys;
    keys.prepare(spec);
  }
  EXPECT_LT(Clock::now() - begun, std::chrono::milliseconds(1500));
}

TEST(KeyPool, ServesManyThreads) {
  KeyPool keys;
  std::atomic<int> taken = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (const KeyType type : {KeyType::rsa1024, KeyType::p256, KeyType::ed25519})
        if (keys.take(type)) ++taken;
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(taken, 12);
}

}  // namespace
}  // namespace mtls::pki
