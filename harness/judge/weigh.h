// One statement against one observation: an overload for each kind of claim, and the sentences they share.
#pragma once

#include <string>
#include <vector>

#include "harness/judge/judge.h"

namespace mtls::judge {

// Everything a claim may look at.
struct Scene {
  const Observation& observation;
  const std::vector<Diagnosis>& diagnoses;
  const Names& names;
};

// What a statement needs before its answer means anything.
enum class Needs {
  nothing,   // it speaks of the material, the log or the diagnosis
  evidence,  // it holds only on something seen; what was not seen in silence decides nothing
  answer     // it may hold because nothing happened, so that silence must never satisfy it
};

struct Weighed {
  bool held = false;
  std::string expected;
  std::string observed;
  Needs needs = Needs::evidence;
  std::string undecided;  // not empty: this witness was not there to be asked, and why
};

Weighed weigh(const Admitted& claim, const Scene& scene);
Weighed weigh(const Refused& claim, const Scene& scene);
Weighed weigh(const ServerRejected& claim, const Scene& scene);
Weighed weigh(const ServerVerifies& claim, const Scene& scene);
Weighed weigh(const StatusIs& claim, const Scene& scene);
Weighed weigh(const AlertIs& claim, const Scene& scene);
Weighed weigh(const CertificateRequested& claim, const Scene& scene);
Weighed weigh(const IssuersName& claim, const Scene& scene);
Weighed weigh(const Resumed& claim, const Scene& scene);
Weighed weigh(const UpstreamReached& claim, const Scene& scene);
Weighed weigh(const UpstreamRefused& claim, const Scene& scene);
Weighed weigh(const UpstreamSawClient& claim, const Scene& scene);
Weighed weigh(const UpstreamSni& claim, const Scene& scene);
Weighed weigh(const UpstreamHeader& claim, const Scene& scene);
Weighed weigh(const LogSays& claim, const Scene& scene);
Weighed weigh(const TimelineShows& claim, const Scene& scene);
Weighed weigh(const CurlExit& claim, const Scene& scene);
Weighed weigh(const Named& claim, const Scene& scene);
Weighed weigh(const MaterialVerifies& claim, const Scene& scene);
Weighed weigh(const MaterialUsage& claim, const Scene& scene);
Weighed weigh(const MaterialPkcs12Opens& claim, const Scene& scene);
Weighed weigh(const MaterialListed& claim, const Scene& scene);
Weighed weigh(const MaterialCrlComplete& claim, const Scene& scene);

// The upstream's requests that carry this trial's nonce.
std::vector<const UpstreamRequest*> own_requests(const Observation& observation);
// The upstream took the request up: one with this nonce arrived there, and the upstream did not refuse it itself.
bool taken_up(const Observation& observation);
// The client itself ended the handshake, and nothing was refused to it before.
bool client_broke_off(const ClientView& client);
// Why the trial decides nothing about a connection; empty: something came back from a gateway that lives.
std::string silence(const Observation& observation);

// "certificate_expired(45)".
std::string alert_words(int number, const std::string& name);
std::string describe(const Alert& alert);          // "alert certificate_expired(45) after the handshake"
std::string describe(const VerifyResult& verify);  // "10 (certificate has expired)"
std::string describe_answer(const ClientView& client);
std::string describe_arrivals(const Observation& observation);  // "the upstream saw 0 requests with this nonce"
std::string describe_break_off(const ClientView& client);

}  // namespace mtls::judge
