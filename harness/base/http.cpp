// HTTP/1.1 by Boost.Beast's parser, which is used here for nothing but its grammar: bounded, and it never throws.
#include "harness/base/http.h"

#include <algorithm>
#include <cstdint>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/fields.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/optional.hpp>
#include <fmt/format.h>

#include "harness/base/text.h"

namespace mtls {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using ErrorCode = boost::beast::error_code;

// A body of which only the beginning is kept.
struct BoundedBody {
  struct value_type {
    std::string kept;
    std::size_t keep = 0;
    std::uint64_t dropped = 0;
  };
  class reader {
   public:
    template <bool is_request, class Fields>
    reader(http::header<is_request, Fields>&, value_type& body) : body_(body) {}
    void init(const boost::optional<std::uint64_t>&, ErrorCode& error) { error = {}; }
    template <class Buffers>
    std::size_t put(const Buffers& buffers, ErrorCode& error) {
      error = {};
      std::size_t taken = 0;
      for (auto at = asio::buffer_sequence_begin(buffers); at != asio::buffer_sequence_end(buffers); ++at) {
        const asio::const_buffer part = *at;
        const std::size_t kept = std::min(part.size(), body_.keep - std::min(body_.keep, body_.kept.size()));
        body_.kept.append(static_cast<const char*>(part.data()), kept);
        body_.dropped += part.size() - kept;
        taken += part.size();
      }
      return taken;
    }
    void finish(ErrorCode& error) { error = {}; }

   private:
    value_type& body_;
  };
};

std::string text_of(boost::beast::string_view view) {
  return std::string(view.data(), view.size());
}

// The status line as RFC 9112, 4 has it, read leniently: for messages whose header no parser would accept.
void read_status_line(std::string_view bytes, HttpMessage& message) {
  static constexpr std::string_view begin = "HTTP/";
  const std::string_view line = trim(bytes.substr(0, bytes.find('\n')));
  const std::size_t space = line.find(' ');
  if (line.substr(0, begin.size()) != begin || space == std::string_view::npos || space > 8) return;
  const std::string_view rest = trim(line.substr(space));
  const std::string_view code = rest.substr(0, 3);
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  if (code.size() != 3 || !std::all_of(code.begin(), code.end(), digit)) return;
  if (rest.size() > 3 && rest[3] != ' ') return;
  message.version = std::string(line.substr(begin.size(), space - begin.size()));
  message.status = (code[0] - '0') * 100 + (code[1] - '0') * 10 + (code[2] - '0');
  message.reason = std::string(trim(rest.substr(3)));
}

}  // namespace

struct HttpParser::State {
  State(Kind which, Limits bounds) : kind(which), limits(bounds) { restart(); }

  Kind kind;
  Limits limits;
  std::optional<http::parser<true, BoundedBody>> request;
  std::optional<http::parser<false, BoundedBody>> response;
  std::string pending;  // not yet taken by the parser
  std::string begin;    // of the message, for read_status_line
  HttpMessage message;
  bool headers_seen = false;
  bool done = false;
  bool truncated = false;
  std::string error;

  void restart() {
    message = {};
    begin.clear();
    headers_seen = false;
    switch (kind) {
      case Kind::request: set_limits(request.emplace()); break;
      case Kind::response: set_limits(response.emplace()); break;
    }
  }
  template <class Parser>
  void set_limits(Parser& parser) {
    parser.eager(true);
    parser.header_limit(static_cast<std::uint32_t>(std::min<std::size_t>(limits.header_bytes, UINT32_MAX)));
    parser.body_limit(static_cast<std::uint64_t>(limits.body_bytes));
    parser.get().body().keep = limits.body_kept;
  }

  void start_line(const http::request<BoundedBody>& got) {
    message.method = text_of(got.method_string());
    message.target = text_of(got.target());
  }
  void start_line(const http::response<BoundedBody>& got) {
    message.status = static_cast<int>(got.result_int());
    message.reason = text_of(got.reason());
  }
  template <class Parser>
  void copy_headers(const Parser& parser) {
    if (headers_seen || !parser.is_header_done()) return;
    headers_seen = true;
    const auto& got = parser.get();
    start_line(got);
    message.version = fmt::format("{}.{}", got.version() / 10, got.version() % 10);
    for (const auto& field : got) message.headers.emplace_back(text_of(field.name_string()), text_of(field.value()));
  }
  template <class Parser>
  void copy_body(const Parser& parser) {
    const auto& body = parser.get().body();
    message.body.append(body.kept, message.body.size());
    truncated = truncated || body.dropped > 0;
  }
  void fail(const std::string& words) {
    error = sanitise_line(words);
    if (!headers_seen && kind == Kind::response && message.status == 0) read_status_line(begin, message);
    truncated = truncated || headers_seen;
    pending.clear();
  }

