// What happened on one connection, in order and with times, and what the handshake messages among it say.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/time.h"
#include "harness/model/observation.h"

namespace mtls::client {

// Bounded: a peer that never ends its handshake cannot fill the memory; alerts and the end still find room.
class Timeline {
 public:
  static constexpr std::size_t most_entries = 200;

  // A record as SSL_CTX_set_msg_callback hands it over. `phase` is the client's at this moment.
  void message(bool sent, bool tls13, int content_type, std::span<const unsigned char> bytes, AlertPhase phase);
  void application_data(bool sent, std::size_t bytes);
  void tcp(bool sent, std::string_view what);

  int messages() const { return messages_; }
  bool certificate_requested() const { return certificate_requested_; }
  bool certificate_sent() const { return certificate_sent_; }
  bool close_notify_received() const { return close_notify_received_; }
  const std::optional<Alert>& alert_received() const { return alert_received_; }
  const std::optional<Alert>& alert_sent() const { return alert_sent_; }
  std::vector<TimelineEntry> entries() const;

 private:
  void add(bool sent, std::string record, std::string detail, bool important);
  void alert(bool sent, std::span<const unsigned char> bytes, AlertPhase phase);
  void handshake(bool sent, bool tls13, std::span<const unsigned char> bytes);

  Clock::time_point begun_ = Clock::now();
  std::vector<TimelineEntry> entries_;
  std::size_t data_bytes_ = 0;  // of the last entry, where that is application data
  int messages_ = 0;
  bool certificate_requested_ = false;
  bool certificate_sent_ = false;
  bool close_notify_received_ = false;
  std::optional<Alert> alert_received_;
  std::optional<Alert> alert_sent_;
};

}  // namespace mtls::client
