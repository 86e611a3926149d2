// Reads handshake messages and alerts (RFC 8446, 4 and 6; RFC 5246, 7) off the wire as they pass.
#include "harness/client/timeline.h"

#include <openssl/ssl3.h>
#include <openssl/tls1.h>

#include <fmt/format.h>

#include "harness/base/openssl.h"

namespace mtls::client {
namespace {

constexpr std::size_t kept_for_the_end = 10;
constexpr int close_notify = 0;
constexpr int user_canceled = 90;
constexpr int fatal_level = 2;

std::string side(bool sent) {
  return sent ? "client" : "gateway";
}

// The certificate list of a Certificate message is not empty. TLS 1.3 puts the request's context before it.
bool carries_certificate(std::span<const unsigned char> message, bool tls13) {
  std::size_t at = 4;
  if (tls13 && message.size() > at) at += 1 + static_cast<std::size_t>(message[at]);
  if (message.size() < at + 3) return false;
  return message[at] != 0 || message[at + 1] != 0 || message[at + 2] != 0;
}

}  // namespace

void Timeline::message(bool sent, bool tls13, int content_type, std::span<const unsigned char> bytes,
                       AlertPhase phase) {
  if (content_type == SSL3_RT_HANDSHAKE && !bytes.empty()) handshake(sent, tls13, bytes);
  if (content_type == SSL3_RT_ALERT && bytes.size() >= 2) alert(sent, bytes, phase);
  if (content_type == SSL3_RT_CHANGE_CIPHER_SPEC) add(sent, "change_cipher_spec", "ChangeCipherSpec", false);
}

void Timeline::application_data(bool sent, std::size_t bytes) {
  const bool follows =
      !entries_.empty() && entries_.back().record == "application_data" && entries_.back().from == side(sent);
  if (!follows) {
    data_bytes_ = 0;
    if (entries_.size() >= most_entries - kept_for_the_end) return;
    add(sent, "application_data", {}, false);
  }
  data_bytes_ += bytes;
  entries_.back().detail = fmt::format("{} bytes", data_bytes_);
}

void Timeline::tcp(bool sent, std::string_view what) {
  add(sent, "tcp", std::string(what), true);
}

std::vector<TimelineEntry> Timeline::entries() const {
  return entries_;
}

void Timeline::add(bool sent, std::string record, std::string detail, bool important) {
  if (entries_.size() >= (important ? most_entries : most_entries - kept_for_the_end)) return;
  const auto since = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begun_);
  entries_.push_back({since.count(), side(sent), std::move(record), std::move(detail)});
}

void Timeline::handshake(bool sent, bool tls13, std::span<const unsigned char> bytes) {
  ++messages_;
  const int type = bytes[0];
  std::string detail = handshake_message_name(type);
  if (!sent && type == SSL3_MT_CERTIFICATE_REQUEST) certificate_requested_ = true;
  if (type == SSL3_MT_CERTIFICATE) {
    const bool carries = carries_certificate(bytes, tls13);
    if (sent) certificate_sent_ = carries;
    if (!carries) detail += " (empty)";
  }
  add(sent, "handshake", std::move(detail), false);
}

void Timeline::alert(bool sent, std::span<const unsigned char> bytes, AlertPhase phase) {
  ++messages_;
  Alert alert;
  alert.number = bytes[1];
  alert.name = std::string(alert_name(alert.number));
  // TLS 1.3 keeps the level byte but gives it no meaning (RFC 8446, 6); stacks differ in what they put there.
  alert.fatal = bytes[0] == fatal_level && alert.number != close_notify && alert.number != user_canceled;
  alert.phase = phase;
  add(sent, "alert", fmt::format("{} {}({})", alert.fatal ? "fatal" : "warning", alert.name, alert.number), true);
  if (alert.number == close_notify) {
    if (!sent) close_notify_received_ = true;
    return;
  }
  std::optional<Alert>& slot = sent ? alert_sent_ : alert_received_;
  if (!slot || (alert.fatal && !slot->fatal)) slot = std::move(alert);
}

}  // namespace mtls::client
