// A gateway as its processes: one, or one for each listener.
#include "harness/gateway/gateway.h"

#include <poll.h>

#include <algorithm>
#include <future>
#include <mutex>

#include "harness/base/time.h"
#include "harness/gateway/launched.h"
#include "harness/gateway/open_ports.h"
#include "harness/gateway/workers.h"

namespace mtls::gateway {
namespace {

using std::chrono::milliseconds;

constexpr int look_again_ms = 2;
// Who has let go of a client writes its line at once, or when it is stopped: more than one look gives it the time for
// what it is about to do.
constexpr milliseconds idle_look_after{100};
constexpr int idle_looks_wanted = 3;

struct Wait {
  std::vector<std::string> missing;
  bool in_vain = false;
};

// What each of the logs still misses is looked for in the others too: which process a client came to is not known here.
template <class Missing>
std::vector<std::string> wait_for(std::vector<std::string> wanted, milliseconds patience, const Missing& missing_in) {
  const Deadline deadline(patience);
  for (;;) {
    Wait seen = missing_in(std::move(wanted));
    wanted = std::move(seen.missing);
    if (wanted.empty() || seen.in_vain || deadline.passed()) return wanted;
    ::poll(nullptr, 0, std::min(look_again_ms, deadline.left_ms()));
  }
}

}  // namespace

struct Gateway::State {
  explicit State(std::filesystem::path place) : folder(std::move(place)) {}
  std::filesystem::path folder;  // in which each process has its own
  std::vector<std::unique_ptr<Launched>> processes;
  std::once_flag stopped;

  // Each takes the time that its program takes to go, so all of them go at once.
  void stop() {
    std::vector<std::future<void>> ending;
    for (std::size_t n = 1; n < processes.size(); ++n)
      ending.push_back(std::async(std::launch::async, [process = processes[n].get()] { process->end(); }));
    if (!processes.empty()) processes.front()->end();
    for (std::future<void>& one : ending) one.wait();
    end_strays(folder);
    for (const auto& process : processes) process->read_to_the_end();
  }
};

Gateway::Gateway(std::unique_ptr<State> state) : state_(std::move(state)) {}
Gateway::Gateway(Gateway&&) noexcept = default;
Gateway& Gateway::operator=(Gateway&& other) noexcept {
  if (this != &other) {
    stop();
    state_ = std::move(other.state_);
  }
  return *this;
}
Gateway::~Gateway() {
  stop();
}

Result<Gateway> Gateway::start(const GatewayKind& kind, const Installed& installed, const Plan& plan) {
  const Result<std::vector<Plan>> plans = plans_of(kind, plan);
  if (!plans) return plans.error();
  Gateway gateway(std::make_unique<State>(plan.folder));
  for (const Plan& one : *plans) {
    Result<std::unique_ptr<Launched>> launched = Launched::launch(kind, installed, one);
    if (!launched) return launched.error();
    gateway.state_->processes.push_back(std::move(*launched));
  }
  for (const auto& process : gateway.state_->processes)
    if (const Result<void> ready = process->await(); !ready) return ready.error();
  return gateway;
}

bool Gateway::alive() {
  return std::all_of(state_->processes.begin(), state_->processes.end(), [](const auto& one) { return one->alive(); });
}

std::string Gateway::how_it_ended() {
  for (const auto& process : state_->processes)
    if (std::string end = process->how_it_ended(); !end.empty()) return end;
  return "";
}

milliseconds Gateway::ready_after() const {
  milliseconds latest{0};
  for (const auto& process : state_->processes) latest = std::max(latest, process->ready_after());
  return latest;
}

Result<void> Gateway::reload() {
  for (const auto& process : state_->processes)
    if (const Result<void> done = process->reload(); !done) return done;
  return {};
}

std::vector<std::string> Gateway::wait_for_clients(const std::vector<std::string>& clients, milliseconds patience) {
  std::vector<pid_t> leaders;
  for (const auto& process : state_->processes) leaders.push_back(process->pid());
  int idle_looks = 0;
  Deadline look(idle_look_after);
  return wait_for(clients, patience, [&](std::vector<std::string> wanted) {
    for (const auto& process : state_->processes) wanted = process->log().missing(wanted, milliseconds(0));
    if (wanted.empty() || !look.passed()) return Wait{std::move(wanted)};
    look = Deadline(idle_look_after);
    idle_looks = may_be_busy_with(leaders, wanted) ? 0 : idle_looks + 1;
    return Wait{std::move(wanted), idle_looks == idle_looks_wanted};
  });
}

std::vector<std::string> Gateway::wait_for_texts(const std::vector<std::string>& texts, milliseconds patience) {
  return wait_for(texts, patience, [this](std::vector<std::string> wanted) {
    for (const auto& process : state_->processes) wanted = process->log().missing_texts(wanted, milliseconds(0));
    return Wait{std::move(wanted)};
  });
}

std::vector<LogLine> Gateway::log() {
  std::vector<LogLine> all;
  for (const auto& process : state_->processes) {
    std::vector<LogLine> lines = process->log().lines();
    std::move(lines.begin(), lines.end(), std::back_inserter(all));
  }
  return all;
}

std::vector<std::string> Gateway::alarms() {
  std::vector<std::string> all;
  for (const auto& process : state_->processes) {
    const std::vector<std::string> lines = process->log().alarms();
    all.insert(all.end(), lines.begin(), lines.end());
  }
  return all;
}

void Gateway::stop() {
  if (state_) std::call_once(state_->stopped, [this] { state_->stop(); });
}

double Gateway::cpu_seconds() const {
  double all = 0;
  for (const auto& process : state_->processes) all += process->cpu_seconds();
  return all;
}

}  // namespace mtls::gateway
