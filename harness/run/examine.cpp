// Asks an endpoint what is worth asking, one connection after the other.
#include "harness/run/examine.h"

#include <algorithm>

#include <fmt/format.h>

#include "harness/base/socket.h"
#include "harness/base/text.h"
#include "harness/base/time.h"
#include "harness/client/client.h"
#include "harness/run/examine_conclude.h"
#include "harness/run/examine_local.h"
#include "harness/run/examine_log.h"
#include "harness/run/examine_resolve.h"

namespace mtls::run {
namespace {

constexpr std::size_t most_addresses = 4;
constexpr int crl_not_found = 3;
// All probes together take no longer than so many times the time that one may take.
constexpr int most_timeouts = 3;

// A client that no gateway can know: its CA is made here and trusted by nobody.
Result<Credential> stranger(std::int64_t now) {
  PkiSpec spec;
  CertificateSpec authority;
  authority.name = "unknown";
  authority.subject = "CN=mtlscheck unknown CA TEST ONLY";
  authority.authority = true;
  authority.key_usage = {{KeyUsage::key_cert_sign, KeyUsage::crl_sign}};
  spec.authorities = {authority};
  CredentialSpec client;
  client.certificate.name = "stranger";
  client.certificate.issuer = "unknown";
  client.certificate.subject = "CN=mtlscheck probe";
  client.certificate.key_usage = {{KeyUsage::digital_signature}};
  client.certificate.extended_key_usage = {{ExtendedKeyUsage::client_auth}};
  spec.credentials = {client};
  pki::KeyPool keys;
  auto material = pki::mint(spec, keys, now);
  if (!material) return material.error();
  return material->credentials.at("stranger");
}

bool only_lists_are_missing(const ClientView& view) {
  const auto& verify = view.handshake.verify;
  return verify && verify->code != 0 &&
         std::all_of(verify->all.begin(), verify->all.end(), [](int code) { return code == crl_not_found; });
}

bool broke_off_at_server(const ClientView& view) {
  return view.alert_sent && view.handshake.verify && view.handshake.verify->code != 0 && !view.handshake.completed;
}

// Nothing that a certificate could change.
bool is_hopeless(const ClientView& view) {
  const bool silent = view.timed_out && view.handshake.server_chain.empty();
  return !view.connected || !view.sent.tls || silent || !view.plaintext_answer.empty() || broke_off_at_server(view);
}

class Examiner {
 public:
  Examiner(const Question& question, const diagnose::Rules& rules)
      : question_(question), rules_(rules), now_(now_seconds()), deadline_(most_timeouts * question.timeout) {
    examination_.address = fmt::format("{}:{}", sanitise_line(question.name), question.port);
    examination_.sni = question.tls ? question.sni : std::nullopt;
    examination_.host = question.host;
  }

  Result<Examination> run() {
    const auto begun = Clock::now();
    if (!question_.gateway_log.empty()) {
      auto log = LogTail::follow(question_.gateway_log);
      if (!log) return log.error();
      log_ = std::move(*log);
    }
    local_ = read_local(question_, now_);
    examination_.notes = local_.notes;
    if (const Result<void> done = read_upstream_files(); !done) return done.error();
    if (const Result<void> done = examine(); !done) return done.error();
    if (log_ && !log_->ever_grew() && !probed_.empty() && !examination_.healthy)
      examination_.notes.push_back("the gateway's log did not grow; nginx writes refusals with: error_log FILE info;");
    if (out_of_time_)
      examination_.notes.push_back("there was no time for all probes; give more with --timeout SECONDS");
    for (Probed& one : probed_) {
      std::string purpose = purpose_of(one);
      examination_.probes.push_back({std::move(purpose), std::move(one.observation)});
    }
    examination_.took_ms = std::chrono::duration<double, std::milli>(Clock::now() - begun).count();
    return std::move(examination_);
  }

 private:
  Result<void> examine() {
    if (!local_.trouble.empty()) return name_local_trouble(), Result<void>();
    auto endpoints = resolve(question_.name, question_.port, most_addresses, question_.timeout);
    if (!endpoints) return not_resolved(endpoints.error()), Result<void>();
    if (const Result<void> done = ask_first(*endpoints); !done) return done;
    if (!is_hopeless(probed_.front().observation.client)) {
      if (const Result<void> done = ask_on(); !done) return done;
    }
    if (const Result<void> done = ask_upstream(); !done) return done;
    AtHand at_hand;
    at_hand.gateway_log = log_.has_value();
    at_hand.crls = !question_.crls.empty();
    at_hand.trust = !question_.trust.empty();
    at_hand.lists_fall_short = lists_fall_short_;
    at_hand.upstream = question_.upstream.has_value();
    at_hand.upstream_trust = question_.upstream && !question_.upstream->trust.empty();
    at_hand.upstream_meets_trust = upstream_meets_trust();
    conclude(probed_, at_hand, rules_, examination_);
    return {};
  }

