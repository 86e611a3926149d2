// From probes to one answer: what each of them shows by the rules, corrected by the contrast between them.
#pragma once

#include <string>
#include <vector>

#include "harness/diagnose/diagnose.h"
#include "harness/model/examination.h"

namespace mtls::run {

// What a probe is for.
enum class Aim {
  bare,
  credential,
  stranger,
  other_version,
  without_chain,
  without_name,
  other_name,
  upstream,
  upstream_other_way
};

struct Probed {
  Aim aim = Aim::bare;
  Observation observation;
};

// "without a client certificate", "with a certificate of a CA made for this probe", ...
std::string purpose_of(const Probed& probed);

// The request got as far as an application: it was answered as one answers who may ask.
bool let_in(const Observation& observation);
// The gateway, or the client in its place, said no in a way that can be seen.
bool turned_away(const Observation& observation);
// "HTTP 400", "alert certificate_expired(45) after the handshake", "the connection was cut off", ...
std::string outcome_of(const Observation& observation);

// What of the user's material was at hand; it decides what would help to decide.
struct AtHand {
  bool gateway_log = false;
  bool crls = false;
  bool trust = false;
  bool lists_fall_short = false;  // the client checks revocation, and has no list of some CA of the server's chain
  bool upstream = false;
  bool upstream_trust = false;        // what the gateway should verify its upstream by
  bool upstream_meets_trust = false;  // a certificate of the upstream's chain is itself among those
};

// Fills diagnoses, healthy, conclusive, decide_by and decisive.
void conclude(const std::vector<Probed>& probed, const AtHand& at_hand, const diagnose::Rules& rules,
              Examination& examination);

// A page as a diagnosis.
Diagnosis diagnosis_of(const std::string& code, double confidence, const std::string& evidence,
                       const diagnose::Rules& rules);

}  // namespace mtls::run
