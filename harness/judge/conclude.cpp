// The outcome of a case from its steps' findings and its controls, with a sentence and a stable reason code.
#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "harness/judge/weigh.h"

namespace mtls::judge {

namespace {

// The code of an unmet claim. Scripts and CI systems group by these: add, never rename.
constexpr std::array<std::pair<std::string_view, std::string_view>, 23> codes{{
    {"admitted", "unexpected-refusal"},
    {"refused", "unexpected-accept"},
    {"server_rejected", "server-not-rejected"},
    {"server_verifies", "server-not-verified"},
    {"status", "wrong-status"},
    {"alert", "wrong-alert"},
    {"certificate_requested", "wrong-certificate-request"},
    {"issuers_name", "wrong-issuers"},
    {"resumed", "wrong-resumption"},
    {"upstream_reached", "wrong-upstream"},
    {"upstream_refused", "upstream-not-refused"},
    {"upstream_saw_client", "wrong-upstream-client"},
    {"upstream_sni", "wrong-upstream-sni"},
    {"upstream_header", "wrong-upstream-header"},
    {"log_says", "wrong-log"},
    {"timeline_shows", "wrong-timeline"},
    {"curl_exit", "wrong-curl-exit"},
    {"named", "wrong-cause"},
    {"material_verifies", "wrong-material"},
    {"material_usage", "wrong-material"},
    {"material_pkcs12_opens", "wrong-material"},
    {"material_listed", "wrong-material"},
    {"material_crl_complete", "wrong-material"},
}};
static_assert(codes.size() == std::variant_size_v<Statement>);

bool success(const Observation& observation) {
  return observation.client.http && observation.client.http->status >= 200 && observation.client.http->status < 300;
}

bool let_in(const Observation& observation) {
  return success(observation) || taken_up(observation);
}

std::string reason_code(const Finding& finding, const Observation& observation) {
  if (finding.claim == "refused" && !let_in(observation)) return "client-broke-off";
  if (finding.claim == "admitted" && client_broke_off(observation.client)) return "client-broke-off";
  if (finding.claim == "admitted" && success(observation)) return "wrong-upstream";
  for (const auto& [claim, code] : codes) {
    if (claim == finding.claim) return std::string(code);
  }
  return "unmet-claim";
}

// A scenario that only says what should be cannot fail a gateway, whatever its claims say.
Level capped(Level claim, Level scenario) {
  return std::max(claim, scenario);
}

struct Unmet {
  const StepRecord* step = nullptr;
  const Finding* finding = nullptr;
  std::string code;
};

struct Tally {
  std::vector<Unmet> must;
  std::vector<Unmet> should;
  const StepRecord* undecided = nullptr;
  const StepRecord* refusal = nullptr;  // a step whose refusal held, or was as good as an admission
  bool admission = false;               // a step that was admitted, as claimed
  std::size_t findings = 0;
};

Tally tally(const CaseRecord& record) {
  Tally tally;
  for (const auto& step : record.steps) {
    if (!step.verdict.undecided.empty() && tally.undecided == nullptr) tally.undecided = &step;
    for (const auto& finding : step.verdict.findings) {
      ++tally.findings;
      if (finding.held) {
        if (finding.claim == "refused") tally.refusal = &step;
        if (finding.claim == "admitted") tally.admission = true;
        continue;
      }
      Unmet unmet{&step, &finding, reason_code(finding, step.observation)};
      const bool mistake = unmet.code == "unexpected-accept";
      // What a silent step left open is not unmet; what it let in is.
      if (!step.verdict.undecided.empty() && !mistake) continue;
      switch (capped(finding.level, record.level)) {
        case Level::must: tally.must.insert(mistake ? tally.must.begin() : tally.must.end(), unmet); break;
        case Level::should: tally.should.push_back(unmet); break;
        case Level::may:
          if (finding.claim == "admitted") tally.refusal = &step;
          break;
      }
    }
  }
  return tally;
}

void set(CaseRecord& record, Outcome outcome, std::string code, std::string reason) {
  record.outcome = outcome;
  record.reason_code = std::move(code);
  record.reason = std::move(reason);
}

std::string place(const CaseRecord& record, const StepRecord& step) {
  if (record.steps.size() < 2) return "";
  return fmt::format("step {} ({}): ", &step - record.steps.data() + 1, step.title);
}

void set_unmet(CaseRecord& record, Outcome outcome, const Unmet& unmet) {
  set(record, outcome, unmet.code,
      fmt::format("{}expected: {}; observed: {}", place(record, *unmet.step), unmet.finding->expected,
                  unmet.finding->observed));
}

// Why the refusals of this case prove nothing; empty: a right client was admitted beside them.
std::string control_failure(const CaseRecord& record, const Tally& tally) {
  if (tally.refusal == nullptr) return "";
  for (const auto& control : record.control) {
    if (control.admitted) continue;
    return fmt::format("the refusal proves nothing: the right client ({}) was not admitted to {} either: {}",
                       control.present.empty() ? "without a certificate" : control.present, control.site,
                       control.observed);
  }
  // Where the gateway itself is the planted fault there may be nobody whom it would admit.
  if (record.control.empty() && !tally.admission && record.sort != "detection") {
    return "the refusal proves nothing: no right client was tried beside it";
  }
  return "";
}

bool settled(Outcome outcome) {
  return outcome == Outcome::known || outcome == Outcome::unsupported || outcome == Outcome::skip;
}

}  // namespace

void conclude(CaseRecord& record) {
  if (settled(record.outcome)) return;
  const auto tally = judge::tally(record);
  if (tally.findings == 0)
    return set(record, Outcome::error, "nothing-judged", "the case made no claim, so it proves nothing");
  if (!tally.must.empty() && tally.must.front().code == "unexpected-accept") {
    return set_unmet(record, Outcome::fail, tally.must.front());
  }
  if (tally.undecided != nullptr) {
    return set(record, Outcome::error, "undecided",
               place(record, *tally.undecided) + tally.undecided->verdict.undecided);
  }
  if (const auto why = control_failure(record, tally); !why.empty())
    return set(record, Outcome::error, "control-failed", why);
  if (!tally.must.empty()) return set_unmet(record, Outcome::fail, tally.must.front());
  if (!tally.should.empty()) return set_unmet(record, Outcome::warn, tally.should.front());
  set(record, Outcome::pass, "", "");
}

}  // namespace mtls::judge
