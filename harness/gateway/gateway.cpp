// The life of a gateway: launched, answering, reloaded, stopped.
#include "harness/gateway/gateway.h"

#include <signal.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>
#include <set>

#include <fmt/format.h>

#include "harness/base/process.h"
#include "harness/base/text.h"
#include "harness/base/time.h"
#include "harness/gateway/log_reader.h"
#include "harness/gateway/readiness.h"
#include "harness/gateway/render.h"
#include "harness/gateway/workers.h"

namespace mtls::gateway {
namespace {

using std::chrono::milliseconds;

constexpr const char* output_file = "output.log";
constexpr milliseconds stop_patience{500};
constexpr milliseconds reload_patience{2000};
constexpr milliseconds stop_glance{5};
constexpr std::size_t most_words = 20;  // lines of a failed gateway's own words

Result<int> signal_number(const std::string& name) {
  struct Known {
    std::string_view name;
    int number;
  };
  static constexpr std::array known{Known{"HUP", SIGHUP},   Known{"INT", SIGINT},    Known{"QUIT", SIGQUIT},
                                    Known{"KILL", SIGKILL}, Known{"USR1", SIGUSR1},  Known{"USR2", SIGUSR2},
                                    Known{"TERM", SIGTERM}, Known{"WINCH", SIGWINCH}};
  for (const Known& signal : known)
    if (signal.name == name) return signal.number;
  return Error{"start", "no signal is called \"" + sanitise_line(name) + "\"", ""};
}

std::vector<std::string> files_to_read(const GatewayKind& kind) {
  std::vector<std::string> files = kind.logs;
  if (std::find(files.begin(), files.end(), output_file) == files.end()) files.emplace_back(output_file);
  return files;
}

// Its output and its error log often hold the same message, dressed differently; both are short where a start fails.
std::string own_words(const GatewayKind& kind, const std::filesystem::path& folder) {
  std::vector<std::string> words = last_lines(folder / output_file, most_words / 2);
  if (!kind.error_log.empty() && kind.error_log != output_file) {
    const std::vector<std::string> more = last_lines(folder / kind.error_log, most_words - words.size());
    words.insert(words.end(), more.begin(), more.end());
  }
  return words.empty() ? "it said nothing" : join(words, "\n");
}

std::string how_it_ended(const Exit& exit) {
  if (exit.signal != 0) return fmt::format("ended by signal {} before it was ready", exit.signal);
  if (exit.code != 0) return fmt::format("ended with exit code {} before it was ready", exit.code);
  return "ended with exit code 0 before it was ready; it must stay in the foreground";
}

}  // namespace

struct Gateway::State {
  State(GatewayKind its_kind, Child its_child, LogReader::Patterns patterns, std::filesystem::path its_folder)
      : kind(std::move(its_kind)),
        folder(std::move(its_folder)),
        child(std::move(its_child)),
        log(folder, files_to_read(kind), std::move(patterns), readiness_source) {}

  Error failure(std::string what) const {
    return {"start", fmt::format("{} {}:\n{}", kind.kind, what, own_words(kind, folder)), configuration.string()};
  }

  GatewayKind kind;
  std::filesystem::path folder;
  std::filesystem::path configuration;
  Child child;
  LogReader log;
  milliseconds ready_after{0};
  int stop_signal = SIGTERM;
  std::mutex stopping;
  std::atomic<bool> stopped{false};
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
  const Result<int> stop_signal = signal_number(kind.stop_signal);
  if (!stop_signal) return stop_signal.error();
  Result<LogReader::Patterns> patterns = LogReader::patterns_of(kind);
  if (!patterns) return patterns.error();
  Result<CommandLine> line = render_all(kind, plan);
  if (!line) return line.error();
  if (const Result<void> free = check_free(plan); !free) return free.error();