  void name_local_trouble() {
    for (const LocalTrouble& trouble : local_.trouble)
      examination_.diagnoses.push_back(diagnosis_of(trouble.code, 0.99, trouble.evidence, rules_));
    examination_.conclusive = true;
  }

  void not_resolved(const Error& error) {
    examination_.diagnoses = {diagnosis_of("name-not-resolved", 0.97, to_string(error) + ".", rules_)};
    examination_.conclusive = true;
  }

  // Each address in turn until one takes the connection.
  Result<void> ask_first(const std::vector<Endpoint>& endpoints) {
    for (const Endpoint& endpoint : endpoints) {
      probe_.to = endpoint;
      examination_.address = to_string(endpoint);
      probed_.clear();
      probe_ = usual_probe();
      if (const Result<void> done = ask(Aim::bare, probe_); !done) return done;
      if (!last().connected) continue;
      if (!only_lists_are_missing(last())) return {};
      examination_.notes.push_back("the lists given do not cover the server's chain; its revocation was not checked");
      lists_fall_short_ = true;
      probe_.crls.clear();
      probed_.clear();
      return ask(Aim::bare, probe_);
    }
    return {};
  }

  client::Probe usual_probe() const {
    client::Probe probe;
    probe.to = probe_.to;
    probe.source = question_.source;
    probe.tls = question_.tls;
    probe.sni = examination_.sni;
    probe.reference_identity = question_.reference;
    probe.versions = question_.versions;
    probe.alpn = question_.alpn;
    probe.trust = local_.trust;
    probe.crls = local_.crls;
    probe.verify_server = question_.verify_server;
    probe.path = question_.path;
    probe.host = question_.host;
    probe.timeout = question_.timeout;
    probe.at = now_;
    return probe;
  }

  Result<void> ask_on() {
    const bool requested = last().handshake.client_certificate_requested;
    const bool shown = !last().handshake.server_chain.empty();
    client::Probe with = probe_;
    if (local_.credential) {
      with.present = &*local_.credential;
      with.presented_view = &*local_.view;
      if (const Result<void> done = ask(Aim::credential, with); !done) return done;
    }
    if (requested) {
      if (const Result<void> done = ask_as_stranger(); !done) return done;
    }
    const Observation main = decisive();
    if (let_in(main)) return {};
    if (!shown || local_.credential) {
      if (const Result<void> done = ask_in_other_version(main.client, with); !done) return done;
    }
    if (!shown && probe_.sni) {
      client::Probe nameless = with;
      nameless.sni.reset();
      nameless.verify_server = false;
      if (const Result<void> done = ask(Aim::without_name, nameless); !done) return done;
    }
    if (!shown) return ask_by_other_name(with);
    return ask_without_chain(with);
  }

  // The site that the request is for has a name, and another one, or none, was sent as SNI.
  Result<void> ask_by_other_name(client::Probe probe) {
    for (const std::string& host : {question_.host, question_.name}) {
      const std::string name = is_numeric_address(host) ? host : host.substr(0, host.find(':'));
      if (name.empty() || is_numeric_address(name) || name == probe.sni) continue;
      probe.sni = name;
      probe.verify_server = false;
      return ask(Aim::other_name, probe);
    }
    return {};
  }

  // Without them nothing could be said of the upstream, and an answer that leaves it out would be taken for a whole
  // one.
  Result<void> read_upstream_files() {
    if (!question_.upstream) return {};
    const UpstreamQuestion& upstream = *question_.upstream;
    Question as_gateway;
    as_gateway.credential = upstream.credential;
    as_gateway.trust = upstream.trust;
    as_gateway.tls = upstream.tls && !upstream.trust.empty();  // else no trust store is wanted
    upstream_local_ = read_local(as_gateway, now_);
    if (upstream_local_.trouble.empty()) return {};
    std::string words = upstream_local_.trouble.front().evidence;
    constexpr std::string_view own_option = "--pass-file";
    if (const auto at = words.find(own_option); at != std::string::npos)
      words.replace(at, own_option.size(), "--upstream-pass-file");
    return Error{"upstream-files", std::move(words), "what the gateway holds for its upstream"};
  }

  // Once, with the gateway's own credential and trust; a second time where it may be the version, or TLS itself, that
  // differs.
  Result<void> ask_upstream() {
    if (!question_.upstream) return {};
    const UpstreamQuestion& upstream = *question_.upstream;
    auto endpoints = resolve(upstream.name, upstream.port, 1, question_.timeout);
    if (!endpoints)
      return examination_.notes.push_back("the upstream: " + to_string(endpoints.error())), Result<void>();
    client::Probe probe = upstream_probe(upstream, endpoints->front());
    if (const Result<void> done = ask(Aim::upstream, probe); !done) return done;
    if (let_in(decisive())) return {};
    const bool sound = let_in(probed_.back().observation);
    if (!sound && upstream.tls) return {};
    if (upstream.tls) {
      const TlsVersion other = last().handshake.version == "1.2" ? TlsVersion::tls13 : TlsVersion::tls12;
      probe.versions = {other, other};
    } else if (!sound) {
      probe.tls = true;
      probe.verify_server = false;
    } else {
      return {};
    }
    return ask(Aim::upstream_other_way, probe);
  }

