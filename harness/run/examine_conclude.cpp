// Draws one answer from all probes.
#include "harness/run/examine_conclude.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "harness/run/examine_upstream.h"

namespace mtls::run {
namespace {

constexpr std::size_t most_causes = 5;
constexpr double likelier_than_not = 0.5;
constexpr double close = 0.15;
constexpr double sure_of_the_upstream = 0.7;

// All probes at hand, by aim; null: not made.
struct Contrasts {
  const Observation* bare = nullptr;
  const Observation* credential = nullptr;
  const Observation* stranger = nullptr;
  const Observation* other_version = nullptr;
  const Observation* without_chain = nullptr;
  const Observation* without_name = nullptr;
  const Observation* other_name = nullptr;
  const Observation* upstream = nullptr;
  const Observation* upstream_other_way = nullptr;
  const Observation* main = nullptr;
};

class Answer {
 public:
  explicit Answer(const diagnose::Rules& rules) : rules_(rules) {}

  void take(const Observation& observation) {
    list_ = diagnose::diagnose(diagnose::facts(observation, rules_), rules_);
  }

  // The surest statement counts, the newest evidence comes first.
  void support(const std::string& code, double confidence, const std::string& evidence) {
    const auto found = find(code);
    if (found == list_.end()) {
      list_.push_back(diagnosis_of(code, confidence, evidence, rules_));
      return;
    }
    found->confidence = std::max(found->confidence, confidence);
    found->evidence.insert(found->evidence.begin(), evidence);
  }

  void support(const Diagnosis& other) {
    for (auto evidence = other.evidence.rbegin(); evidence != other.evidence.rend(); ++evidence)
      support(other.code, other.confidence, *evidence);
  }

  // What another probe with the same credential shows besides.
  void merge(const Observation& observation, const std::string& where) {
    for (const Diagnosis& other : diagnose::diagnose(diagnose::facts(observation, rules_), rules_)) {
      if (other.code == "healthy" || other.evidence.empty()) continue;
      const auto known = find(other.code);
      const bool nothing_new = known != list_.end() && known->confidence >= other.confidence;
      if (!nothing_new) support(other.code, other.confidence, where + ": " + other.evidence.front());
    }
  }

  void drop(const std::string& code) {
    std::erase_if(list_, [&](const Diagnosis& one) { return one.code == code; });
  }

  // What only a status suggests about the upstream gives way to what the upstream itself shows.
  void forget_guesses_about_the_upstream() {
    std::erase_if(list_, [](const Diagnosis& one) {
      return one.code.starts_with("upstream-") && one.confidence < sure_of_the_upstream;
    });
  }

  void note(const std::string& evidence) {
    if (!list_.empty()) list_.front().evidence.push_back(evidence);
  }

  bool trouble() const {
    return std::any_of(list_.begin(), list_.end(), [](const Diagnosis& one) {
      return one.code != "healthy" && one.confidence > likelier_than_not;
    });
  }

  bool empty() const { return list_.empty(); }

  std::vector<Diagnosis> finish() {
    std::stable_sort(list_.begin(), list_.end(),
                     [](const Diagnosis& left, const Diagnosis& right) { return left.confidence > right.confidence; });
    if (list_.size() > most_causes) list_.resize(most_causes);
    return std::move(list_);
  }

 private:
  std::vector<Diagnosis>::iterator find(const std::string& code) {
    return std::find_if(list_.begin(), list_.end(), [&](const Diagnosis& one) { return one.code == code; });
  }

