// Claims about minted material that was looked at without a network.
#include <algorithm>

#include <fmt/format.h>

#include "harness/base/text.h"
#include "harness/judge/weigh.h"

namespace mtls::judge {

namespace {

Weighed expecting(std::string expected, const Scene& scene) {
  Weighed weighed{false, std::move(expected), "", Needs::nothing, ""};
  if (!scene.observation.material) weighed.undecided = "no material was examined in this step";
  return weighed;
}

}  // namespace

Weighed weigh(const MaterialVerifies& claim, const Scene& scene) {
  auto weighed = expecting(claim.code == 0 ? "the chain verifies" : fmt::format("verify result {}", claim.code), scene);
  if (!weighed.undecided.empty()) return weighed;
  const auto& verify = scene.observation.material->credential.verify;
  weighed.held = verify && verify->code == claim.code;
  weighed.observed = verify ? "verify result " + describe(*verify) : "the chain was not verified";
  return weighed;
}

Weighed weigh(const MaterialUsage& claim, const Scene& scene) {
  std::vector<std::string> parts;
  for (const auto& usage : claim.has) parts.push_back(usage + " present");
  for (const auto& usage : claim.lacks) parts.push_back(usage + " absent");
  auto weighed = expecting("extended key usage: " + join(parts, ", "), scene);
  if (!weighed.undecided.empty()) return weighed;
  const auto& leaf = scene.observation.material->credential.leaf;
  const auto listed = [&](const std::string& usage) {
    const auto& usages = leaf.extended_key_usage;
    return std::find(usages.begin(), usages.end(), usage) != usages.end();
  };
  weighed.held = std::all_of(claim.has.begin(), claim.has.end(), listed) &&
                 std::none_of(claim.lacks.begin(), claim.lacks.end(), listed);
  weighed.observed = leaf.has_extended_key_usage ? "extended key usage: " + join(leaf.extended_key_usage, ", ")
                                                 : "the certificate has no extended key usage";
  return weighed;
}

Weighed weigh(const MaterialPkcs12Opens&, const Scene& scene) {
  auto weighed = expecting("the PKCS#12 bundle opens with its passphrase", scene);
  if (!weighed.undecided.empty()) return weighed;
  const auto& opens = scene.observation.material->pkcs12_opens;
  weighed.held = opens.value_or(false);
  weighed.observed = !opens ? "there is no PKCS#12 bundle" : *opens ? "it opened" : "it did not open";
  return weighed;
}

Weighed weigh(const MaterialListed& claim, const Scene& scene) {
  const auto* expected =
      claim.listed ? "a revocation list names the certificate" : "no revocation list names the certificate";
  auto weighed = expecting(expected, scene);
  if (!weighed.undecided.empty()) return weighed;
  const auto& material = *scene.observation.material;
  const bool listed = material.credential.listed_as_revoked;
  // Without a list, not being listed says nothing.
  weighed.held = listed == claim.listed && !material.crls.empty();
  weighed.observed =
      fmt::format("serial {} is {} in {} revocation list{}", material.credential.leaf.serial,
                  listed ? "named" : "not named", material.crls.size(), material.crls.size() == 1 ? "" : "s");
  return weighed;
}

Weighed weigh(const MaterialCrlComplete& claim, const Scene& scene) {
  const auto* expected = claim.complete ? "every authority of the chain has a revocation list"
                                        : "an authority of the chain has no revocation list";
  auto weighed = expecting(expected, scene);
  if (!weighed.undecided.empty()) return weighed;
  const auto& material = *scene.observation.material;
  weighed.held = material.crl_for_every_authority == claim.complete;
  std::vector<std::string> issuers;
  for (const auto& crl : material.crls) issuers.push_back(crl.issuer);
  weighed.observed =
      issuers.empty() ? "there is no revocation list" : "there are revocation lists of " + join(issuers, "; ");
  return weighed;
}

}  // namespace mtls::judge
