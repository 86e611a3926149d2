// The flow on one connection; every wait has a deadline, and every amount a limit.
#include "harness/client/conversation.h"

#include <algorithm>

#include <fmt/format.h>

#include "harness/base/text.h"
#include "harness/client/request.h"

namespace mtls::client {
namespace {

constexpr std::size_t handshake_limit = 1u << 20;
constexpr std::size_t received_limit = 16u << 20;
constexpr int message_limit = 500;
// How long a gateway may take to say no to a client that asks nothing: TLS 1.3 refuses after the handshake.
constexpr std::chrono::milliseconds verdict_patience{300};
// How long it may take to end the connection after its answer, as it was asked to.
constexpr std::chrono::milliseconds close_patience{100};

Deadline sooner(const Deadline& deadline, std::chrono::milliseconds patience) {
  return Deadline(std::min(patience, std::chrono::milliseconds(deadline.left_ms())));
}

bool is_http1(const std::string& alpn) {
  return alpn.empty() || alpn == "http/1.1" || alpn == "http/1.0";
}

}  // namespace

Conversation::Conversation(const Probe& probe, const Deadline& deadline, Timeline& timeline, Tls* tls, Wire wire,
                           ClientView& view)
    : probe_(probe),
      deadline_(deadline),
      timeline_(timeline),
      tls_(tls),
      wire_(std::move(wire)),
      view_(view),
      answer_(probe.method) {}

void Conversation::run() {
  if (shake_hands()) exchange();
  part();
  write_down();
}

bool Conversation::shake_hands() {
  if (!tls_) return true;
  tls_->take({});
  wire_.send(tls_->ciphertext());
  while (tls_->state() == Tls::State::handshaking && !ended()) {
    receive(deadline_);
    if (broken_off_) return false;
    if (wire_.end() == Wire::End::none && deadline_.passed() && tls_->state() == Tls::State::handshaking) {
      view_.timed_out = true;
      fail(fmt::format("the handshake did not end within {} ms", probe_.timeout.count()));
      return false;
    }
  }
  if (tls_->state() == Tls::State::failed) fail(tls_->failure());
  if (tls_->state() == Tls::State::handshaking) fail(words_for_end("during the handshake"));
  return tls_->state() == Tls::State::open;
}

void Conversation::exchange() {
  const std::string alpn = tls_ ? tls_->view().alpn : std::string();
  if (probe_.send_request && !is_http1(alpn)) {
    fail(fmt::format("the gateway chose ALPN \"{}\", in which no HTTP/1.1 request can be sent", alpn));
  }
  if (!probe_.send_request || !is_http1(alpn)) {
    listen(sooner(deadline_, verdict_patience));
    return;
  }
  ask();
  listen(deadline_);
  if (answer_.whole()) {
    const Deadline patience = sooner(deadline_, close_patience);
    while (!ended() && !broken_off_ && !patience.passed()) receive(patience);
  } else if (!ended() && !broken_off_ && deadline_.passed()) {
    view_.timed_out = !answer_.view();
    fail(fmt::format("{} within {} ms", answer_.begun() ? "the answer was not whole" : "no answer came",
                     probe_.timeout.count()));
  }
}

void Conversation::ask() {
  const std::string request = request_of(probe_);
  if (tls_) {
    tls_->write(request);
    wire_.send(tls_->ciphertext());
  } else {
    timeline_.application_data(true, request.size());
    wire_.send(request);
  }
}

// Until the answer is whole, something else ends it, or without a question of ours the peer says anything at all.
void Conversation::listen(const Deadline& until) {
  while (!ended() && !broken_off_ && !until.passed()) {
    if (answer_.whole() || answer_.malformed() || (!probe_.send_request && answer_.begun())) return;
    receive(until);
  }
}

// One read from the wire, its plaintext into the answer, and what TLS has to say to it back onto the wire.
void Conversation::receive(const Deadline& until) {
  const std::string_view bytes = wire_.receive(until);
  std::string plaintext;
  if (!bytes.empty() && tls_) {
    if (!speaks_tls(bytes)) return;
    plaintext = tls_->take(bytes);
    wire_.send(tls_->ciphertext());
  } else if (!bytes.empty()) {
    timeline_.application_data(false, bytes.size());
    plaintext = bytes;
  }
  if (!plaintext.empty()) answer_.take(plaintext);
  if (wire_.end() != Wire::End::none && !end_written_) {
    end_written_ = true;
    timeline_.tcp(false, wire_.end() == Wire::End::fin ? "FIN" : "RST");
  }
  if (ended()) answer_.peer_finished();
  if (!within_limits()) broken_off_ = true;
}

bool Conversation::ended() const {
  const bool tls_over = tls_ && (tls_->state() == Tls::State::closed || tls_->state() == Tls::State::failed);
  return tls_over || wire_.end() != Wire::End::none;
}

bool Conversation::within_limits() {
  const bool handshaking = tls_ && tls_->state() == Tls::State::handshaking;
  if (handshaking && wire_.received() > handshake_limit) {
    fail("the handshake is too large: more than 1 MiB came before it was complete");
    return false;
  }
  if (timeline_.messages() > message_limit) {
    fail("too many handshake messages");
    return false;
  }
  if (wire_.received() > received_limit) {
    fail("the answer is too large: more than 16 MiB came");
    return false;
  }
  return true;
}

// OpenSSL would only say "wrong version number", and would wait for a whole record header first.
bool Conversation::speaks_tls(std::string_view bytes) {
  if (first_bytes_.size() >= 2) return true;
  first_bytes_.append(bytes.substr(0, 256));
  if (may_be_tls(first_bytes_)) return true;
  view_.plaintext_answer = sanitise_line(first_bytes_);
  fail("the peer does not speak TLS: " + quote(first_bytes_));
  broken_off_ = true;
  return false;
}

void Conversation::fail(std::string words) {
  if (view_.failure.empty()) view_.failure = sanitise_line(words);
}

std::string Conversation::words_for_end(std::string_view when) const {
  const bool reset = wire_.end() == Wire::End::reset;
  return fmt::format("the peer {} the connection {}", reset ? "reset" : "closed", when);
}

void Conversation::part() {
  if (tls_ && tls_->state() == Tls::State::failed && !answer_.whole()) fail(tls_->failure());
  fail(answer_.failure());
  view_.closed = closed();
  if (ended() && !answer_.begun()) fail(words_for_end(probe_.send_request ? "without an answer" : "unasked"));
  if (tls_) {
    if (wire_.end() == Wire::End::none) tls_->close();
    wire_.send(tls_->ciphertext());
  }
  // A peer that let its time pass gets no more of it.
  wire_.finish(sooner(deadline_, broken_off_ ? std::chrono::milliseconds(0) : close_patience));
}

Closed Conversation::closed() const {
  if (tls_) {
    if (timeline_.close_notify_received()) return Closed::clean;
    // A fatal alert ends the connection (RFC 8446, 6.2), whether FIN, RST or nothing follows it.
    if (timeline_.alert_received() && timeline_.alert_received()->fatal) return Closed::abrupt;
    if (tls_->state() == Tls::State::failed) return Closed::open;
    return wire_.end() == Wire::End::none ? Closed::open : Closed::abrupt;
  }
  if (wire_.end() == Wire::End::none) return Closed::open;
  return wire_.end() == Wire::End::fin && answer_.whole() ? Closed::clean : Closed::abrupt;
}

void Conversation::write_down() {
  if (tls_) view_.handshake = tls_->view();
  view_.alert_received = timeline_.alert_received();
  view_.alert_sent = timeline_.alert_sent();
  view_.http = answer_.view();
  view_.timeline = timeline_.entries();
}

}  // namespace mtls::client
