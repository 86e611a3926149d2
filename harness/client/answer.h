// What the peer said where an HTTP response was expected, whether it is one or not.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "harness/base/http.h"
#include "harness/model/observation.h"

namespace mtls::client {

class Answer {
 public:
  explicit Answer(std::string_view method);  // of the request: an answer to HEAD has no body
  void take(std::string_view bytes);
  void peer_finished();  // no more bytes will come

  bool begun() const { return !first_bytes_.empty(); }
  bool whole() const { return parser_.done() || (to_head_ && parser_.headers_done()); }
  bool malformed() const { return !parser_.error().empty(); }
  // Nothing where no status line came.
  std::optional<HttpView> view() const;
  // Why what came is no whole response; empty where it is one, or where nothing came.
  std::string failure() const;

 private:
  HttpParser parser_;
  bool to_head_;
  std::string first_bytes_;
};

// "it said \"SSH-2.0-x\"", or the first bytes in hex where they are no text.
std::string quote(std::string_view first_bytes);
// A record header of TLS (RFC 8446, 5.1), as far as there are bytes to tell.
bool may_be_tls(std::string_view first_bytes);

}  // namespace mtls::client
