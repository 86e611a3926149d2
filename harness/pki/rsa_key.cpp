// RSA keys from GMP's primes: it tests each with 25 rounds or fewer, where OpenSSL's 64 to 128 are most of its work.
#include "harness/pki/rsa_key.h"

#include <openssl/core_names.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <vector>

#include <gmpxx.h>

#include "harness/pki/handles.h"

namespace mtls::pki {
namespace {

constexpr unsigned public_exponent = 65537;

// Its three highest bits are set, so that the product of up to four such has as many bits as they have together.
mpz_class random_prime(unsigned bits) {
  std::vector<unsigned char> bytes((bits + 7) / 8);
  if (RAND_priv_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) return 0;
  mpz_class candidate;
  mpz_import(candidate.get_mpz_t(), bytes.size(), 1, 1, 0, 0, bytes.data());
  OPENSSL_cleanse(bytes.data(), bytes.size());
  mpz_fdiv_r_2exp(candidate.get_mpz_t(), candidate.get_mpz_t(), bits);
  for (unsigned bit = bits - 3; bit < bits; ++bit) mpz_setbit(candidate.get_mpz_t(), bit);
  mpz_nextprime(candidate.get_mpz_t(), candidate.get_mpz_t());
  return candidate;
}

bool fits(const mpz_class& prime, unsigned bits, const std::vector<mpz_class>& others) {
  return mpz_sizeinbase(prime.get_mpz_t(), 2) == bits && prime % public_exponent != 1 &&
         std::find(others.begin(), others.end(), prime) == others.end();
}

// Empty where `stop` became true, or where there is no randomness.
std::vector<mpz_class> random_primes(unsigned bits, int count, const std::atomic<bool>& stop) {
  std::vector<mpz_class> primes;
  for (unsigned left = bits; count > 0 && !stop;) {
    const unsigned share = left / static_cast<unsigned>(count);
    mpz_class prime = random_prime(share);
    if (prime == 0) return {};
    if (!fits(prime, share, primes)) continue;
    primes.push_back(std::move(prime));
    left -= share;
    --count;
  }
  return count == 0 ? primes : std::vector<mpz_class>{};
}

mpz_class inverse(const mpz_class& number, const mpz_class& modulus) {
  mpz_class found;
  mpz_invert(found.get_mpz_t(), number.get_mpz_t(), modulus.get_mpz_t());
  return found;
}

// The parts of a private key (RFC 8017, 3.2), in OpenSSL's words for them.
struct Parts {
  ParamBuilderPtr builder{OSSL_PARAM_BLD_new()};
  std::vector<BignumPtr> numbers;  // the builder refers to them
  bool whole = builder != nullptr;

  void add(const char* name, const mpz_class& value) {
    std::vector<unsigned char> bytes((mpz_sizeinbase(value.get_mpz_t(), 2) + 7) / 8);
    mpz_export(bytes.data(), nullptr, 1, 1, 0, 0, value.get_mpz_t());
    numbers.emplace_back(BN_secure_new());
    whole = whole && BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), numbers.back().get()) &&
            OSSL_PARAM_BLD_push_BN(builder.get(), name, numbers.back().get()) == 1;
    OPENSSL_cleanse(bytes.data(), bytes.size());
  }
};

constexpr std::array factors{OSSL_PKEY_PARAM_RSA_FACTOR1, OSSL_PKEY_PARAM_RSA_FACTOR2, OSSL_PKEY_PARAM_RSA_FACTOR3,
                             OSSL_PKEY_PARAM_RSA_FACTOR4};
constexpr std::array exponents{OSSL_PKEY_PARAM_RSA_EXPONENT1, OSSL_PKEY_PARAM_RSA_EXPONENT2,
                               OSSL_PKEY_PARAM_RSA_EXPONENT3, OSSL_PKEY_PARAM_RSA_EXPONENT4};
constexpr std::array coefficients{OSSL_PKEY_PARAM_RSA_COEFFICIENT1, OSSL_PKEY_PARAM_RSA_COEFFICIENT2,
                                  OSSL_PKEY_PARAM_RSA_COEFFICIENT3};

Parts parts_of(const std::vector<mpz_class>& primes) {
  mpz_class modulus = 1, totient = 1;
  for (const mpz_class& prime : primes) {
    modulus *= prime;
    totient *= prime - 1;
  }
  const mpz_class secret = inverse(public_exponent, totient);
  Parts parts;
  parts.add(OSSL_PKEY_PARAM_RSA_N, modulus);
  parts.add(OSSL_PKEY_PARAM_RSA_E, public_exponent);
  parts.add(OSSL_PKEY_PARAM_RSA_D, secret);
  mpz_class before = primes[0];
  for (std::size_t n = 0; n < primes.size(); ++n) {
    parts.add(factors[n], primes[n]);
    parts.add(exponents[n], secret % (primes[n] - 1));
    if (n == 1) parts.add(coefficients[0], inverse(primes[1], primes[0]));
    if (n > 1) parts.add(coefficients[n - 1], inverse(before, primes[n]));
    if (n > 0) before *= primes[n];
  }
  return parts;
}

}  // namespace

KeyRef make_rsa(unsigned bits, int primes, const std::atomic<bool>& stop) {
  const std::vector<mpz_class> chosen = random_primes(bits, primes, stop);
  if (chosen.empty()) return {};
  const Parts parts = parts_of(chosen);
  const ParamsPtr params(parts.whole ? OSSL_PARAM_BLD_to_param(parts.builder.get()) : nullptr);
  const KeyContextPtr context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  EVP_PKEY* key = nullptr;
  if (!params || !context || EVP_PKEY_fromdata_init(context.get()) <= 0 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_KEYPAIR, params.get()) <= 0)
    return {};
  return own(key);
}

}  // namespace mtls::pki
