// From what was seen to what came of it: diagnosis, verdict, outcome.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "harness/base/text.h"
#include "harness/diagnose/diagnose.h"
#include "harness/judge/judge.h"
#include "harness/run/reproduce.h"
#include "harness/run/stage.h"

namespace mtls::run {
namespace {

// What the names in a case's claims stand for, in the scenario's own words for them.
judge::Names names_for(const Scenario& scenario, const PlannedTrials& trials, MaterialStore& material) {
  judge::Names names;
  for (const Step& step : scenario.steps)
    for (const Claim& claim : step.claims) {
      if (const auto* issuers = std::get_if<IssuersName>(&claim.statement))
        names.subject_of[issuers->authority] = material.subject_of(trials.merged_name.at(issuers->authority));
      if (const auto* saw = std::get_if<UpstreamSawClient>(&claim.statement); saw && !saw->credential.empty()) {
        names.sha256_of[saw->credential] = material.sha256_of(trials.merged_name.at(saw->credential));
        names.subject_of[saw->credential] = material.subject_of(trials.merged_name.at(saw->credential));
      }
    }
  return names;
}

// A gateway that does not speak HTTP, by its own file, has no status to be judged by; what it lets through has.
std::vector<Claim> claims_for(const Step& step, const GatewayKind& kind) {
  std::vector<Claim> claims = step.claims;
  if (kind.lacks.count("http") != 0)
    std::erase_if(claims, [](const Claim& claim) { return std::holds_alternative<StatusIs>(claim.statement); });
  return claims;
}

// A gateway that admits what it should refuse is a fault of its own, and the one to be named.
const std::string& planted_of(const Step& step, const Observation& observation) {
  return !step.planted_if_let_in.empty() && judge::admitted(observation) ? step.planted_if_let_in : step.planted;
}

std::string seen_by_control(const Trial& trial) {
  const ClientView& client = trial.observation.client;
  if (!trial.trouble.empty()) return trial.trouble;
  if (!client.connected) return "no connection: " + client.connect_error;
  if (client.http)
    return fmt::format("HTTP {}, {}", client.http->status,
                       trial.observation.upstream.reached ? "reached the upstream" : "not seen at the upstream");
  if (client.alert_received)
    return fmt::format("alert {}({})", client.alert_received->name, client.alert_received->number);
  if (client.alert_sent) return fmt::format("the client broke off: {}", client.failure);
  return client.failure.empty() ? "no answer" : client.failure;
}

std::string trouble_code(const Target& target) {
  if (target.missing) return "gateway-not-found";
  return target.live ? "gateway-not-reached" : "gateway-not-started";
}

// Where nobody gets in, only a request that does get in says anything.
void refer_to_the_right_client(CaseRecord& record) {
  static constexpr std::array<std::string_view, 3> codes{"control-failed", "unexpected-refusal", "client-broke-off"};
  if (std::find(codes.begin(), codes.end(), record.reason_code) == codes.end()) return;
  record.outcome = Outcome::error;
  record.reason_code = "control-failed";
  record.reason = fmt::format("proves nothing: the right client is not admitted; see {}", right_client_case);
}

bool is_about(const std::map<std::string, std::string>& variant, const CaseRecord& record) {
  return std::all_of(variant.begin(), variant.end(), [&](const auto& entry) {
    const auto found = record.variant.find(entry.first);
    return found != record.variant.end() && found->second == entry.second;
  });
}

bool deviates(const CaseRecord& record) {
  return record.outcome == Outcome::fail || record.outcome == Outcome::warn;
}

// A deviation that the gateway's file names and explains is not a failure; an entry that no longer fails is stale. Of a
// gateway that was not launched nobody here knows what it is told: it may be better than its kind.
void apply_known(const GatewayKind& kind, bool launched, CaseRecord& record) {
  for (const KnownDeviation& known : kind.known) {
    if (!is_about(known.variant, record) || !glob_matches(known.scenario, record.id)) continue;
    if (deviates(record)) {
      record.outcome = Outcome::known;
      record.reason = known.reason + (known.link.empty() ? "" : " (" + known.link + ")");
      record.reason_code = "known-deviation";
    } else if (record.outcome == Outcome::pass && launched && !known.sometimes) {
      record.outcome = Outcome::warn;
      record.reason =
          "passes although the gateway's file calls it a known deviation; the entry is stale: " + known.reason;
      record.reason_code = "stale-deviation";
    }
    return;
  }
}

// A waiver accepts a failure until its date; from then on the case fails and says whose waiver it was.
void apply_waivers(const std::vector<Waiver>& waivers, std::int64_t now, CaseRecord& record) {
  if (!deviates(record)) return;
  for (const Waiver& waiver : waivers) {
    if (!is_about(waiver.variant, record) || !glob_matches(waiver.scenario, record.id) ||
        (!waiver.gateway.empty() && waiver.gateway != record.gateway))
      continue;
    const bool valid = now < waiver.until;
    record.outcome = valid ? Outcome::known : Outcome::fail;
    record.reason_code = valid ? "waived" : "waiver-expired";
    record.reason = fmt::format("{} by {} until {}: {}; {}", valid ? "waived" : "was waived", waiver.owner,
                                waiver.until_text, waiver.reason, record.reason);
    return;
  }
}

}  // namespace

std::vector<ControlRecord> Stage::control_records(const PlannedTrials& trials) const {
  std::vector<ControlRecord> records;
  for (const int number : trials.controls) {
    const PlannedControl& planned = plan_.controls[static_cast<std::size_t>(number)];
    const Trial& trial = controls_[static_cast<std::size_t>(number)];
    records.push_back({planned.label, planned.present, trial.trouble.empty() && judge::admitted(trial.observation),
                       seen_by_control(trial)});
  }
  return records;
}

CaseRecord Stage::conclude(std::size_t number) const {
  const PlannedTrials& trials = plan_.cases[number];
  CaseRecord record = trials.record;
  if (!trials.runs) return record;
  if (trouble_ && !refused_) {
    record.outcome = Outcome::error;
    record.reason_code = trouble_code(*plan_.target);
    record.reason = to_string(*trouble_);
    return record;
  }
  const judge::Names names = names_for(*trials.scenario, trials, scene_.material);
  record.control = control_records(trials);
  for (std::size_t n = 0; n < trials.steps.size(); ++n) {
    const Trial& trial = trials_[number][n];
    const Step& step = *trials.steps[n].step;
    StepRecord done{step.title, trial.observation, {}, {}, planted_of(step, trial.observation)};
    const diagnose::Rules& rules = *scene_.options.rules.get();
    done.diagnoses = diagnose::diagnose(diagnose::facts(trial.observation, rules), rules);
    done.verdict = judge::judge(claims_for(step, plan_.target->kind), trial.observation, done.diagnoses, names);
    if (!trial.trouble.empty()) done.verdict.undecided = trial.trouble;
    record.took_ms += trial.took_ms;
    record.steps.push_back(std::move(done));
  }
  judge::conclude(record);
  if (record.outcome == Outcome::error && !last_words_.empty()) record.reason += "; " + last_words_;
  if (right_client_is_shut_out()) refer_to_the_right_client(record);
  apply_known(plan_.target->kind, !plan_.target->live, record);
  apply_waivers(scene_.options.waivers, scene_.options.now, record);
  record.reproduce = reproduce(trials, trials_[number], plan_.target->live.get());
  return record;
}

std::vector<Task> Stage::verdicts(std::vector<CaseRecord>& records) {
  const std::size_t first = records.size();
  records.resize(first + plan_.cases.size());
  std::vector<Task> tasks;
  for (std::size_t n = 0; n < plan_.cases.size(); ++n)
    tasks.push_back({{}, false, 0, [this, &records, first, n] { records[first + n] = conclude(n); }});
  return tasks;
}

std::optional<GatewayRecord> Stage::gateway_record() const {
  if (plan_.refuses_to_start) return std::nullopt;
  GatewayRecord record;
  const Target& target = *plan_.target;
  record.kind = target.name();
  record.version = target.installed.version;
  record.program = target.installed.program.string();
  if (target.live) record.program = fmt::format("{}:{}", target.live->gateway.host, target.live->gateway.port);
  if (!target.live) record.capabilities = target.kind.capabilities;
  for (const PlannedListener& listener : plan_.listeners) record.sites += static_cast<int>(listener.sites.size());
  if (gateway_) record.ready_ms = static_cast<double>(gateway_->ready_after().count());
  if (trouble_) record.trouble = to_string(*trouble_);
  return record;
}

std::optional<CaseRecord> Stage::log_record() const {
  if (!gateway_ || plan_.refuses_to_start) return std::nullopt;
  CaseRecord record;
  record.id = "gateway/sound";
  record.gateway = plan_.target->kind.kind;
  record.variant = {{"stage", plan_.part}};
  record.title = "The gateway lives to the end and its log holds no alarm";
  record.sort = "conformance";
  record.references = {"DESIGN 4.9"};
  Finding finding{"gateway_sound", Level::must, alive_at_the_end_ && alarms_.empty(),
                  "a living process, and no line that its kind calls an alarm",
                  alive_at_the_end_ ? fmt::format("alive, {} alarms", alarms_.size()) : "the process has ended"};
  record.outcome = finding.held ? Outcome::pass : Outcome::error;
  if (!finding.held) {
    record.reason_code = alive_at_the_end_ ? "gateway-alarm" : "gateway-died";
    record.reason =
        alive_at_the_end_ ? "its log says: " + alarms_.front() : "the gateway ended during the run: " + last_words_;
  }
  StepRecord step{record.title, {}, {{finding}, {}}, {}, {}};
  step.observation.at = scene_.options.now;
  step.observation.gateway = {alive_at_the_end_, true, record.gateway, alarms_};
  record.steps.push_back(std::move(step));
  return record;
}

bool Stage::right_client_is_shut_out() const {
  return plan_.target->has_policy() && !trouble_ && !controls_.empty() &&
         std::none_of(controls_.begin(), controls_.end(),
                      [](const Trial& trial) { return !trial.trouble.empty() || judge::admitted(trial.observation); });
}

std::optional<CaseRecord> Stage::right_client_record() const {
  if (!plan_.target->has_policy() || trouble_ || controls_.empty()) return std::nullopt;
  const auto shown = std::find_if(controls_.begin(), controls_.end(), [](const Trial& trial) {
    return trial.trouble.empty() && judge::admitted(trial.observation);
  });
  const Trial& trial = shown == controls_.end() ? controls_.front() : *shown;
  CaseRecord record;
  record.id = right_client_case;
  record.gateway = plan_.target->name();
  record.title = "The right client is admitted: without that, a refusal proves nothing";
  record.sort = "conformance";
  record.references = {"DESIGN 4.8"};
  const diagnose::Rules& rules = *scene_.options.rules.get();
  StepRecord step{record.title, trial.observation, {}, {}, {}};
  step.diagnoses = diagnose::diagnose(diagnose::facts(trial.observation, rules), rules);
  step.verdict = judge::judge({Claim{Level::must, Admitted{}}}, trial.observation, step.diagnoses, {});
  if (!trial.trouble.empty()) step.verdict.undecided = trial.trouble;
  record.steps.push_back(std::move(step));
  record.took_ms = trial.took_ms;
  judge::conclude(record);
  if (record.outcome == Outcome::fail && !record.steps.front().diagnoses.empty()) {
    const Diagnosis& cause = record.steps.front().diagnoses.front();
    record.reason = fmt::format("the right client is not admitted: {}: {} ({})", cause.code, cause.cause,
                                record.steps.front().verdict.findings.front().observed);
  }
  apply_waivers(scene_.options.waivers, scene_.options.now, record);
  return record;
}

}  // namespace mtls::run
