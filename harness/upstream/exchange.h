// HTTP of the witness: a byte stream cut into requests, and what each of them is answered with.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "harness/base/http.h"
#include "harness/model/observation.h"

namespace mtls::upstream {

// Cuts what one connection sends into requests, one after another; bytes of the next one are kept until it is asked
// for.
class RequestReader {
 public:
  enum class Found { nothing, part, whole, broken };

  void feed(std::string_view bytes) { waiting_.append(bytes); }
  // Reads on until a request is whole or broken, or the bytes end. After `whole`, forget() makes way for the next.
  Found next();
  void forget();
  // A request has begun and is not whole.
  bool in_request() const;
  // What is known of the request; of one that is a part, only when its headers are whole.
  const HttpMessage* message() const;

 private:
  std::string_view piece(std::string_view bytes) const;
  void note_headers();

  std::string waiting_;
  std::optional<HttpParser> parser_;
  bool headers_seen_ = false;
  std::optional<std::size_t> body_left_;  // where Content-Length states it
};

struct Answer {
  int status = 200;
  std::string bytes;
  bool keep_alive = false;
};

// `client` is the subject that TLS authenticated, empty: nobody.
using Answerer = std::function<Answer(const HttpMessage& request, const std::string& client)>;

// 200 with nonce, identity header and client as text.
Answer echo(const HttpMessage& request, const std::string& client);
// OCSP over HTTP (RFC 6960, A.1): the DER in the body of a POST or in the path of a GET.
Answer answer_ocsp(const HttpMessage& request, const std::function<std::string(const std::string&)>& respond);
// A refusal in words; the connection ends after it.
Answer refusal(int status, std::string_view words);

// The request as it is noted: sanitised and bounded.
UpstreamRequest note_of(const HttpMessage& request, const std::string& client, int answered);

}  // namespace mtls::upstream
