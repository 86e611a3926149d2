// Plans, mints, starts every stage at once, and gathers the report.
#include "harness/run/run.h"

#include <sys/utsname.h>

#include <algorithm>
#include <deque>
#include <semaphore>
#include <thread>

#include "harness/base/text.h"
#include "harness/base/time.h"
#include "harness/client/client.h"
#include "harness/run/plan.h"
#include "harness/run/stage.h"
#include "harness/run/workers.h"

namespace mtls::run {
namespace {

constexpr int most_waiting = 16;
// Gateways at once where each serves one listener: there are dozens of them.
constexpr int most_single_gateways = 3;

void describe_host(Report& report) {
  utsname host{};
  uname(&host);
  report.os = host.sysname;
  report.kernel = host.release;
  report.cpus = static_cast<int>(std::thread::hardware_concurrency());
}

// Collects the records of stages as they come, and tells about each in turn.
class Collector {
 public:
  Collector(const Options& options, Report& report, int all) : options_(options), report_(report), all_(all) {}

  void add(const Stage& stage, std::vector<CaseRecord> records) {
    const std::lock_guard lock(mutex_);
    if (const auto gateway = stage.gateway_record()) add(*gateway);
    if (auto sound = stage.log_record()) records.push_back(std::move(*sound));
    for (CaseRecord& record : records) {
      report_.cases.push_back(std::move(record));
      if (options_.finished) options_.finished(report_.cases.back(), static_cast<int>(report_.cases.size()), all_);
    }
  }

 private:
  // The stages of one gateway are one entry.
  void add(const GatewayRecord& part) {
    for (GatewayRecord& record : report_.gateways) {
      if (record.kind != part.kind) continue;
      record.sites += part.sites;
      record.ready_ms = std::max(record.ready_ms, part.ready_ms);
      if (record.trouble.empty()) record.trouble = part.trouble;
      return;
    }
    report_.gateways.push_back(part);
  }

  const Options& options_;
  Report& report_;
  int all_;
  std::mutex mutex_;
};

using Turns = std::counting_semaphore<most_single_gateways>;

// A place among those that may run at once; nothing where it has no limit.
class Turn {
 public:
  explicit Turn(Turns* turns) : turns_(turns) {
    if (turns_) turns_->acquire();
  }
  ~Turn() {
    if (turns_) turns_->release();
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  Turns* turns_;
};

void perform(Stage& stage, Workers& workers, Collector& collector, Turns* turns) {
  const Turn turn(turns);
  stage.start();
  workers.run(stage.tasks());
  stage.finish();
  std::vector<CaseRecord> records;
  workers.run(stage.verdicts(records));
  collector.add(stage, std::move(records));
}

// By id, gateway and variant: the order does not depend on which case was done first.
void sort_cases(Report& report) {
  std::sort(report.cases.begin(), report.cases.end(), [](const CaseRecord& a, const CaseRecord& b) {
    return std::tie(a.id, a.gateway, a.variant) < std::tie(b.id, b.gateway, b.variant);
  });
  std::sort(report.gateways.begin(), report.gateways.end(),
            [](const GatewayRecord& a, const GatewayRecord& b) { return a.kind < b.kind; });
}

}  // namespace

Result<Report> run(const Options& options) {
  Report report;
  report.started_ms = now_milliseconds();
  const auto begun = Clock::now();
  describe_host(report);
  const Result<std::string> curl = client::libcurl_version();
  if (!curl) return curl.error();
  report.openssl_version = client::openssl_version();
  report.libcurl_version = *curl;
  report.seed = options.seed;
  report.jobs = options.jobs;
  report.run_id = random_hex(8);

  PkiPlan pki(options.standard_pki);
  std::vector<StagePlan> plans;
  for (const Target& target : options.targets)
    for (StagePlan& plan : plan_stages(target, options, pki)) plans.push_back(std::move(plan));
  auto material = MaterialStore::mint(pki.spec(), held_by_servers(plans), options.now);
  if (!material) return material.error();
  if (const auto& rules = options.rules.get(); !rules) return rules.error();
  auto upstream = upstream::Upstream::start();
  if (!upstream) return upstream.error();
  const auto addresses = Addresses::claim(options.seed);
  if (!addresses) return addresses.error();
  Scene scene{options, **material, *upstream, **addresses};

  int all = 0;
  for (const StagePlan& plan : plans) all += static_cast<int>(plan.cases.size());
  Collector collector(options, report, all);
  std::deque<Stage> stages;
  {
    Workers workers(options.jobs, options.jobs == 1 ? 1 : most_waiting);
    Turns turns(most_single_gateways);
    std::vector<std::jthread> threads;
    for (std::size_t n = 0; n < plans.size(); ++n) {
      Stage& stage = stages.emplace_back(plans[n], scene, static_cast<int>(n));
      Turns* limited = plans[n].target->kind.sites_by_name ? &turns : nullptr;
      threads.emplace_back([&stage, &workers, &collector, limited] { perform(stage, workers, collector, limited); });
    }
  }
  sort_cases(report);
  report.complete = !(options.interrupted && options.interrupted->load());
  report.finished_ms = now_milliseconds();
  report.duration_ms = std::chrono::duration<double, std::milli>(Clock::now() - begun).count();
  return report;
}

}  // namespace mtls::run
