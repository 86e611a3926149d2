// Plans as a run does, starts the gateways, and writes down what there is to try instead of trying it.
#include "harness/run/lab.h"

#include <algorithm>
#include <deque>
#include <thread>

#include "harness/run/lab_files.h"
#include "harness/run/lab_lines.h"
#include "harness/run/plan.h"
#include "harness/run/run.h"
#include "harness/run/stage.h"
#include "harness/run/trial.h"

namespace mtls::run {
namespace {

// What comes of a step by its claims.
std::string expected_of(const Step& step) {
  for (const Claim& claim : step.claims) {
    if (std::holds_alternative<Admitted>(claim.statement)) return "admitted";
    if (std::holds_alternative<Refused>(claim.statement)) return "refused";
    if (std::holds_alternative<ServerRejected>(claim.statement)) return "server-rejected";
  }
  return {};
}

// The right client of a site, as the engine tries it beside the cases.
Request request_of(const PlannedControl& control, const StandingSite& site) {
  Request request;
  request.present = control.present;
  request.plaintext = !site.spec.tls;
  request.verify_server = false;
  return request;
}

}  // namespace

struct Lab::State {
  explicit State(Options given) : options(std::move(given)), pki(options.standard_pki) {}

  Result<void> open();
  Result<void> start();
  Result<void> describe(Stage& stage, const StagePlan& plan);
  Result<void> describe_case(Stage& stage, const StagePlan& plan, const PlannedTrials& trials);
  Result<void> add(Stage& stage, LabTry one, const Request& request, std::optional<TlsVersion> tls, SiteRef ref);
  Result<void> add_files(LabTry& one, const Request& request, const StandingSite& site);

