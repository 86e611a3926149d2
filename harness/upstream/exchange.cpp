// Requests cut from a stream and answered: the echo of the witness, and OCSP.
#include "harness/upstream/exchange.h"

#include <openssl/evp.h>

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "harness/base/text.h"

namespace mtls::upstream {
namespace {

constexpr std::size_t longest_name = 256;
constexpr std::size_t longest_value = 4 * 1024;
constexpr std::size_t longest_echo = 2 * 1024;
constexpr std::size_t most_headers = 128;

HttpParser new_parser() {
  HttpParser::Limits limits;
  limits.body_kept = 64 * 1024;
  limits.body_bytes = 1u << 20;
  return HttpParser(HttpParser::Kind::request, limits);
}

// RFC 9112, 9.3: 1.1 stays open unless told otherwise, 1.0 closes unless told otherwise.
bool stays_open(const HttpMessage& request) {
  bool close = false;
  bool keep_alive = false;
  for (const auto& [name, value] : request.headers) {
    if (lower(name) != "connection") continue;
    for (const std::string& option : split(lower(value), ',')) {
      close = close || trim(option) == "close";
      keep_alive = keep_alive || trim(option) == "keep-alive";
    }
  }
  return !close && (request.version == "1.1" || keep_alive);
}

Answer make_answer(const HttpMessage& request, int status, std::string_view type, std::string_view body) {
  Answer answer;
  answer.status = status;
  answer.keep_alive = stays_open(request);
  answer.bytes = format_response(
      status, {{"Content-Type", std::string(type)}, {"Connection", answer.keep_alive ? "keep-alive" : "close"}}, body);
  // The answer to HEAD has the same header and no content (RFC 9110, 9.3.2).
  if (request.method == "HEAD") answer.bytes.resize(answer.bytes.size() - body.size());
  return answer;
}

std::string echoed(const HttpMessage& request, std::string_view header) {
  const auto value = header_value(request.headers, header);
  return value ? sanitise_line(*value, longest_echo) : "-";
}

std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned value = 0;
    const char* digits = text.data() + i + 1;
    if (text[i] == '%' && i + 2 < text.size() && std::from_chars(digits, digits + 2, value, 16).ptr == digits + 2) {
      out.push_back(static_cast<char>(value));
      i += 2;
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

std::optional<std::string> base64_decoded(std::string text) {
  while (text.size() % 4 != 0) text.push_back('=');
  std::string out(text.size() / 4 * 3, '\0');
  const int length =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()), reinterpret_cast<const unsigned char*>(text.data()),
                      static_cast<int>(text.size()));
  const auto padding =
      static_cast<std::size_t>(std::count(text.end() - std::min<long>(2, std::ssize(text)), text.end(), '='));
  if (length < 0 || static_cast<std::size_t>(length) < padding) return std::nullopt;
  out.resize(static_cast<std::size_t>(length) - padding);  // EVP_DecodeBlock counts padding as bytes
  return out;
}

std::optional<std::string> ocsp_request(const HttpMessage& request) {
  if (request.method == "POST") return request.body;
  if (request.method != "GET" || request.target.size() < 2) return std::nullopt;
  return base64_decoded(percent_decoded(std::string_view(request.target).substr(1)));
}

}  // namespace

std::string_view RequestReader::piece(std::string_view bytes) const {
  if (body_left_) return bytes.substr(0, *body_left_);
  // Headers and chunked bodies end with a newline, so no piece that stops there reaches into the next request.
  const std::size_t newline = bytes.find('\n');
  return newline == std::string_view::npos ? bytes : bytes.substr(0, newline + 1);
}

void RequestReader::note_headers() {
  if (headers_seen_ || !parser_->headers_done()) return;
  headers_seen_ = true;
  const auto& headers = parser_->message().headers;
  const auto length = header_value(headers, "Content-Length");
  if (!length || header_value(headers, "Transfer-Encoding")) return;
  std::size_t number = 0;
  const std::string_view digits = trim(*length);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error == std::errc() && end == digits.data() + digits.size()) body_left_ = number;
}

RequestReader::Found RequestReader::next() {
  std::string_view rest = waiting_;
  // Empty lines before a request are skipped (RFC 9112, 2.2).
  if (!parser_) rest.remove_prefix(std::min(rest.find_first_not_of("\r\n"), rest.size()));
  if (!parser_ && !rest.empty()) parser_.emplace(new_parser());
  while (!rest.empty() && !parser_->done() && parser_->error().empty()) {
    const std::string_view some = piece(rest);
    parser_->feed(some);
    rest.remove_prefix(some.size());
    if (body_left_) *body_left_ -= some.size();
    note_headers();
    if (body_left_ == std::size_t{0} && !parser_->done()) break;
  }
  waiting_.erase(0, waiting_.size() - rest.size());
  if (!parser_) return Found::nothing;
  if (!parser_->error().empty()) return Found::broken;
  return parser_->done() ? Found::whole : Found::part;
}

void RequestReader::forget() {
  parser_.reset();
  headers_seen_ = false;
  body_left_.reset();
}

bool RequestReader::in_request() const {
  return parser_ && !parser_->done();
}

const HttpMessage* RequestReader::message() const {
  return parser_ && parser_->headers_done() ? &parser_->message() : nullptr;
}

Answer echo(const HttpMessage& request, const std::string& client) {
  return make_answer(request, 200, "text/plain",
                     fmt::format("nonce={}\nidentity={}\nclient={}\n", echoed(request, "X-Mtlscheck-Nonce"),
                                 echoed(request, "X-Client-DN"), client.empty() ? "-" : client));
}

Answer answer_ocsp(const HttpMessage& request, const std::function<std::string(const std::string&)>& respond) {
  const auto der = ocsp_request(request);
  if (!der || der->empty()) return make_answer(request, 400, "text/plain", "no OCSP request\n");
  const std::string response = respond(*der);
  if (response.empty()) return make_answer(request, 500, "text/plain", "no OCSP response\n");
  return make_answer(request, 200, "application/ocsp-response", response);
}

Answer refusal(int status, std::string_view words) {
  Answer answer;
  answer.status = status;
  answer.bytes = format_response(status, {{"Content-Type", "text/plain"}, {"Connection", "close"}}, words);
  return answer;
}

UpstreamRequest note_of(const HttpMessage& request, const std::string& client, int answered) {
  UpstreamRequest note;
  note.nonce = sanitise_line(header_value(request.headers, "X-Mtlscheck-Nonce").value_or(""), longest_name);
  note.method = sanitise_line(request.method, longest_name);
  note.path = sanitise_line(request.target, longest_value);
  note.host = sanitise_line(header_value(request.headers, "Host").value_or(""), longest_value);
  for (const auto& [name, value] : request.headers) {
    if (note.headers.size() == most_headers) break;
    note.headers.emplace_back(sanitise_line(name, longest_name), sanitise_line(value, longest_value));
  }
  note.client_subject = client;
  note.answered = answered;
  return note;
}

}  // namespace mtls::upstream
