// HTTP/1.1 messages (RFC 9112): requests and responses as bytes, parsed with bounds.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mtls {

struct HttpMessage {
  std::string method;  // of a request
  std::string target;
  int status = 0;  // of a response
  std::string reason;
  std::string version;                                       // "1.1"
  std::vector<std::pair<std::string, std::string>> headers;  // as received, not sanitised
  std::string body;  // at most the parser's limit; the rest is counted and dropped
};

// Takes bytes as they arrive. Malformed input and broken limits end it with an error text; it never throws.
class HttpParser {
 public:
  enum class Kind { request, response };
  struct Limits {
    std::size_t header_bytes = 64 * 1024;
    std::size_t body_kept = 4 * 1024;
    std::size_t body_bytes = 8u << 20;
  };
  explicit HttpParser(Kind kind, Limits limits);
  explicit HttpParser(Kind kind) : HttpParser(kind, Limits{}) {}
  ~HttpParser();
  HttpParser(HttpParser&&) noexcept;
  HttpParser& operator=(HttpParser&&) noexcept;

  void feed(std::string_view bytes);
  void end_of_stream();  // for bodies that end with the connection
  bool headers_done() const;
  bool done() const;                 // the message is whole
  bool truncated() const;            // the body was cut at a limit, or the stream ended inside the message
  const std::string& error() const;  // empty: none; sanitised
  // What is known so far; of a response whose header exceeds the limit, at least the status line where it could be
  // read.
  const HttpMessage& message() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// "METHOD target HTTP/1.1" with Host, the given headers and "Connection: close". Header values are sent as they are.
std::string format_request(std::string_view method, std::string_view target, std::string_view host,
                           const std::vector<std::pair<std::string, std::string>>& headers);

std::string format_response(int status, const std::vector<std::pair<std::string, std::string>>& headers,
                            std::string_view body);

// First header of that name, case-insensitively.
std::optional<std::string> header_value(const std::vector<std::pair<std::string, std::string>>& headers,
                                        std::string_view name);

}  // namespace mtls
