// The life of one process of a gateway.
#include "harness/gateway/launched.h"

#include <signal.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "harness/base/text.h"
#include "harness/gateway/open_ports.h"
#include "harness/gateway/own_request.h"
#include "harness/gateway/prepare.h"
#include "harness/gateway/readiness.h"
#include "harness/gateway/workers.h"

namespace mtls::gateway {
namespace {

using std::chrono::milliseconds;

constexpr const char* output_file = "output.log";
constexpr milliseconds stop_patience{500};
constexpr milliseconds leaving_patience{2000};  // of a reload, when the new workers are there
constexpr milliseconds request_patience{5000};  // of a reload by request: some look at their files once a second
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

std::string end_of(const Exit& exit) {
  return exit.signal != 0 ? fmt::format("ended by signal {}", exit.signal)
                          : fmt::format("ended with exit code {}", exit.code);
}

std::string early_end_of(const Exit& exit) {
  const bool went_away = exit.signal == 0 && exit.code == 0;
  return end_of(exit) + " before it was ready" + (went_away ? "; it must stay in the foreground" : "");
}

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

Launched::Launched(const GatewayKind& kind, const Plan& plan, const CommandLine& line, Child child,
                   LogReader::Patterns patterns)
    : kind_(kind),
      plan_(plan),
      configuration_(line.configuration),
      child_(std::move(child)),
      log_(plan_.folder, files_to_read(kind_), std::move(patterns), readiness_source) {}

Launched::~Launched() {
  stop();
}

Error Launched::failure(const std::string& what) const {
  return {"start", fmt::format("{} {}:\n{}", kind_.kind, what, own_words(kind_, plan_.folder)),
          configuration_.string()};
}

Error Launched::reload_failure(const std::string& what) const {
  return {"reload", kind_.kind + " " + what, configuration_.string()};
}

Result<std::unique_ptr<Launched>> Launched::launch(const GatewayKind& kind, const Installed& installed,
                                                   const Plan& plan) {
  const Result<int> stop_signal = signal_number(kind.stop_signal);
  if (!stop_signal) return stop_signal.error();
  Result<LogReader::Patterns> patterns = LogReader::patterns_of(kind);
  if (!patterns) return patterns.error();
  Result<CommandLine> line = render_all(kind, plan, installed.home);
  if (!line) return line.error();
  if (const Result<void> free = check_free(plan); !free) return free.error();

  ProcessSpec spec{installed.program, line->arguments, plan.folder, line->environment, plan.folder / output_file};
  if (const Result<void> done = prepare(kind, installed, spec, kind.ready_within); !done) return done.error();
  Result<Child> child = spawn(spec);
  if (!child) return child.error();
  std::unique_ptr<Launched> launched(new Launched(kind, plan, *line, std::move(*child), std::move(*patterns)));
  launched->stop_signal_ = *stop_signal;
  return launched;
}

Result<void> Launched::await() {
  const Deadline deadline(kind_.ready_within);
  if (const Result<void> configured = perform(kind_, plan_.folder, child_, deadline); !configured) {
    const std::optional<Exit> exit = child_.wait_for(milliseconds(0));
    return failure(exit ? early_end_of(*exit) : configured.error().what);
  }
  const Waited waited = wait_until_ready(plan_, child_, deadline);
  switch (waited.readiness) {
    case Readiness::ready: break;
    case Readiness::ended: return failure(early_end_of(child_.wait_for(milliseconds(0)).value_or(Exit{})));
    case Readiness::late:
      return failure(fmt::format("gave no answer at {} within {} ms", waited.silent, kind_.ready_within.count()));
  }
  // What its owner wrote for other machines stays out of their reach here.
  if (const auto open = kind_.is_own() ? reachable_ports(child_.pid()) : std::vector<std::string>(); !open.empty())
    return failure(fmt::format("listens at {} too, which other machines may reach; \"replace\" can exchange the text",
                               join(open, ", ")));
  ready_after_ = std::chrono::duration_cast<milliseconds>(Clock::now() - began_);
  log_.begin();
  return {};
}

bool Launched::alive() {
  return !stopped_ && child_.running();
}

std::string Launched::how_it_ended() {
  const std::optional<Exit> exit = stopped_ ? std::nullopt : child_.wait_for(milliseconds(0));
  return exit ? fmt::format("{} {}:\n{}", kind_.kind, end_of(*exit), own_words(kind_, plan_.folder)) : "";
}

Result<void> Launched::reload_by_request() {
  const Result<void> done = perform(kind_, plan_.folder, child_, Deadline(request_patience));
  if (done) return {};
  return reload_failure("did not reload: " + done.error().what);
}

Result<void> Launched::reload() {
  if (!alive()) return reload_failure("no longer runs:\n" + own_words(kind_, plan_.folder));
  if (kind_.reload_signal.empty() && !kind_.ready.empty()) return reload_by_request();
  if (kind_.reload_signal.empty()) return reload_failure("cannot be reloaded");
  const Result<int> number = signal_number(kind_.reload_signal);
  if (!number) return number.error();
  const std::size_t alarms_before = log_.alarms().size();
  const std::set<pid_t> workers = children_of(child_.pid());
  child_.signal(*number);
  const Deadline deadline(kind_.ready_within);
  std::optional<Deadline> leaving;
  for (;;) {
    if (!alive()) return reload_failure("no longer runs:\n" + own_words(kind_, plan_.folder));
    const Turnover seen = turnover(workers, child_.pid());
    const std::vector<std::string> now = log_.alarms();
    if (now.size() > alarms_before) return reload_failure("did not reload: " + now.back());
    if (seen == Turnover::begun && !leaving) leaving.emplace(leaving_patience);
    // Workers of before that are still there by then only finish what they hold.
    if (seen == Turnover::done || (leaving && leaving->passed())) return {};
    if (deadline.passed()) return reload_failure("did not reload:\n" + own_words(kind_, plan_.folder));
    child_.wait_for(stop_glance);
  }
}

void Launched::stop() {
  if (read_) return;
  end();
  end_strays(plan_.folder);
  read_to_the_end();
}

void Launched::end() {
  const std::lock_guard lock(stopping_);
  if (stopped_.exchange(true)) return;
  log_.expect_end();
  child_.stop(stop_signal_, stop_patience);
}

void Launched::read_to_the_end() {
  const std::lock_guard lock(stopping_);
  if (!read_.exchange(true)) log_.finish();
}

}  // namespace mtls::gateway
