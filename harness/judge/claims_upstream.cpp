// Claims about what stood behind the gateway: what arrived there, as whom, under which name, and what was refused.
#include <algorithm>

#include <fmt/format.h>

#include "harness/base/text.h"
#include "harness/judge/weigh.h"

namespace mtls::judge {

namespace {

Weighed unwatched(std::string expected) {
  return {false, std::move(expected), "", Needs::evidence, "no upstream was watched"};
}

// The upstream's own refusal of one connection, in words; empty: it did not refuse.
std::string refusal(const UpstreamHandshake& handshake) {
  if (handshake.completed) return "";
  if (handshake.alert_sent)
    return "the upstream sent " + alert_words(handshake.alert_sent->number, handshake.alert_sent->name);
  if (!handshake.tls) return "what arrived at the upstream was not TLS";
  return "";
}

// Far enough for the gateway to have presented a certificate, had it one.
bool authenticated(const UpstreamHandshake& handshake) {
  return handshake.completed || handshake.alert_sent;
}

bool presented(const UpstreamHandshake& handshake) {
  return !handshake.client_sha256.empty() || !handshake.client_subject.empty();
}

bool is_credential(const UpstreamHandshake& handshake, const std::string& sha256, const std::string& subject) {
  if (!handshake.client_sha256.empty()) return handshake.client_sha256 == sha256;
  return !subject.empty() && handshake.client_subject == subject;
}

std::string describe_clients(const UpstreamView& upstream) {
  if (upstream.handshakes.empty() && upstream.requests.empty()) return "nothing arrived at the upstream";
  std::vector<std::string> seen;
  for (const auto& handshake : upstream.handshakes) {
    seen.push_back(presented(handshake) ? fmt::format("a certificate of {} (sha256 {})", handshake.client_subject,
                                                      handshake.client_sha256.substr(0, 16))
                                        : "no certificate");
  }
  for (const auto& request : upstream.requests) {
    if (upstream.handshakes.empty())
      seen.push_back(request.client_subject.empty() ? "no certificate" : request.client_subject);
  }
  return "the upstream saw " + join(seen, ", then ");
}

std::string expected_header(const UpstreamHeader& claim) {
  if (claim.is) return fmt::format("the upstream receives {}: {}", claim.name, *claim.is);
  if (claim.contains) return fmt::format("the upstream receives {} containing {}", claim.name, *claim.contains);
  return fmt::format("the upstream receives {} {} header", claim.present.value_or(true) ? "a" : "no", claim.name);
}

std::vector<std::string> values_of(const std::vector<const UpstreamRequest*>& requests, const std::string& name) {
  std::vector<std::string> values;
  for (const auto* request : requests) {
    for (const auto& [header, value] : request->headers) {
      if (lower(header) == lower(name)) values.push_back(value);
    }
  }
  return values;
}

// A forged header beside the right one must not pass: `is` and `contains` speak of every value.
bool header_holds(const UpstreamHeader& claim, const std::vector<std::string>& values) {
  const auto every = [&](auto fits) { return !values.empty() && std::all_of(values.begin(), values.end(), fits); };
  if (claim.is) return every([&](const std::string& value) { return value == *claim.is; });
  if (claim.contains) {
    return every([&](const std::string& value) { return value.find(*claim.contains) != std::string::npos; });
  }
  return values.empty() != claim.present.value_or(true);
}

}  // namespace

Weighed weigh(const UpstreamReached& claim, const Scene& scene) {
  const auto& upstream = scene.observation.upstream;
  const auto* expected =
      claim.reached ? "the request arrives at the upstream" : "nothing of the request arrives at the upstream";
  if (!upstream.watched) return unwatched(expected);
  const bool reached = upstream.reached || !own_requests(scene.observation).empty();
  // Nothing arriving proves something only where the gateway answered.
  const auto needs = reached ? Needs::nothing : Needs::answer;
  return {reached == claim.reached, expected, describe_arrivals(scene.observation), needs, ""};
}

Weighed weigh(const UpstreamRefused&, const Scene& scene) {
  const auto& upstream = scene.observation.upstream;
  Weighed weighed;
  weighed.expected = "the upstream refuses, in the handshake or with a status of its own";
  if (!upstream.watched) return unwatched(weighed.expected);
  std::vector<std::string> refusals;
  for (const auto& handshake : upstream.handshakes) {
    if (auto words = refusal(handshake); !words.empty()) refusals.push_back(words);
  }
  for (const auto* request : own_requests(scene.observation)) {
    if (request->answered >= 400) refusals.push_back(fmt::format("the upstream answered HTTP {}", request->answered));
  }
  weighed.held = !refusals.empty();
  weighed.observed = weighed.held ? join(refusals, ", then ")
                                  : fmt::format("the upstream refused nothing: {} handshakes; {}",
                                                upstream.handshakes.size(), describe_arrivals(scene.observation));
  return weighed;
}

Weighed weigh(const UpstreamSawClient& claim, const Scene& scene) {
  const auto& upstream = scene.observation.upstream;
  Weighed weighed;
  weighed.expected = claim.credential.empty() ? "the gateway presents no certificate to the upstream"
                                              : "the gateway presents " + claim.credential + " to the upstream";
  if (!upstream.watched) return unwatched(weighed.expected);
  weighed.observed = describe_clients(upstream);
  const auto& handshakes = upstream.handshakes;
  if (claim.credential.empty()) {
    const bool asked = std::any_of(handshakes.begin(), handshakes.end(), authenticated) ||
                       (handshakes.empty() && !own_requests(scene.observation).empty());
    const auto known = [](const UpstreamRequest& request) { return !request.client_subject.empty(); };
    weighed.held = asked && std::none_of(handshakes.begin(), handshakes.end(), presented) &&
                   std::none_of(upstream.requests.begin(), upstream.requests.end(), known);
    return weighed;
  }
  const auto sha256 = scene.names.sha256_of.find(claim.credential);
  if (sha256 == scene.names.sha256_of.end()) {
    weighed.undecided = "the material holds no credential " + claim.credential;
    return weighed;
  }
  const auto subject = scene.names.subject_of.find(claim.credential);
  const auto words = subject == scene.names.subject_of.end() ? std::string() : subject->second;
  weighed.held = std::any_of(handshakes.begin(), handshakes.end(),
                             [&](auto& handshake) { return is_credential(handshake, sha256->second, words); });
  for (const auto* request : own_requests(scene.observation)) {
    // A real server behind the gateway says who came with each request; it shows no handshakes.
    if (handshakes.empty() && !words.empty() && request->client_subject == words) weighed.held = true;
  }
  return weighed;
}

Weighed weigh(const UpstreamSni& claim, const Scene& scene) {
  const auto& upstream = scene.observation.upstream;
  Weighed weighed;
  weighed.expected = claim.name ? "the gateway sends the SNI " + *claim.name + " to the upstream"
                                : std::string("the gateway sends no SNI to the upstream");
  if (!upstream.watched) return unwatched(weighed.expected);
  std::vector<std::string> seen;
  bool named = false;
  bool other = false;
  for (const auto& handshake : upstream.handshakes) {
    if (!handshake.tls) continue;
    (handshake.sni == claim.name ? named : other) = true;
    seen.push_back(handshake.sni ? "SNI " + *handshake.sni : std::string("no SNI"));
  }
  weighed.held = named && (claim.name || !other);
  weighed.observed =
      seen.empty() ? "no TLS handshake arrived at the upstream" : "the upstream saw " + join(seen, ", then ");
  return weighed;
}

Weighed weigh(const UpstreamHeader& claim, const Scene& scene) {
  Weighed weighed;
  weighed.expected = expected_header(claim);
  if (!scene.observation.upstream.watched) return unwatched(weighed.expected);
  const auto own = own_requests(scene.observation);
  if (own.empty()) {
    weighed.observed = describe_arrivals(scene.observation);
    return weighed;
  }
  const auto values = values_of(own, claim.name);
  weighed.held = header_holds(claim, values);
  weighed.observed = values.empty() ? fmt::format("the upstream received no {} header", claim.name)
                                    : fmt::format("the upstream received {}: {}", claim.name, join(values, " and "));
  return weighed;
}

}  // namespace mtls::judge