  const diagnose::Rules& rules_;
  std::vector<Diagnosis> list_;
};

Contrasts contrasts_of(const std::vector<Probed>& probed, std::size_t& decisive) {
  Contrasts all;
  for (const Probed& one : probed) {
    switch (one.aim) {
      case Aim::bare: all.bare = &one.observation; break;
      case Aim::credential: all.credential = &one.observation; break;
      case Aim::stranger: all.stranger = &one.observation; break;
      case Aim::other_version: all.other_version = &one.observation; break;
      case Aim::without_chain: all.without_chain = &one.observation; break;
      case Aim::upstream: all.upstream = &one.observation; break;
      case Aim::upstream_other_way: all.upstream_other_way = &one.observation; break;
      case Aim::without_name: all.without_name = &one.observation; break;
      case Aim::other_name: all.other_name = &one.observation; break;
    }
  }
  all.main = all.credential ? all.credential : all.bare;
  for (std::size_t i = 0; i < probed.size(); ++i)
    if (&probed[i].observation == all.main) decisive = i;
  return all;
}

int status_of(const Observation& observation) {
  return observation.client.http ? observation.client.http->status : 0;
}

// Without a certificate the client gets what others get with one. A redirection or a 404 where others see the page is
// a way of saying no.
bool lets_anyone_in(const Observation& without, const Observation* with) {
  if (!let_in(without)) return false;
  const int status = status_of(without);
  return status < 300 || !with || !let_in(*with) || status == status_of(*with);
}

void hold_against_bare(const Contrasts& all, double confidence, Answer& answer) {
  if (!all.bare || !lets_anyone_in(*all.bare, all.credential)) return;
  const bool requested = all.bare->client.handshake.client_certificate_requested;
  answer.support(requested ? "client-auth-optional" : "client-auth-not-enforced", confidence,
                 fmt::format("Without a client certificate the answer is {}; the gateway {} for one.",
                             outcome_of(*all.bare), requested ? "asked" : "never asked"));
}

void hold_against_stranger(const Contrasts& all, Answer& answer) {
  if (!all.stranger) return;
  if (turned_away(*all.stranger)) {
    answer.drop("client-auth-any-issuer");
  } else if (lets_anyone_in(*all.stranger, all.credential)) {
    answer.support(
        "client-auth-any-issuer", 0.96,
        fmt::format("A certificate of a CA that was made for this probe is let in: {}.", outcome_of(*all.stranger)));
  }
}

// X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, and the same of the leaf and of a local certificate.
bool lacks_only_issuers(const Observation& upstream) {
  static constexpr std::array lacking{2, 20, 21};
  const std::vector<int>& all = upstream.client.handshake.verify->all;
  return std::all_of(all.begin(), all.end(),
                     [](int code) { return std::find(lacking.begin(), lacking.end(), code) != lacking.end(); });
}

bool is_rejected(const Observation& upstream) {
  const auto& verify = upstream.client.handshake.verify;
  return verify && verify->code != 0;
}

// An answer that the gateway gives for its upstream, or the upstream through the gateway.
bool may_come_from_behind(const Observation& main, const Observation& upstream) {
  const int status = status_of(main);
  if (status >= 500) return true;
  if (main.client.timed_out) return main.client.handshake.completed || !main.client.sent.tls;
  return status >= 400 && status == status_of(upstream);
}

// The upstream takes the gateway's credential from us, and not from the gateway.
void weigh_sound_upstream(const Contrasts& all, Answer& answer) {
  const Observation* other = all.upstream_other_way;
  if (!other || other->client.handshake.completed) return;
  answer.support(
      "upstream-protocol-version", 0.72,
      fmt::format("The upstream is sound, but speaks only TLS {}; the gateway may be told to speak another one.",
                  all.upstream->client.handshake.version));
}

bool expects_tls(const Contrasts& all) {
  return all.upstream_other_way && !all.upstream->client.sent.tls &&
         !all.upstream_other_way->client.handshake.server_chain.empty();
}

void hold_against_upstream(const Contrasts& all, const AtHand& at_hand, const diagnose::Rules& rules, Answer& answer) {
  if (!all.upstream) return;
  if (let_in(*all.main)) {
    if (!at_hand.upstream_trust || !is_rejected(*all.upstream)) return;
    if (at_hand.upstream_meets_trust && lacks_only_issuers(*all.upstream)) {
      answer.support("upstream-trust-incomplete", 0.8,
                     "The gateway's trust has a CA of the upstream's chain, but not the root above it, and the gateway "
                     "accepted the upstream: that CA is a trust anchor there.");
      answer.support("upstream-verification-off", 0.5,
                     "A gateway that verifies nothing would accept that upstream, too.");
      return;
    }
    answer.support("upstream-verification-off", 0.95,
                   fmt::format("The request got through, although {} by the CAs that the gateway should trust.",
                               outcome_of(*all.upstream)));
    return;
  }
  if (!may_come_from_behind(*all.main, *all.upstream)) return;
  if (let_in(*all.upstream)) return weigh_sound_upstream(all, answer);
  if (expects_tls(all)) {
    answer.forget_guesses_about_the_upstream();
    answer.support("upstream-expects-tls", 0.93,
                   "The upstream speaks TLS, and the gateway is said to send it plain HTTP.");
    return;
  }
  auto findings = upstream_findings(*all.upstream, rules);
  if (findings.empty()) return;
  // That the upstream refuses the gateway is seen, not guessed; only why may be open.
  findings.front().confidence = std::max(findings.front().confidence, sure_of_the_upstream);
  answer.forget_guesses_about_the_upstream();
  for (const Diagnosis& one : findings) answer.support(one);
}

void conclude_admitted(const Contrasts& all, const AtHand& at_hand, Answer& answer, const diagnose::Rules& rules,
                       Examination& examination) {
  answer.drop("healthy");
  hold_against_upstream(all, at_hand, rules, answer);
  hold_against_bare(all, 0.95, answer);
  hold_against_stranger(all, answer);
  if (at_hand.lists_fall_short)
    answer.support(
        "server-revocation-unknown", 0.6,
        "A client that checks the server by the lists given lacks one for a CA of its chain, and breaks off.");
  const bool enforced = all.bare && turned_away(*all.bare) && !lets_anyone_in(*all.bare, all.credential);
  const bool strangers_kept_out = !all.stranger || turned_away(*all.stranger);
  if (answer.trouble() || !enforced || !strangers_kept_out) return;
  examination.healthy = true;
  Diagnosis healthy = diagnosis_of("healthy", 0.97, "With the credential: " + outcome_of(*all.credential) + ".", rules);
  healthy.evidence.push_back("Without a client certificate: " + outcome_of(*all.bare) + ".");
  if (all.stranger)
    healthy.evidence.push_back("With a certificate of an unknown CA: " + outcome_of(*all.stranger) + ".");
  examination.diagnoses = {healthy};
}

void conclude_refused(const Contrasts& all, const AtHand& at_hand, Answer& answer, const diagnose::Rules& rules) {
  hold_against_upstream(all, at_hand, rules, answer);
  const Observation& main = *all.main;
  if (all.other_version) {
    const std::string version = fmt::format("With TLS {} only", name(all.other_version->client.sent.versions.max));
    if (let_in(*all.other_version))
      answer.note(version + " the same client is let in.");
    else if (!all.other_version->client.handshake.server_chain
                  .empty())  // else it shows only that this version is not spoken
      answer.merge(*all.other_version, version);
  }
  if (all.without_chain && let_in(*all.without_chain))
    answer.note(
        "Without the chain the same certificate is let in: what stands after the leaf in the file is in the way.");
  if (all.without_name && all.without_name->client.handshake.completed && !main.client.handshake.completed)
    answer.support("sni-unknown", 0.92,
                   fmt::format("For the name {} the handshake fails; without a name it succeeds.",
                               main.client.sent.sni.value_or("")));
  if (all.other_name && !all.other_name->client.handshake.server_chain.empty() &&
      main.client.handshake.server_chain.empty())
    answer.support(main.client.sent.sni ? "sni-unknown" : "sni-missing", 0.95,
                   fmt::format("{} the gateway shows no certificate; for {} it shows one.",
                               main.client.sent.sni ? "For the name " + *main.client.sent.sni : "Without a server name",
                               all.other_name->client.sent.sni.value_or("")));
  if (all.credential && all.bare) {
    const int status = status_of(*all.credential);
    if (status != 0 && status == status_of(*all.bare) && (status == 401 || status == 403))
      answer.note("Without a client certificate the answer is the same, so it may not be about the certificate.");
  }
  answer.drop("healthy");
  hold_against_bare(all, all.credential ? 0.6 : 0.75, answer);
  hold_against_stranger(all, answer);
}

bool starts(const Diagnosis& diagnosis, std::string_view word) {
  return diagnosis.code.starts_with(word);
}

std::string decide_between(const Diagnosis& first, const Diagnosis& second, const AtHand& at_hand) {
  const auto either = [&](std::string_view word) { return starts(first, word) || starts(second, word); };
  if (either("server-") && !at_hand.trust)
    return "the CA certificates that the client should trust: give --cacert FILE";
  if (either("upstream-") && !at_hand.upstream)
    return "the upstream, asked as the gateway asks it: give --upstream HOST:PORT with what the gateway holds for it";
  if (!at_hand.gateway_log) return "the gateway's log: give --gateway-log FILE, or its line to mtlscheck explain";
  if ((either("client-cert-revoked") || either("client-ca-revoked")) && !at_hand.crls)
    return "the revocation lists of the client's CAs: give --crl FILE";
  return "the gateway's configuration: its client trust bundle, its revocation lists and its verify depth";
}

std::string what_would_help(const std::vector<Diagnosis>& list, const AtHand& at_hand) {
  if (list.empty()) {
    return at_hand.gateway_log ? "the gateway's log at a more talkative level"
                               : "the gateway's log: give --gateway-log FILE";
  }
  if (list.size() < 2 || list[0].confidence - list[1].confidence >= close) return {};
  return decide_between(list[0], list[1], at_hand);
}

}  // namespace

Diagnosis diagnosis_of(const std::string& code, double confidence, const std::string& evidence,
                       const diagnose::Rules& rules) {
  Diagnosis diagnosis;
  diagnosis.code = code;
  diagnosis.confidence = confidence;
  diagnosis.evidence = {evidence};
  if (const Cause* page = rules.page(code)) {
    diagnosis.party = page->party;
    diagnosis.cause = page->cause;
    diagnosis.remedy = page->remedy;
    diagnosis.remedy_for = page->remedy_for;
    diagnosis.references = page->references;
  }
  return diagnosis;
}

void conclude(const std::vector<Probed>& probed, const AtHand& at_hand, const diagnose::Rules& rules,
              Examination& examination) {
  const Contrasts all = contrasts_of(probed, examination.decisive);
  if (!all.main) return;
  Answer answer(rules);
  answer.take(*all.main);
  if (all.credential && let_in(*all.credential))
    conclude_admitted(all, at_hand, answer, rules, examination);
  else
    conclude_refused(all, at_hand, answer, rules);
  if (!examination.healthy) {
    examination.diagnoses = answer.finish();
    examination.decide_by = what_would_help(examination.diagnoses, at_hand);
  }
  examination.conclusive = examination.healthy || (!examination.diagnoses.empty() &&
                                                   examination.diagnoses.front().confidence >= likelier_than_not);
}

}  // namespace mtls::run
