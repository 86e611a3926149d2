// A stage whose gateway already runs: found, asked, and heard.
#include <fmt/format.h>

#include "harness/judge/judge.h"
#include "harness/run/examine_resolve.h"
#include "harness/run/stage.h"

namespace mtls::run {
namespace {

constexpr std::size_t most_hosts_addresses = 4;
constexpr std::chrono::milliseconds connect_patience{2000};
constexpr std::chrono::milliseconds resolve_patience{5000};
// After so many connections in a row that were not to be had, a gateway is asked no more.
constexpr int most_not_connected = 3;

// Of several, the first that takes a connection.
Endpoint choose(const std::vector<Endpoint>& endpoints) {
  if (endpoints.size() > 1)
    for (const Endpoint& endpoint : endpoints)
      if (connect_tcp(endpoint, "", Deadline(connect_patience))) return endpoint;
  return endpoints.front();
}

}  // namespace

Result<void> Stage::meet(const Live& live) {
  const Result<std::vector<Endpoint>> endpoints =
      resolve(live.gateway.host, live.gateway.port, most_hosts_addresses, resolve_patience);
  if (!endpoints) return endpoints.error();
  if (!live.gateway.log.empty()) {
    Result<LogTail> log = LogTail::follow(live.gateway.log);
    if (!log) return log.error();
    log_tail_ = std::move(*log);
  }
  StandingSite site;
  site.spec = plan_.listeners.front().sites.front().spec;
  site.at = choose(*endpoints);
  site.live = &live;
  sites_ = {{{std::move(site)}}};
  return {};
}

std::string Stage::slot(std::size_t number) const {
  const StandingSite& site = sites_.front().front().front();
  const auto at_once = static_cast<std::size_t>(site.live->gateway.connections);
  return fmt::format("{} connection {}", to_string(site.at), number % at_once);
}

Trial Stage::ask(const Request& request, std::optional<TlsVersion> tls, const StandingSite& site,
                 std::map<int, SessionRef>& resumable, int step) {
  if (site.live && not_connected_ >= most_not_connected) {
    Trial none;
    none.observation.at = scene_.options.now;
    none.trouble = fmt::format("{} gave no connection {} times in a row, and was asked no more", to_string(site.at),
                               most_not_connected);
    return none;
  }
  Trial trial = try_request(request, tls, site, scene_, presented_, resumable, step);
  if (!site.live) {
    trial.observation.gateway.alive = gateway_->alive();
    return trial;
  }
  const ClientView& client = trial.observation.client;
  not_connected_ = client.connected ? 0 : not_connected_ + 1;
  if (!client.connected && trial.trouble.empty())
    trial.trouble = fmt::format("{} gave no connection: {}", to_string(site.at), client.connect_error);
  GatewayView& gateway = trial.observation.gateway;
  gateway.kind = site.live->gateway.kind;
  gateway.log_available = log_tail_.has_value();
  if (log_tail_ && client.connected) gateway.log = log_tail_->lines(client.source, !judge::admitted(trial.observation));
  return trial;
}

}  // namespace mtls::run
