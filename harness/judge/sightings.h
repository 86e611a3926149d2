// Observations that tests of the judge start from, and how they ask for one claim.
#pragma once

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "harness/judge/judge.h"

namespace mtls::judge {

inline Observation answered(int status, int arrived = 0) {
  Observation seen;
  seen.client.connected = true;
  seen.client.sent.nonce = "n-1";
  seen.client.handshake.completed = true;
  seen.client.handshake.verify = VerifyResult{};
  seen.client.http = HttpView{};
  seen.client.http->status = status;
  seen.client.closed = Closed::clean;
  seen.upstream.watched = true;
  if (arrived != 0) {
    seen.upstream.reached = true;
    UpstreamRequest request;
    request.nonce = "n-1";
    request.answered = arrived;
    seen.upstream.requests = {request};
  }
  return seen;
}

inline Observation alerted(int number, AlertPhase phase = AlertPhase::after) {
  auto seen = answered(0);
  seen.client.http.reset();
  seen.client.handshake.completed = phase == AlertPhase::after;
  seen.client.alert_received = Alert{number, "", true, phase};
  return seen;
}

inline Observation broken_off(int verify) {
  auto seen = answered(0);
  seen.client.http.reset();
  seen.client.handshake.completed = false;
  seen.client.handshake.verify = VerifyResult{verify, "certificate has expired", 0, {verify}};
  seen.client.alert_sent = Alert{45, "certificate_expired", true, AlertPhase::handshake};
  return seen;
}

inline Observation silent() {
  auto seen = answered(0);
  seen.client.http.reset();
  seen.client.closed = Closed::open;
  seen.client.timed_out = true;
  return seen;
}

struct Judged {
  Finding finding;
  std::string undecided;
};

inline Judged ask(const Statement& statement, const Observation& seen, const std::vector<Diagnosis>& diagnoses = {}) {
  Names names;
  names.subject_of = {{"root", "CN=root"}, {"gateway", "CN=gateway"}};
  names.sha256_of = {{"gateway", "aa11"}};
  const auto verdict = judge({Claim{Level::must, statement}}, seen, diagnoses, names);
  EXPECT_EQ(verdict.findings.size(), 1u);
  return {verdict.findings.at(0), verdict.undecided};
}

inline bool holds(const Statement& statement, const Observation& seen) {
  const auto judged = ask(statement, seen);
  EXPECT_EQ(judged.undecided, "");
  EXPECT_FALSE(judged.finding.expected.empty());
  EXPECT_FALSE(judged.finding.observed.empty());
  return judged.finding.held;
}

}  // namespace mtls::judge
