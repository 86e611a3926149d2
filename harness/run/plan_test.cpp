// Planning: equal sites share a listener, equal certificates are one, controls stand beside.
#include "harness/run/plan.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace mtls::run {
namespace {

PkiSpec standard() {
  PkiSpec pki;
  pki.authorities.resize(2);
  pki.authorities[0].name = "root";
  pki.authorities[1].name = "intermediate";
  pki.authorities[1].issuer = "root";
  for (const char* name : {"server", "client"}) {
    CredentialSpec credential;
    credential.certificate.name = name;
    credential.certificate.subject = std::string("CN=") + name;
    credential.certificate.issuer = "intermediate";
    pki.credentials.push_back(credential);
  }
  return pki;
}

Scenario simple(const std::string& id) {
  Scenario scenario;
  scenario.id = id;
  SiteSpec site;
  site.name = "main";
  site.names = {"gateway.test"};
  site.trust = {"root"};
  scenario.sites = {site};
  Step step;
  Request request;
  request.site = "main";
  request.present = "client";
  step.stimulus = request;
  scenario.steps = {step};
  return scenario;
}

struct Planned {
  Options options;
  Target target;
  PkiSpec pki = standard();
  PkiPlan names{pki};
  std::vector<StagePlan> stages;

  explicit Planned(std::vector<Scenario> scenarios, bool sites_by_name = false, bool sites_by_path = false) {
    target.kind.kind = "nginx";
    target.kind.sites_by_name = sites_by_name;
    target.kind.sites_by_path = sites_by_path;
    options.nginx_upstream = target;
    options.scenarios = std::move(scenarios);
    stages = plan_stages(target, options, names);
  }
};

TEST(Plan, EqualSitesOfDifferentScenariosAreOneListenerWithOneControlForEachVersion) {
  const Planned planned({simple("a/one"), simple("a/two")});
  ASSERT_EQ(planned.stages.size(), 1u);
  EXPECT_EQ(planned.stages[0].listeners.size(), 1u);
  EXPECT_EQ(planned.stages[0].controls.size(), 2u);
  EXPECT_EQ(planned.stages[0].cases.size(), 4u);
  for (const PlannedTrials& trials : planned.stages[0].cases) EXPECT_EQ(trials.controls.size(), 1u);
}

TEST(Plan, ASiteThatTellsTheGatewaySomethingElseIsAnotherListener) {
  Scenario deep = simple("a/deep");
  deep.sites[0].depth = 5;
  const Planned planned({simple("a/one"), deep});
  EXPECT_EQ(planned.stages[0].listeners.size(), 2u);
}

Scenario with_another_leg(const std::string& id) {
  Scenario scenario = simple(id);
  scenario.sites[0].leg.tls = scenario.sites[0].upstream.tls = true;
  scenario.sites[0].leg.name = id;
  return scenario;
}

TEST(Plan, WherePathsTellSitesApartThoseThatDifferBehindTheGatewayShareAPort) {
  Scenario deep = with_another_leg("a/deep");
  deep.sites[0].depth = 5;
  const Planned planned({with_another_leg("a/one"), with_another_leg("a/two"), deep}, false, true);
  ASSERT_EQ(planned.stages.size(), 1u);
  ASSERT_EQ(planned.stages[0].listeners.size(), 2u) << "one for each policy towards clients";
  EXPECT_TRUE(planned.stages[0].listeners[0].by_path);
  EXPECT_EQ(planned.stages[0].listeners[0].sites.size(), 2u);
  EXPECT_EQ(planned.stages[0].cases[0].steps[0].site.site, 0);
  EXPECT_EQ(planned.stages[0].cases[2].steps[0].site.site, 1);
}

TEST(Plan, ARequestWithoutAPathNeedsAPortOfItsOwnAlsoWherePathsTellSitesApart) {
  Scenario absolute = with_another_leg("a/absolute");
  std::get<Request>(absolute.steps[0].stimulus).path = "http://elsewhere.test/";
  const Planned planned({with_another_leg("a/one"), absolute}, false, true);
  ASSERT_EQ(planned.stages[0].listeners.size(), 2u);
  EXPECT_FALSE(planned.stages[0].listeners[1].by_path);
}

TEST(Plan, SitesThatShareAPortByNameDoNotShareItByPath) {
  Scenario two = simple("a/two");
  two.sites.push_back(two.sites[0]);
  two.sites[1].name = "second";
  two.sites[1].names = {"second.test"};
  two.sites[0].listener = two.sites[1].listener = "both";
  const Planned planned({simple("a/one"), two}, false, true);
  ASSERT_EQ(planned.stages[0].listeners.size(), 2u);
  EXPECT_EQ(planned.stages[0].listeners[1].sites.size(), 2u);
  EXPECT_FALSE(planned.stages[0].listeners[1].by_path);
}

TEST(Plan, WhereNamesAloneTellSitesApartEachTlsListenerHasAStageOfItsOwn) {
  Scenario deep = simple("a/deep");
  deep.sites[0].depth = 5;
  const Planned planned({simple("a/one"), deep, simple("a/two")}, true);
  ASSERT_EQ(planned.stages.size(), 2u);
  for (const StagePlan& stage : planned.stages) EXPECT_EQ(stage.listeners.size(), 1u);
  EXPECT_EQ(planned.stages[0].cases.size(), 4u) << "a/one and a/two need the same listener";
  EXPECT_EQ(planned.stages[1].listeners[0].sites[0].spec.depth, 5);
}

TEST(Plan, WhereNamesAloneTellSitesApartAPlainListenerStandsBesideTheTlsOne) {
  Scenario both = simple("a/both");
  both.sites.push_back(both.sites[0]);
  both.sites[1].name = "plain";
  both.sites[1].tls = false;
  const Planned planned({both}, true);
  ASSERT_EQ(planned.stages.size(), 1u);
  EXPECT_EQ(planned.stages[0].listeners.size(), 2u);
  EXPECT_TRUE(planned.stages[0].cases[0].runs);
}

TEST(Plan, WhereNamesAloneTellSitesApartACaseWithTwoPoliciesForOneNameIsUnsupported) {
  Scenario two = simple("a/two");
  two.sites.push_back(two.sites[0]);
  two.sites[1].name = "second";
  two.sites[1].depth = 5;
  const Planned planned({two}, true);
  ASSERT_EQ(planned.stages.size(), 1u);
  EXPECT_TRUE(planned.stages[0].listeners.empty());
  EXPECT_FALSE(planned.stages[0].cases[0].runs);
  EXPECT_EQ(planned.stages[0].cases[0].record.outcome, Outcome::unsupported);
  EXPECT_EQ(planned.stages[0].cases[0].record.reason_code, "sites-by-name");
}

TEST(Plan, WhereNamesAloneTellSitesApartTheControlsSiblingStandsBesideItsSite) {
  Scenario silent = simple("a/silent");
  silent.sites[0].upstream.behaviour = Behaviour::silent;
  silent.sites[0].control.upstream = UpstreamSpec{};
  const Planned planned({silent}, true);
  ASSERT_EQ(planned.stages.size(), 1u);
  EXPECT_EQ(planned.stages[0].listeners.size(), 2u) << "they differ behind the gateway only";
  EXPECT_TRUE(planned.stages[0].cases[0].runs);
}

TEST(Plan, SitesWithOneLabelShareAListenerInTheirOrder) {
  Scenario domains = simple("a/domains");
  domains.sites[0].listener = "shared";
  domains.sites.push_back(domains.sites[0]);
  domains.sites[1].name = "second";
  domains.sites[1].names = {"b.test"};
  const Planned planned({domains});
  ASSERT_EQ(planned.stages[0].listeners.size(), 1u);
  ASSERT_EQ(planned.stages[0].listeners[0].sites.size(), 2u);
  EXPECT_EQ(planned.stages[0].listeners[0].sites[1].spec.names.front(), "b.test");
}

TEST(Plan, ATlsLegSpeaksTheVersionOfItsCaseAndStandsInTheUpstreamStage) {
  Scenario leg = simple("a/leg");
  leg.sites[0].leg.tls = true;
  const Planned planned({leg});
  ASSERT_EQ(planned.stages.size(), 1u);
  EXPECT_EQ(planned.stages[0].part, "upstream");
  ASSERT_EQ(planned.stages[0].listeners.size(), 1u);
  const PlannedSite& site = planned.stages[0].listeners[0].sites[0];
  ASSERT_EQ(site.upstreams.size(), 2u);
  EXPECT_EQ(site.upstreams[0].versions.max, TlsVersion::tls12);
  EXPECT_EQ(site.upstreams[1].versions.min, TlsVersion::tls13);
  EXPECT_EQ(planned.stages[0].cases[1].steps[0].site, (SiteRef{0, 0, 1}));
}

TEST(Plan, TheGatewaySpeaksTheVersionOfTheCaseToAnUpstreamThatCannotTakeTurns) {
  Scenario leg = simple("a/leg");
  leg.sites[0].leg.tls = true;
  leg.sites[0].upstream.kind = UpstreamKind::nginx;
  const Planned planned({leg});
  ASSERT_EQ(planned.stages[0].listeners.size(), 2u);
  EXPECT_EQ(planned.stages[0].listeners[0].sites[0].spec.leg.versions.max, TlsVersion::tls12);
  EXPECT_EQ(planned.stages[0].listeners[1].sites[0].spec.leg.versions.min, TlsVersion::tls13);
}

TEST(Plan, UpstreamsThatDifferOnlyBehindTheGatewayTakeTurnsOnOneListener) {
  Scenario good = simple("a/good"), bad = simple("a/bad");
  good.sites[0].leg.tls = bad.sites[0].leg.tls = true;
  bad.sites[0].upstream.tls = true;
  bad.sites[0].upstream.credential = "server";
  bad.sites[0].control.upstream = good.sites[0].upstream;
  const Planned planned({good, bad});
  ASSERT_EQ(planned.stages[0].listeners.size(), 1u);
  const PlannedTrials& trials = planned.stages[0].cases[2];
  const auto& control = planned.stages[0].controls[static_cast<std::size_t>(trials.controls.at(0))];
  EXPECT_EQ(control.site.listener, trials.steps[0].site.listener);
  EXPECT_NE(control.site.upstream, trials.steps[0].site.upstream);
}

TEST(Plan, WhatTakesTurnsDoesNotAllWaitForOneListener) {
  std::vector<Scenario> many;
  for (int n = 0; n < 30; ++n) {
    many.push_back(simple("a/n" + std::to_string(n)));
    many.back().sites[0].leg.tls = true;
  }
  const Planned planned(many);
  EXPECT_GE(planned.stages[0].listeners.size(), 4u);
}

TEST(Plan, AControlWithAnotherUpstreamStandsOnASiblingSite) {
  Scenario down = simple("a/down");
  down.sites[0].upstream.behaviour = Behaviour::down;
  down.sites[0].control.upstream = UpstreamSpec{};
  const Planned planned({down});
  ASSERT_EQ(planned.stages[0].listeners.size(), 2u);
  const PlannedTrials& trials = planned.stages[0].cases[0];
  const auto& control = planned.stages[0].controls[static_cast<std::size_t>(trials.controls.at(0))];
  EXPECT_NE(control.site.listener, trials.steps[0].site.listener);
}

TEST(Plan, AMissingCapabilityIsUnsupportedWithTheGatewaysReason) {
  Scenario needs = simple("a/needs");
  needs.requires_ = {"crl"};
  Options options;
  options.scenarios = {needs};
  Target target;
  target.kind.kind = "caddy";
  target.kind.lacks["crl"] = "it has no such thing";
  const PkiSpec pki = standard();
  PkiPlan names(pki);
  const auto stages = plan_stages(target, options, names);
  ASSERT_EQ(stages.at(0).cases.size(), 2u);
  EXPECT_FALSE(stages[0].cases[0].runs);
  EXPECT_EQ(stages[0].cases[0].record.outcome, Outcome::unsupported);
  EXPECT_NE(stages[0].cases[0].record.reason.find("it has no such thing"), std::string::npos);
}

TEST(PkiPlan, AScenariosOwnEntryStandsBeforeTheStandardOneAlsoAsAnIssuer) {
  const PkiSpec pki = standard();
  PkiPlan plan(pki);
  Scenario own = simple("a/own");
  CertificateSpec intermediate = pki.authorities[1];
  intermediate.not_after = std::chrono::seconds(-1);
  own.pki.authorities = {intermediate};
  EXPECT_EQ(plan.credential(simple("a/standard"), "client"), "client");
  const std::string name = plan.credential(own, "client");
  EXPECT_NE(name, "client");
  const auto& credentials = plan.spec().credentials;
  const auto found = std::find_if(credentials.begin(), credentials.end(),
                                  [&](const CredentialSpec& spec) { return spec.certificate.name == name; });
  ASSERT_NE(found, credentials.end());
  EXPECT_NE(found->certificate.issuer, "intermediate");
}

TEST(PkiPlan, WhatComesOutEqualIsMintedOnce) {
  const PkiSpec pki = standard();
  PkiPlan plan(pki);
  Scenario one = simple("a/one"), two = simple("a/two");
  CredentialSpec late = pki.credentials[1];
  late.certificate.name = "late";
  late.certificate.not_after = std::chrono::seconds(-1);
  one.pki.credentials = {late};
  late.certificate.name = "expired";
  two.pki.credentials = {late};
  EXPECT_EQ(plan.credential(one, "late"), plan.credential(two, "expired"));
}

}  // namespace
}  // namespace mtls::run
