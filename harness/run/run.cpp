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

// Gateways that trust the same authorities: what is planned for them, and the material of all of it.
struct Cast {
  std::vector<StagePlan> plans;
  std::unique_ptr<MaterialStore> material;
};

Result<Cast> cast_of(const Options& options, const std::vector<const Target*>& targets, const PkiSpec& standard,
                     const Given& given) {
  Cast made;
  PkiPlan pki(standard);
  for (const Target* target : targets)
    for (StagePlan& plan : plan_stages(*target, options, pki)) made.plans.push_back(std::move(plan));
  auto material = MaterialStore::mint(pki.spec(), held_by_servers(made.plans), options.now, given);
  if (!material) return material.error();
  made.material = std::move(*material);
  return made;
}

// One for all gateways that are launched, and one for each that already runs.
Result<void> cast_all(const Options& options, std::deque<Cast>& casts) {
  const auto add = [&](const std::vector<const Target*>& targets, const PkiSpec& standard,
                       const Given& given) -> Result<void> {
    if (targets.empty()) return {};
    Result<Cast> made = cast_of(options, targets, standard, given);
    if (!made) return made.error();
    casts.push_back(std::move(*made));
    return {};
  };
  std::vector<const Target*> launched;
  for (const Target& target : options.targets) {
    if (!target.live)
      launched.push_back(&target);
    else if (const auto added = add({&target}, target.live->standard, target.live->given); !added)
      return added;
  }
  return add(launched, options.standard_pki, {});
}

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
    if (auto right_client = stage.right_client_record()) records.push_back(std::move(*right_client));
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

  std::deque<Cast> casts;
  if (const Result<void> cast = cast_all(options, casts); !cast) return cast.error();
  if (const auto& rules = options.rules.get(); !rules) return rules.error();
  auto upstream = upstream::Upstream::start();
  if (!upstream) return upstream.error();
  const auto addresses = Addresses::claim(options.seed);
  if (!addresses) return addresses.error();

  int all = 0;
  for (const Cast& cast : casts)
    for (const StagePlan& plan : cast.plans) all += static_cast<int>(plan.cases.size());
  Collector collector(options, report, all);
  std::deque<Scene> scenes;
  std::deque<Stage> stages;
  {
    Workers workers(options.jobs, options.jobs == 1 ? 1 : most_waiting);
    Turns turns(most_single_gateways);
    std::vector<std::jthread> threads;
    for (const Cast& cast : casts) {
      Scene& scene = scenes.emplace_back(Scene{options, *cast.material, *upstream, **addresses});
      for (const StagePlan& plan : cast.plans) {
        Stage& stage = stages.emplace_back(plan, scene, static_cast<int>(stages.size()));
        Turns* limited = plan.target->kind.sites_by_name ? &turns : nullptr;
        threads.emplace_back([&stage, &workers, &collector, limited] { perform(stage, workers, collector, limited); });
      }
    }
  }
  sort_cases(report);
  report.complete = !(options.interrupted && options.interrupted->load());
  report.finished_ms = now_milliseconds();
  report.duration_ms = std::chrono::duration<double, std::milli>(Clock::now() - begun).count();
  return report;
}

}  // namespace mtls::run
