// The life of a stage: start, trials, logs.
#include "harness/run/stage.h"

#include <algorithm>

#include "harness/base/text.h"
#include "harness/run/nginx_upstream.h"

namespace mtls::run {
namespace {

// A gateway has written its lines within milliseconds where it has a processor; without them the diagnosis would be
// another one.
constexpr std::chrono::milliseconds log_patience{10000};

bool waits(const SiteSpec& site) {
  const Behaviour behaviour = site.upstream.behaviour;
  return behaviour == Behaviour::silent || behaviour == Behaviour::slow ||
         (site.ocsp && site.ocsp->responder != Responder::answering);
}

}  // namespace

Stage::Stage(const StagePlan& plan, Scene& scene, int number) : plan_(plan), scene_(scene), number_(number) {
  controls_.resize(plan.controls.size());
  for (const PlannedTrials& trials : plan.cases) trials_.emplace_back(trials.steps.size());
}

void Stage::start() {
  if (plan_.listeners.empty()) return;
  if (plan_.target->missing) {
    trouble_ = plan_.target->missing;
    return;
  }
  const Result<void> prepared = plan_.target->live ? meet(*plan_.target->live) : prepare();
  if (prepared) return;
  trouble_ = prepared.error();
  if (refused_) fill_refused_start(prepared.error());
}

void Stage::fill_refused_start(const Error& error) {
  for (auto& steps : trials_)
    for (Trial& trial : steps) {
      trial.observation.at = scene_.options.now;
      trial.observation.client.connect_error = "refused";
      trial.observation.gateway = {false, true, plan_.target->kind.kind, split(error.what, '\n')};
    }
}

const StandingSite& Stage::standing(const SiteRef& site) const {
  return sites_[static_cast<std::size_t>(site.listener)][static_cast<std::size_t>(site.site)]
               [static_cast<std::size_t>(site.upstream)];
}

std::vector<std::string> Stage::exclusive_of(const StandingSite& site) const {
  std::vector<std::string> words;
  if (!site.exclusive.empty()) words.push_back(site.exclusive);
  // Lines without an address can be told apart only where clients come one after another.
  if (plan_.target->kind.lines_follow) words.push_back(to_string(site.at));
  return words;
}

std::vector<std::string> Stage::exclusive_of(std::size_t number) const {
  if (plan_.target->live) return {slot(number)};
  std::vector<std::string> words;
  for (const PlannedStep& step : plan_.cases[number].steps) {
    if (step.site.listener < 0) continue;
    for (std::string& word : exclusive_of(standing(step.site))) words.push_back(std::move(word));
  }
  return words;
}

int Stage::priority_of(const PlannedTrials& trials) const {
  int priority = 0;
  for (const PlannedStep& step : trials.steps) {
    if (step.site.listener >= 0 && waits(plan_.listeners[static_cast<std::size_t>(step.site.listener)]
                                             .sites[static_cast<std::size_t>(step.site.site)]
                                             .spec))
      return 2;
    const auto* request = std::get_if<Request>(&step.stimulus);
    if (request && scene_.material.comes_late(request->present)) priority = -1;
  }
  return priority;
}

Trial Stage::run_step(const PlannedTrials& trials, std::size_t step, std::map<int, SessionRef>& resumable) {
  const PlannedStep& planned = trials.steps[step];
  if (const auto* examine = std::get_if<Examine>(&planned.stimulus)) return try_examine(*examine, scene_);
  return ask(std::get<Request>(planned.stimulus), trials.tls, standing(planned.site), resumable,
             static_cast<int>(step));
}

Task Stage::case_task(std::size_t number) {
  const PlannedTrials& trials = plan_.cases[number];
  return {exclusive_of(number), priority_of(trials) > 1, priority_of(trials), [this, &trials, number] {
            std::map<int, SessionRef> resumable;
            for (std::size_t step = 0; step < trials.steps.size(); ++step) {
              if (scene_.options.interrupted && scene_.options.interrupted->load()) {
                trials_[number][step].trouble = "interrupted";
                continue;
              }
              trials_[number][step] = run_step(trials, step, resumable);
            }
          }};
}

Task Stage::control_task(std::size_t number) {
  const PlannedControl& control = plan_.controls[number];
  const StandingSite& site = standing(control.site);
  const std::vector<std::string> exclusive = site.live ? std::vector<std::string>{slot(number)} : exclusive_of(site);
  return {exclusive, false, 1, [this, &control, &site, number] {
            Request request;
            request.present = control.present;
            request.plaintext = !site.spec.tls;
            request.verify_server = false;
            std::map<int, SessionRef> resumable;
            controls_[number] = ask(request, control.tls, site, resumable, 0);
          }};
}

std::vector<Task> Stage::tasks() {
  std::vector<Task> tasks;
  if (!gateway_ && (!plan_.target->live || trouble_)) return tasks;
  for (std::size_t n = 0; n < plan_.controls.size(); ++n) tasks.push_back(control_task(n));
  for (std::size_t n = 0; n < plan_.cases.size(); ++n)
    if (plan_.cases[n].runs) tasks.push_back(case_task(n));
  return tasks;
}

std::vector<Trial*> Stage::all_trials() {
  std::vector<Trial*> all;
  for (Trial& control : controls_) all.push_back(&control);
  for (auto& steps : trials_)
    for (Trial& trial : steps) all.push_back(&trial);
  return all;
}

void Stage::attach_logs() {
  std::map<std::string, Trial*> by_client;
  for (Trial* trial : all_trials())
    if (!trial->observation.client.source.empty()) by_client[trial->observation.client.source] = trial;
  for (auto& [client, trial] : by_client) {
    trial->observation.gateway.kind = plan_.target->kind.kind;
    trial->observation.gateway.log_available = !plan_.target->kind.client_pattern.empty();
  }
  for (gateway::LogLine& line : gateway_->log()) {
    const auto owner = by_client.find(line.client);
    if (owner != by_client.end()) owner->second->observation.gateway.log.push_back(std::move(line.text));
  }
}

void Stage::attach_nginx_upstream() {
  std::map<std::string, UpstreamView*> by_nonce;
  for (Trial* trial : all_trials())
    if (trial->observation.upstream.kind == "nginx")
      by_nonce[trial->observation.client.sent.nonce] = &trial->observation.upstream;
  for (const gateway::LogLine& line : nginx_upstream_->log()) note_nginx_upstream(line.text, by_nonce);
}

std::vector<std::string> Stage::logged_clients() const {
  std::vector<std::string> clients;
  const auto add = [&](const Trial& trial) {
    // A gateway logs a request when it is done with it: one that never answers has nothing to be waited for.
    const ClientView& client = trial.observation.client;
    if (client.connected && !client.timed_out) clients.push_back(client.source);
  };
  for (const Trial& control : controls_) add(control);
  for (std::size_t n = 0; n < trials_.size(); ++n)
    for (std::size_t step = 0; step < trials_[n].size(); ++step) {
      const PlannedStep& planned = plan_.cases[n].steps[step];
      const auto* request = std::get_if<Request>(&planned.stimulus);
      if (!plan_.target->kind.logs_wrong_protocol && request && planned.site.listener >= 0 &&
          request->plaintext == standing(planned.site).spec.tls)
        continue;
      add(trials_[n][step]);
    }
  return clients;
}

void Stage::finish() {
  if (!gateway_) return;
  gateway_->wait_for_clients(logged_clients(), log_patience);
  alive_at_the_end_ = gateway_->alive();
  last_words_ = gateway_->how_it_ended();
  gateway_->stop();
  attach_logs();
  alarms_ = gateway_->alarms();
  if (!nginx_upstream_) return;
  nginx_upstream_->stop();
  attach_nginx_upstream();
}

}  // namespace mtls::run