  bool upstream_meets_trust() const {
    const auto asked =
        std::find_if(probed_.begin(), probed_.end(), [](const Probed& one) { return one.aim == Aim::upstream; });
    if (asked == probed_.end()) return false;
    const auto& chain = asked->observation.client.handshake.server_chain;
    return std::any_of(upstream_local_.trust.begin(), upstream_local_.trust.end(), [&](const CertificateRef& anchor) {
      const std::string print = see(anchor.get()).sha256;
      return std::any_of(chain.begin(), chain.end(), [&](const CertificateView& one) { return one.sha256 == print; });
    });
  }

  client::Probe upstream_probe(const UpstreamQuestion& upstream, const Endpoint& to) const {
    client::Probe probe;
    probe.to = to;
    probe.tls = upstream.tls;
    probe.sni = upstream.sni;
    probe.reference_identity = upstream.sni.value_or("");
    probe.alpn = {"http/1.1"};
    probe.trust = upstream_local_.trust;
    probe.verify_server = !upstream.trust.empty();
    if (upstream_local_.credential) {
      probe.present = &*upstream_local_.credential;
      probe.presented_view = &*upstream_local_.view;
    }
    probe.path = question_.path;
    probe.host = upstream.sni.value_or("");
    probe.timeout = question_.timeout;
    probe.at = now_;
    return probe;
  }

  Result<void> ask_as_stranger() {
    auto made = stranger(now_);
    if (!made) return made.error();
    client::Probe probe = probe_;
    probe.present = &*made;
    return ask(Aim::stranger, probe);
  }

  // TLS 1.2 says in the handshake what TLS 1.3 says after it, where it is easily lost.
  Result<void> ask_in_other_version(const ClientView& main, client::Probe probe) {
    const TlsVersion other = main.handshake.version == "1.2" ? TlsVersion::tls13 : TlsVersion::tls12;
    probe.versions = {other, other};
    return ask(Aim::other_version, probe);
  }

  Result<void> ask_without_chain(client::Probe probe) {
    if (!local_.credential || local_.credential->chain.empty()) return {};
    Credential alone = *local_.credential;
    alone.chain.clear();
    probe.present = &alone;
    probe.presented_view = nullptr;
    return ask(Aim::without_chain, probe);
  }

  // Makes no probe where the time for all of them is over.
  Result<void> ask(Aim aim, client::Probe probe) {
    const std::chrono::milliseconds left(deadline_.left_ms());
    if (left.count() == 0 && !probed_.empty()) {
      out_of_time_ = true;
      return {};
    }
    probe.timeout = std::min(probe.timeout, std::max(left, std::chrono::milliseconds(1)));
    auto sighting = client::see(probe);
    if (!sighting) return sighting.error();
    Probed probed;
    probed.aim = aim;
    Observation& observation = probed.observation;
    observation.at = now_;
    observation.client = std::move(sighting->view);
    if (aim != Aim::upstream && aim != Aim::upstream_other_way) hear_gateway(observation);
    probed_.push_back(std::move(probed));
    return {};
  }

  void hear_gateway(Observation& observation) {
    observation.gateway.kind = question_.gateway_kind;
    observation.gateway.log_available = log_.has_value();
    if (!log_) return;
    // Nobody who wrote anything while it was watched: what is told last may tell why.
    observation.gateway.log = observation.client.connected
                                  ? log_->lines(observation.client.source, !let_in(observation))
                                  : log_->last_lines();
  }

  const ClientView& last() const { return probed_.back().observation.client; }
  const Observation& decisive() const {
    const auto with =
        std::find_if(probed_.begin(), probed_.end(), [](const Probed& one) { return one.aim == Aim::credential; });
    return with == probed_.end() ? probed_.front().observation : with->observation;
  }

  const Question& question_;
  const diagnose::Rules& rules_;
  const std::int64_t now_;
  const Deadline deadline_;
  bool out_of_time_ = false;
  bool lists_fall_short_ = false;  // of the server's chain
  LocalMaterial local_, upstream_local_;
  std::optional<LogTail> log_;
  client::Probe probe_;
  std::vector<Probed> probed_;
  Examination examination_;
};

}  // namespace

Result<Examination> examine(const Question& question, const diagnose::Rules& rules) {
  return Examiner(question, rules).run();
}

}  // namespace mtls::run
