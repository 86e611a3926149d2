// Claims about what others wrote down: the gateway's log, and the diagnosis.
#include <fmt/format.h>
#include <re2/re2.h>

#include "harness/judge/weigh.h"

namespace mtls::judge {

namespace {

std::string describe_log(const std::vector<std::string>& log) {
  if (log.empty()) return "the gateway logged nothing of this trial";
  return fmt::format("{} line{}, the last of them: {}", log.size(), log.size() == 1 ? "" : "s", log.back());
}

}  // namespace

Weighed weigh(const LogSays& claim, const Scene& scene) {
  const auto& gateway = scene.observation.gateway;
  Weighed weighed{false, "a line of the gateway's log matches " + claim.pattern, "", Needs::nothing, ""};
  if (!gateway.log_available) {
    weighed.undecided = "the gateway's log is not available";
    return weighed;
  }
  const RE2 pattern(claim.pattern, RE2::Quiet);
  if (!pattern.ok()) {
    weighed.undecided = "not a pattern: " + pattern.error();
    return weighed;
  }
  weighed.observed = describe_log(gateway.log);
  for (const auto& line : gateway.log) {
    if (!RE2::PartialMatch(line, pattern)) continue;
    weighed.held = true;
    weighed.observed = line;
    break;
  }
  return weighed;
}

Weighed weigh(const Named& claim, const Scene& scene) {
  Weighed weighed{false, "the diagnosis names " + claim.code + " first", "", Needs::nothing, ""};
  if (scene.diagnoses.empty()) {
    weighed.observed = "the diagnosis names nothing";
    return weighed;
  }
  weighed.held = scene.diagnoses.front().code == claim.code;
  std::string named;
  for (const auto& diagnosis : scene.diagnoses) {
    named += fmt::format("{}{} ({:.2f})", named.empty() ? "" : ", ", diagnosis.code, diagnosis.confidence);
  }
  weighed.observed = "the diagnosis names " + named;
  return weighed;
}

}  // namespace mtls::judge
