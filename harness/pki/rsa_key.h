// RSA keys, made quickly enough for keys that live for a day.
#pragma once

#include <atomic>

#include "harness/base/openssl.h"

namespace mtls::pki {

// A key with a modulus of `bits` bits and 2 to 4 primes (RFC 8017, 3.2), public exponent 65537. Empty where `stop`
// became true before it was done, or where OpenSSL could not take it: its error queue then says why. Any thread.
KeyRef make_rsa(unsigned bits, int primes, const std::atomic<bool>& stop);

}  // namespace mtls::pki
