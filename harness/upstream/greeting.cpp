// What a connection makes of its first bytes: TLS, HTTP or neither, and whether the service speaks that.
#include "harness/base/text.h"
#include "harness/upstream/connection.h"

namespace mtls::upstream {
namespace {

constexpr unsigned char handshake_record = 0x16;
constexpr unsigned char tls_major = 3;

bool is_tls(std::string_view bytes) {
  return static_cast<unsigned char>(bytes[0]) == handshake_record &&
         (bytes.size() < 2 || static_cast<unsigned char>(bytes[1]) == tls_major);
}

}  // namespace

void Connection::greet() {
  if (policy_ != nullptr) {
    greet_tls_service();
  } else {
    greet_plain_service();
  }
}

void Connection::greet_tls_service() {
  if (listener_.behaviour() == Behaviour::silent) {
    stage_ = Stage::mute;
    return;
  }
  if (is_tls(first_bytes_)) {
    if (first_bytes_.size() < 2) return;
    stage_ = Stage::handshake;
    tls_ = std::make_unique<TlsSession>(*policy_, seen_);
    exchange(std::exchange(first_bytes_, {}));
    return;
  }
  seen_.tls = false;
  const bool http = first_bytes_[0] >= 'A' && first_bytes_[0] <= 'Z';
  seen_.failure = http ? "plaintext HTTP" : "neither TLS nor HTTP: " + sanitise_line(first_bytes_, 16);
  handshake_ended_ = true;
  if (http) out_ = refusal(400, "This port speaks TLS.\n").bytes;
  closing_ = true;
}

void Connection::greet_plain_service() {
  if (!is_tls(first_bytes_)) {
    stage_ = Stage::requests;
    exchange(std::exchange(first_bytes_, {}));
    return;
  }
  if (first_bytes_.size() < 2) return;
  note_handshake_ = true;
  seen_.failure = "TLS ClientHello on a plaintext service";
  handshake_ended_ = true;
  if (listener_.behaviour() == Behaviour::silent) {
    stage_ = Stage::mute;
    publish();
    return;
  }
  out_ = refusal(400, "This port speaks plain HTTP.\n").bytes;
  closing_ = true;
}

}  // namespace mtls::upstream
