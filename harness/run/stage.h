// One running gateway that many cases share: started, probed, stopped, its log read.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/base/files.h"
#include "harness/gateway/gateway.h"
#include "harness/model/report.h"
#include "harness/run/examine_log.h"
#include "harness/run/plan.h"
#include "harness/run/scene.h"
#include "harness/run/trial.h"
#include "harness/run/workers.h"

namespace mtls::run {

class Stage {
 public:
  Stage(const StagePlan& plan, Scene& scene, int number);

  // Opens the upstreams, renders and starts the gateway. What goes wrong is kept for the records.
  void start();
  // One for each control and each case; empty where the gateway did not start.
  std::vector<Task> tasks();
  // Stops the gateway and hands each trial the log lines that are its own. Call it when the tasks are done.
  void finish();
  // One for each case: the verdict. Call them after finish().
  std::vector<Task> verdicts(std::vector<CaseRecord>& records);
  // Nothing for a stage that must not start.
  std::optional<GatewayRecord> gateway_record() const;
  // A case of its own: the gateway's log holds no alarm, and the gateway lived to the end. Nothing where it never
  // started.
  std::optional<CaseRecord> log_record() const;
  // A case of its own, where the policy is its owner's: the right client is admitted. Nothing where none was tried.
  std::optional<CaseRecord> right_client_record() const;

  // For who leaves the gateway up: where things stand after start().
  const std::optional<Error>& trouble() const { return trouble_; }
  bool alive() { return gateway_ && gateway_->alive(); }
  const StandingSite& standing(const SiteRef& site) const;
  const std::filesystem::path& folder() const { return folder_.path; }
  const GatewayKind& kind() const { return plan_.target->kind; }

 private:
  struct Folder {
    std::optional<TempDir> owner;  // nothing: a folder that the user keeps
    std::filesystem::path path;
  };
  Result<Folder> make_folder(const std::string& name) const;
  Result<void> prepare();
  // That a gateway does not start with the planted fault proves something where it starts without: `refusal`, or why
  // it proves nothing.
  Error check_refusal(const Error& refusal, gateway::Plan plan);
  Result<void> meet(const Live& live);
  // One request, and what a living gateway, launched or not, shows of it at once.
  Trial ask(const Request& request, std::optional<TlsVersion> tls, const StandingSite& site,
            std::map<int, SessionRef>& resumable, int step);
  // How many connections a running gateway gets at once: tasks with the same word are not at work together.
  std::string slot(std::size_t number) const;
  // The site once for each upstream that takes its turn behind it.
  Result<std::vector<StandingSite>> stand(const PlannedSite& planned, const Endpoint& at, const std::string& location);
  Result<void> open_upstream(StandingSite& site);
  Result<void> add_upstream(StandingSite& site);
  Result<upstream::Service> service_of(const UpstreamSpec& spec, const Endpoint& at);
  std::optional<CredentialView> presented_upstream(const SiteSpec& spec);
  Result<gateway::PlacedSite> place(const StandingSite& site);
  Result<Endpoint> open_responder(const SiteSpec& spec);
  Result<void> start_nginx_upstream();
  Trial run_step(const PlannedTrials& trials, std::size_t step, std::map<int, SessionRef>& resumable);
  Task case_task(std::size_t number);
  Task control_task(std::size_t number);
  std::vector<std::string> exclusive_of(const StandingSite& site) const;
  std::vector<std::string> exclusive_of(std::size_t number) const;
  int priority_of(const PlannedTrials& trials) const;
  void attach_logs();
  void attach_nginx_upstream();
  std::vector<Trial*> all_trials();
  std::vector<std::string> logged_clients() const;  // those that the gateway has lines about, sooner or later
  CaseRecord conclude(std::size_t number) const;
  bool right_client_is_shut_out() const;
  std::vector<ControlRecord> control_records(const PlannedTrials& trials) const;
  void fill_refused_start(const Error& error);

  const StagePlan& plan_;
  Scene& scene_;
  int number_;
  std::vector<std::vector<std::vector<StandingSite>>> sites_;  // by listener, site and upstream
  std::vector<std::pair<UpstreamSpec, Endpoint>> shared_upstreams_;
  std::vector<std::pair<UpstreamSpec, Endpoint>> nginx_services_;
  Folder folder_, upstream_folder_;
  std::optional<gateway::Gateway> gateway_, nginx_upstream_;
  std::optional<Error> trouble_;
  bool refused_ = false;               // to start, as the planted fault demands
  std::optional<LogTail> log_tail_;    // of a gateway that already runs
  std::atomic<int> not_connected_{0};  // trials in a row that got no connection there
  bool alive_at_the_end_ = false;
  std::string last_words_;  // of a gateway that did not live to the end
  std::vector<std::string> alarms_;
  Presented presented_;
  std::vector<std::vector<Trial>> trials_;  // by case and step
  std::vector<Trial> controls_;
};

}  // namespace mtls::run
