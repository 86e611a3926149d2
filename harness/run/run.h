// Plan, stages, trials: scenarios and gateways in, a Report out.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/base/result.h"
#include "harness/diagnose/diagnose.h"
#include "harness/gateway/gateway.h"
#include "harness/model/gateway.h"
#include "harness/model/pki.h"
#include "harness/model/report.h"
#include "harness/model/scenario.h"
#include "harness/model/waiver.h"
#include "harness/run/examine.h"
#include "harness/run/lab.h"
#include "harness/run/live.h"

namespace mtls::run {

// A kind to test, and where its program was found; or a gateway that already runs, whose kind may be known.
struct Target {
  GatewayKind kind;
  gateway::Installed installed;
  std::shared_ptr<const Live> live = nullptr;   // null: one that is launched
  std::optional<Error> missing = std::nullopt;  // why its program cannot be used: each case is an error that says so

  const std::string& name() const { return live ? live->gateway.name : kind.kind; }
  // Its policy is its owner's, and no site of a scenario's choice.
  bool has_policy() const { return live || kind.is_own(); }
};

struct Options {
  std::vector<Target> targets;
  std::vector<Scenario> scenarios;  // selected
  PkiSpec standard_pki;
  std::optional<Target> nginx_upstream;               // the real nginx behind; nothing: not installed
  std::shared_future<Result<diagnose::Rules>> rules;  // made ready beside the minting; nothing starts before
  std::vector<Waiver> waivers;
  bool own_upstreams = false;  // no upstream shares its port with another: for who uses the sites all at once
  int jobs = 4;
  std::int64_t now = 0;  // UTC seconds
  std::uint64_t seed = 0;
  std::filesystem::path keep;  // where the private folders are kept; empty: removed
  std::filesystem::path data;  // for reproduce lines
  const std::atomic<bool>* interrupted = nullptr;
  std::function<void(const CaseRecord&, int done, int all)> finished;  // called from one thread at a time
};

// A case before it runs.
struct PlannedCase {
  std::string id;
  std::string gateway;
  std::map<std::string, std::string> variant;
};
std::vector<PlannedCase> plan(const Options& options);

// The case beside those of the scenarios that tells whether a gateway whose policy is its owner's admits the right
// client. Where it fails, the others refer to it.
inline constexpr const char* right_client_case = "gateway/right-client";

// Runs everything. Failures of gateways and of single cases are part of the Report; an Error is one of the harness as a
// whole (no folder to be made, material that cannot be minted, rules with a mistake).
Result<Report> run(const Options& options);

}  // namespace mtls::run
