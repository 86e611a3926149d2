// The gateway as client of its upstream: nothing is sent before the upstream is known to be the right one.
#pragma once

#include <string>

#include "harness/base/http.h"
#include "harness/base/result.h"
#include "reference/headers.h"
#include "reference/site.h"

namespace mtls::reference {

class Leg {
 public:
  static Result<std::unique_ptr<Leg>> make(const Flaws& flaws);
  struct Answer {
    HttpMessage message;
    std::string trouble;  // for the log, where there was an answer all the same
  };
  // `client_name`: the SNI of the client in front. An Error's `stage` is the status to answer with (502, 504), its
  // `what` the log's words.
  Result<Answer> exchange(const Site& site, const std::string& request, bool head,
                          const std::string& client_name) const;

 private:
  explicit Leg(const Flaws& flaws) : flaws_(flaws) {}
  struct Errand;
  static int on_certificate(X509_STORE_CTX* context, void*);
  Result<Stream> open(Errand& errand, const Deadline& deadline) const;
  Result<SslPtr> prepare(Errand& errand) const;
  Result<HttpMessage> converse(Stream& stream, Errand& errand, const Deadline& deadline) const;

  const Flaws& flaws_;
  SslCtxPtr context_;
};

}  // namespace mtls::reference