  const Clock::time_point began = Clock::now();
  const Deadline deadline(kind.ready_within);
  ProcessSpec spec{installed.program, line->arguments, plan.folder, line->environment, plan.folder / output_file};
  Result<Child> child = spawn(spec);
  if (!child) return child.error();
  Gateway gateway(std::make_unique<State>(kind, std::move(*child), std::move(*patterns), plan.folder));
  State& state = *gateway.state_;
  state.stop_signal = *stop_signal;
  state.configuration = line->configuration;
  const Waited waited = wait_until_ready(plan, state.child, deadline);
  switch (waited.readiness) {
    case Readiness::ready: break;
    case Readiness::ended: return state.failure(how_it_ended(state.child.wait_for(milliseconds(0)).value_or(Exit{})));
    case Readiness::late:
      return state.failure(fmt::format("gave no answer at {} within {} ms", waited.silent, kind.ready_within.count()));
  }
  state.ready_after = std::chrono::duration_cast<milliseconds>(Clock::now() - began);
  state.log.begin();
  return gateway;
}

bool Gateway::alive() {
  return !state_->stopped && state_->child.running();
}

milliseconds Gateway::ready_after() const {
  return state_->ready_after;
}

namespace {

// A gateway with workers has reloaded when those of before are gone; one without does it in place.
enum class Turnover { done, begun, none };
Turnover turnover(const std::set<pid_t>& before, pid_t leader) {
  const std::set<pid_t> now = children_of(leader);
  const auto is_old = [&](pid_t pid) { return before.count(pid) != 0; };
  const bool some_old = std::any_of(now.begin(), now.end(), is_old);
  const bool some_new = std::any_of(now.begin(), now.end(), [&](pid_t pid) { return !is_old(pid); });
  if (before.empty() || (some_new && !some_old)) return Turnover::done;
  return some_new ? Turnover::begun : Turnover::none;
}

}  // namespace

Result<void> Gateway::reload() {
  State& state = *state_;
  const auto failure = [&](const std::string& what) {
    return Error{"reload", state.kind.kind + " " + what, state.configuration.string()};
  };
  if (state.kind.reload_signal.empty()) return failure("cannot be reloaded");
  const Result<int> number = signal_number(state.kind.reload_signal);
  if (!number) return number.error();
  const std::size_t alarms_before = alarms().size();
  const std::set<pid_t> workers = children_of(state.child.pid());
  state.child.signal(*number);
  const Deadline deadline(reload_patience);
  for (;;) {
    if (!alive()) return failure("no longer runs:\n" + own_words(state.kind, state.folder));
    const Turnover seen = turnover(workers, state.child.pid());
    const std::vector<std::string> now = alarms();
    if (now.size() > alarms_before) return failure("did not reload: " + now.back());
    // Workers of before that are still there at the deadline only finish what they hold.
    if (seen == Turnover::done || (deadline.passed() && seen == Turnover::begun)) return {};
    if (deadline.passed()) return failure("did not reload:\n" + own_words(state.kind, state.folder));
    state.child.wait_for(stop_glance);
  }
}

std::vector<std::string> Gateway::wait_for_clients(const std::vector<std::string>& clients, milliseconds patience) {
  return state_->log.missing(clients, patience);
}

std::vector<std::string> Gateway::wait_for_texts(const std::vector<std::string>& texts, milliseconds patience) {
  return state_->log.missing_texts(texts, patience);
}

std::vector<LogLine> Gateway::log() {
  return state_->log.lines();
}

std::vector<std::string> Gateway::alarms() {
  return state_->log.alarms();
}

void Gateway::stop() {
  if (!state_) return;
  const std::lock_guard lock(state_->stopping);
  if (state_->stopped.exchange(true)) return;
  state_->log.expect_end();
  state_->child.stop(state_->stop_signal, stop_patience);
  end_strays(state_->folder);
  state_->log.finish();
}

double Gateway::cpu_seconds() const {
  return state_->child.cpu_seconds();
}

}  // namespace mtls::gateway
