// Reads the HTTP response, and finds words for what is none.
#include "harness/client/answer.h"

#include <algorithm>
#include <span>

#include <fmt/format.h>

#include "harness/base/text.h"

namespace mtls::client {
namespace {

constexpr std::size_t first_bytes_kept = 256;
constexpr std::size_t headers_kept = 200;
constexpr std::size_t header_value_kept = 8 * 1024;
constexpr std::size_t header_bytes_kept = 64 * 1024;
constexpr HttpParser::Limits limits{1u << 20, 4u << 10, 16u << 20};

std::vector<Header> harmless(const std::vector<Header>& headers) {
  std::vector<Header> kept;
  std::size_t bytes = 0;
  for (const Header& header : headers) {
    kept.emplace_back(sanitise_line(header.first, header_value_kept), sanitise_line(header.second, header_value_kept));
    bytes += kept.back().first.size() + kept.back().second.size();
    if (kept.size() == headers_kept || bytes > header_bytes_kept) break;
  }
  return kept;
}

}  // namespace

Answer::Answer(std::string_view method) : parser_(HttpParser::Kind::response, limits), to_head_(method == "HEAD") {}

void Answer::take(std::string_view bytes) {
  if (first_bytes_.size() < first_bytes_kept) {
    first_bytes_.append(bytes.substr(0, first_bytes_kept - first_bytes_.size()));
  }
  if (!malformed()) parser_.feed(bytes);
}

void Answer::peer_finished() {
  if (begun() && !malformed() && !whole()) parser_.end_of_stream();
}

std::optional<HttpView> Answer::view() const {
  const HttpMessage& message = parser_.message();
  if (message.status == 0) return std::nullopt;
  HttpView view;
  view.status = message.status;
  view.version = sanitise_line(message.version);
  view.headers = harmless(message.headers);
  view.body = sanitise(message.body, limits.body_kept);
  view.truncated = !whole() || parser_.truncated() || malformed();
  return view;
}

std::string Answer::failure() const {
  if (!begun()) return {};
  const bool status_known = parser_.message().status != 0;
  if (!status_known && may_be_tls(first_bytes_)) {
    const bool alert = first_bytes_[0] == 0x15;
    return fmt::format("the peer speaks TLS: it answered plain HTTP with a TLS {} record",
                       alert ? "alert" : "handshake");
  }
  if (malformed()) {
    return status_known ? "the HTTP answer is not well formed: " + parser_.error()
                        : "the peer does not speak HTTP: " + quote(first_bytes_);
  }
  return whole() ? std::string() : "the HTTP answer ended before it was whole";
}

std::string quote(std::string_view first_bytes) {
  const std::string_view line = first_bytes.substr(0, first_bytes.find_first_of("\r\n"));
  const auto printable = [](char c) { return c >= 0x20 && c < 0x7f; };
  if (!line.empty() && std::all_of(line.begin(), line.end(), printable)) {
    return fmt::format("it said \"{}\"", sanitise_line(line.substr(0, 120)));
  }
  const std::string_view start = first_bytes.substr(0, 16);
  return "its first bytes are " + hex({reinterpret_cast<const unsigned char*>(start.data()), start.size()});
}

bool may_be_tls(std::string_view first_bytes) {
  if (first_bytes.empty()) return true;
  const auto type = static_cast<unsigned char>(first_bytes[0]);
  return type >= 0x14 && type <= 0x17 && (first_bytes.size() < 2 || first_bytes[1] == 0x03);
}

}  // namespace mtls::client