  template <class Parser>
  void consume(Parser& parser) {
    while (!pending.empty() && !parser.is_done()) {
      ErrorCode failed;
      const std::size_t taken = parser.put(asio::const_buffer(pending.data(), pending.size()), failed);
      pending.erase(0, taken);
      copy_headers(parser);
      if (failed == http::error::need_more) return;
      if (failed) {
        copy_body(parser);
        return fail(failed.message());
      }
      if (taken == 0) break;
    }
    copy_body(parser);
    done = parser.is_done();
  }
  // An interim response (RFC 9110, 15.2) announces the one that is waited for.
  bool is_interim() const { return done && message.status / 100 == 1 && message.status != 101; }
  void consume() {
    switch (kind) {
      case Kind::request: return consume(*request);
      case Kind::response:
        consume(*response);
        while (error.empty() && is_interim()) {
          done = false;
          restart();
          begin = pending.substr(0, begin_kept);
          consume(*response);
        }
        return;
    }
  }
  void feed(std::string_view bytes) {
    if (done || !error.empty()) return;
    if (begin.size() < begin_kept) begin += bytes.substr(0, begin_kept - begin.size());
    pending += bytes;
    consume();
  }
  template <class Parser>
  void end(Parser& parser) {
    ErrorCode failed;
    if (parser.got_some()) parser.put_eof(failed);
    done = !failed && parser.is_done();
    if (done) return;
    truncated = true;
    fail(parser.got_some() ? failed.message() : "the stream ended before a message began");
  }
  void end() {
    if (done || !error.empty()) return;
    switch (kind) {
      case Kind::request: return end(*request);
      case Kind::response: return end(*response);
    }
  }
  // The parser reports a field that is longer than it can store by an exception.
  template <class Action>
  void guarded(Action action) {
    try {
      action();
    } catch (const std::exception& problem) {
      fail(problem.what());
    }
  }

  static constexpr std::size_t begin_kept = 1024;
};

HttpParser::HttpParser(Kind kind, Limits limits) : state_(std::make_unique<State>(kind, limits)) {}
HttpParser::~HttpParser() = default;
HttpParser::HttpParser(HttpParser&&) noexcept = default;
HttpParser& HttpParser::operator=(HttpParser&&) noexcept = default;

void HttpParser::feed(std::string_view bytes) {
  state_->guarded([&] { state_->feed(bytes); });
}
void HttpParser::end_of_stream() {
  state_->guarded([&] { state_->end(); });
}
bool HttpParser::headers_done() const {
  return state_->headers_seen;
}
bool HttpParser::done() const {
  return state_->done;
}
bool HttpParser::truncated() const {
  return state_->truncated;
}
const std::string& HttpParser::error() const {
  return state_->error;
}
const HttpMessage& HttpParser::message() const {
  return state_->message;
}

std::optional<std::string> header_value(const std::vector<std::pair<std::string, std::string>>& headers,
                                        std::string_view name) {
  const std::string wanted = lower(name);
  for (const auto& [key, value] : headers) {
    if (lower(key) == wanted) return value;
  }
  return std::nullopt;
}

std::string format_request(std::string_view method, std::string_view target, std::string_view host,
                           const std::vector<std::pair<std::string, std::string>>& headers) {
  std::string text = fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\n", method, target.empty() ? "/" : target, host);
  for (const auto& [name, value] : headers) text += fmt::format("{}: {}\r\n", name, value);
  if (!header_value(headers, "Connection")) text += "Connection: close\r\n";
  return text + "\r\n";
}

std::string format_response(int status, const std::vector<std::pair<std::string, std::string>>& headers,
                            std::string_view body) {
  const auto reason = http::obsolete_reason(static_cast<http::status>(status));
  std::string text = fmt::format("HTTP/1.1 {} {}\r\n", status, text_of(reason));
  for (const auto& [name, value] : headers) text += fmt::format("{}: {}\r\n", name, value);
  const bool framed = header_value(headers, "Content-Length") || header_value(headers, "Transfer-Encoding");
  if (!framed) text += fmt::format("Content-Length: {}\r\n", body.size());
  return text.append("\r\n").append(body);
}

}  // namespace mtls