  const Options options;
  PkiPlan pki;
  std::vector<StagePlan> plans;
  std::unique_ptr<MaterialStore> material;
  std::optional<upstream::Upstream> upstream;
  std::unique_ptr<Addresses> addresses;
  std::optional<Scene> scene;
  std::optional<LabFiles> files;
  std::deque<Stage> stages;
  std::vector<LabGateway> gateways;
  std::vector<LabTry> tries;
};

Result<void> Lab::State::open() {
  for (const Target& target : options.targets)
    for (StagePlan& plan : plan_stages(target, options, pki)) plans.push_back(std::move(plan));
  auto minted = MaterialStore::mint(pki.spec(), held_by_servers(plans), options.now);
  if (!minted) return minted.error();
  material = std::move(*minted);
  auto witness = upstream::Upstream::start();
  if (!witness) return witness.error();
  upstream.emplace(std::move(*witness));
  auto claimed = Addresses::claim(options.seed);
  if (!claimed) return claimed.error();
  addresses = std::move(*claimed);
  scene.emplace(Scene{options, *material, *upstream, *addresses});
  auto made = LabFiles::make(*material);
  if (!made) return made.error();
  files.emplace(std::move(*made));
  return start();
}

Result<void> Lab::State::start() {
  for (std::size_t n = 0; n < plans.size(); ++n) stages.emplace_back(plans[n], *scene, static_cast<int>(n));
  {
    std::vector<std::jthread> starting;
    for (Stage& stage : stages) starting.emplace_back([&stage] { stage.start(); });
  }
  for (std::size_t n = 0; n < plans.size(); ++n) {
    if (plans[n].listeners.empty()) continue;
    if (const auto& trouble = stages[n].trouble(); trouble && !plans[n].refuses_to_start) return *trouble;
    const Target& target = *plans[n].target;
    gateways.push_back(
        {target.kind.kind, target.installed.version, static_cast<int>(plans[n].listeners.size()), stages[n].folder()});
    if (const Result<void> done = describe(stages[n], plans[n]); !done) return done;
  }
  return {};
}

Result<void> Lab::State::describe(Stage& stage, const StagePlan& plan) {
  for (const PlannedTrials& trials : plan.cases) {
    if (!trials.runs) continue;
    if (const Result<void> done = describe_case(stage, plan, trials); !done) return done;
  }
  return {};
}

Result<void> Lab::State::describe_case(Stage& stage, const StagePlan& plan, const PlannedTrials& trials) {
  LabTry common;
  common.id = trials.record.id;
  common.gateway = trials.record.gateway;
  common.variant = trials.record.variant;
  if (stage.trouble()) common.trouble = stage.trouble()->what;
  for (const int number : trials.controls) {
    const PlannedControl& control = plan.controls[static_cast<std::size_t>(number)];
    LabTry right = common;
    right.title = "The right client of site " + control.label;
    right.expected = "admitted";
    const Request request = request_of(control, stage.standing(control.site));
    if (const Result<void> done = add(stage, right, request, control.tls, control.site); !done) return done;
  }
  for (std::size_t n = 0; n < trials.steps.size(); ++n) {
    const auto* request = std::get_if<Request>(&trials.steps[n].stimulus);
    if (!request) continue;
    LabTry one = common;
    one.step = static_cast<int>(n) + 1;
    one.title = trials.steps[n].step->title.empty() ? trials.record.title : trials.steps[n].step->title;
    one.expected = expected_of(*trials.steps[n].step);
    one.planted = trials.steps[n].step->planted;
    one.planted_if_let_in = trials.steps[n].step->planted_if_let_in;
    if (const Result<void> done = add(stage, one, *request, trials.tls, trials.steps[n].site); !done) return done;
  }
  return {};
}

Result<void> Lab::State::add(Stage& stage, LabTry one, const Request& request, std::optional<TlsVersion> tls,
                             SiteRef ref) {
  const StandingSite& site = stage.standing(ref);
  const auto probe = make_probe(request, tls, site, *scene);
  if (!probe) return probe.error();
  one.client_auth = site.spec.client_auth;
  one.log = gateway::folder_of(stage.kind(), stage.folder(), static_cast<std::size_t>(ref.listener)) /
            (one.trouble.empty() ? stage.kind().refusals_log : stage.kind().error_log);
  if (const Result<void> done = add_files(one, request, site); !done) return done;
  const auto both = files->authorities_and_crls(request.trust, request.crls);
  if (!both) return both.error();
  write_lines(request, *probe, *both, one);
  tries.push_back(std::move(one));
  return {};
}

Result<void> Lab::State::add_files(LabTry& one, const Request& request, const StandingSite& site) {
  const auto credential = files->credential(request.present);
  if (!credential) return credential.error();
  one.certificate = credential->certificate;
  one.key = credential->key;
  const auto trust = files->authorities(request.trust);
  if (!trust) return trust.error();
  one.trust = *trust;
  const auto crls = files->crls(request.crls);
  if (!crls) return crls.error();
  one.crls = *crls;
  const UpstreamLeg& leg = site.spec.leg;
  if (!leg.tls && !site.spec.upstream.tls && site.spec.upstream.behaviour == Behaviour::answering) return {};
  LabUpstream behind{to_string(site.upstream), leg.tls, leg.send_sni ? leg.name : "", {}, {}, {}};
  if (leg.tls) {
    const auto own = files->credential(leg.credential);
    if (!own) return own.error();
    behind.certificate = own->certificate;
    behind.key = own->key;
    const auto trusted = files->authorities(leg.trust);
    if (!trusted) return trusted.error();
    behind.trust = *trusted;
  }
  one.upstream = std::move(behind);
  return {};
}

Lab::Lab(std::unique_ptr<State> state) : state_(std::move(state)) {}
Lab::Lab(Lab&&) noexcept = default;
Lab& Lab::operator=(Lab&&) noexcept = default;
Lab::~Lab() = default;

Result<Lab> Lab::open(const Options& options) {
  Options own = options;
  own.own_upstreams = true;
  auto state = std::make_unique<State>(std::move(own));
  if (const Result<void> opened = state->open(); !opened) return opened.error();
  return Lab(std::move(state));
}

const std::vector<LabGateway>& Lab::gateways() const {
  return state_->gateways;
}

const std::vector<LabTry>& Lab::tries() const {
  return state_->tries;
}

std::string Lab::dead() const {
  for (std::size_t n = 0; n < state_->plans.size(); ++n)
    if (!state_->plans[n].listeners.empty() && !state_->stages[n].trouble() && !state_->stages[n].alive())
      return state_->plans[n].target->kind.kind;
  return {};
}

}  // namespace mtls::run
