// Keeps OpenSSL's error queue as it was: a broken certificate must not leave words that a later SSL_get_error takes for
// its own.
#pragma once

#include <openssl/err.h>

namespace mtls {

class QuietErrors {
 public:
  QuietErrors() { ERR_set_mark(); }
  ~QuietErrors() { ERR_pop_to_mark(); }
  QuietErrors(const QuietErrors&) = delete;
  QuietErrors& operator=(const QuietErrors&) = delete;
};

}  // namespace mtls
