// Claims about what the client saw: admission, refusal, status, alert, handshake, timeline, curl.
#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "harness/base/text.h"
#include "harness/judge/weigh.h"

namespace mtls::judge {

namespace {

template <class Word>
std::string alternatives(const std::vector<int>& numbers, Word word) {
  std::vector<std::string> words;
  for (int number : numbers) words.push_back(word(number));
  return join(words, " or ");
}

bool among(int number, const std::vector<int>& numbers) {
  return std::find(numbers.begin(), numbers.end(), number) != numbers.end();
}

bool word_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

// "Certificate" stands in "fatal Certificate(11)", not in "CertificateRequest".
bool has_word(std::string_view text, std::string_view word) {
  if (word.empty()) return false;
  for (auto at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    const bool begins = at == 0 || !word_character(text[at - 1]);
    const auto end = at + word.size();
    if (begins && (end == text.size() || !word_character(text[end]))) return true;
  }
  return false;
}

}  // namespace

Weighed weigh(const Admitted&, const Scene& scene) {
  const auto& seen = scene.observation;
  std::string observed = describe_answer(seen.client);
  if (seen.client.http) observed += "; " + describe_arrivals(seen);
  return {admitted(seen), "the request is admitted: HTTP 2xx, and it arrives at the upstream", observed, Needs::answer,
          ""};
}

Weighed weigh(const Refused&, const Scene& scene) {
  const auto& seen = scene.observation;
  Weighed weighed{false, "the request is refused, and the upstream sees nothing of it", "", Needs::answer, ""};
  weighed.observed = fmt::format("{}; {}", describe_answer(seen.client), describe_arrivals(seen));
  const bool let_in = seen.client.http && seen.client.http->status >= 200 && seen.client.http->status < 300;
  weighed.held = silence(seen).empty() && !client_broke_off(seen.client) && !let_in && !taken_up(seen);
  // A request that was taken up was not refused, even where its answer never came back.
  if (taken_up(seen)) weighed.needs = Needs::nothing;
  return weighed;
}

Weighed weigh(const ServerRejected& claim, const Scene& scene) {
  const auto& client = scene.observation.client;
  const auto& verify = client.handshake.verify;
  const bool rejected = client.alert_sent && verify && verify->code != 0;
  Weighed weighed;
  weighed.expected = "the client breaks off over the server's certificate";
  if (claim.verify) weighed.expected += fmt::format(", verify result {}", *claim.verify);
  weighed.held = rejected && (!claim.verify || verify->code == *claim.verify);
  weighed.observed = rejected ? describe_break_off(client) : describe_answer(client);
  if (!rejected && verify) weighed.observed += "; server certificate verify result " + describe(*verify);
  return weighed;
}

Weighed weigh(const ServerVerifies&, const Scene& scene) {
  const auto& verify = scene.observation.client.handshake.verify;
  Weighed weighed;
  weighed.expected = "the server's chain and name verify";
  weighed.held = verify && verify->code == 0;
  weighed.observed = verify ? "verify result " + describe(*verify) : "no server certificate was seen";
  return weighed;
}

Weighed weigh(const StatusIs& claim, const Scene& scene) {
  const auto& client = scene.observation.client;
  return {client.http && among(client.http->status, claim.any_of),
          "HTTP " + alternatives(claim.any_of, [](int status) { return std::to_string(status); }),
          describe_answer(client), Needs::answer, ""};
}

Weighed weigh(const AlertIs& claim, const Scene& scene) {
  const auto& client = scene.observation.client;
  return {client.alert_received && among(client.alert_received->number, claim.any_of),
          "alert " + alternatives(claim.any_of, [](int number) { return alert_words(number, ""); }),
          client.alert_received ? describe(*client.alert_received) : "no alert: " + describe_answer(client),
          Needs::answer, ""};
}

// Not seeing a request means something only where the handshake ran to its end.
Weighed weigh(const CertificateRequested& claim, const Scene& scene) {
  const auto& handshake = scene.observation.client.handshake;
  Weighed weighed;
  weighed.held = claim.requested ? handshake.client_certificate_requested
                                 : handshake.completed && !handshake.client_certificate_requested;
  weighed.expected =
      claim.requested ? "the gateway requests a client certificate" : "no client certificate is requested";
  weighed.observed = handshake.client_certificate_requested ? "a client certificate was requested"
                     : handshake.completed                  ? "no client certificate was requested"
                                                            : "the handshake ended before a certificate request";
  return weighed;
}

Weighed weigh(const IssuersName& claim, const Scene& scene) {
  const auto& issuers = scene.observation.client.handshake.acceptable_issuers;
  const auto subject = scene.names.subject_of.find(claim.authority);
  Weighed weighed;
  if (subject == scene.names.subject_of.end()) {
    weighed.expected = "the certificate request names " + claim.authority;
    weighed.undecided = "the material holds no authority " + claim.authority;
    return weighed;
  }
  weighed.expected = fmt::format("the certificate request names {} ({})", claim.authority, subject->second);
  weighed.held = std::find(issuers.begin(), issuers.end(), subject->second) != issuers.end();
  weighed.observed = issuers.empty() ? "the certificate request names no authority" : "it names " + join(issuers, "; ");
  return weighed;
}

Weighed weigh(const Resumed& claim, const Scene& scene) {
  const auto& handshake = scene.observation.client.handshake;
  Weighed weighed;
  weighed.held = claim.resumed ? handshake.completed && handshake.resumed : !handshake.resumed;
  weighed.expected = claim.resumed ? "the session is resumed" : "the session is not resumed";
  weighed.observed = handshake.resumed     ? "the session was resumed"
                     : handshake.completed ? "a full handshake"
                                           : "no handshake was completed: " + describe_answer(scene.observation.client);
  weighed.needs = claim.resumed ? Needs::evidence : Needs::answer;
  return weighed;
}

Weighed weigh(const TimelineShows& claim, const Scene& scene) {
  std::vector<std::string> seen;
  std::size_t next = 0;
  for (const auto& entry : scene.observation.client.timeline) {
    seen.push_back(entry.from + " " + entry.detail);
    if (next < claim.details.size() && has_word(entry.detail, claim.details[next])) ++next;
  }
  Weighed weighed;
  weighed.held = !claim.details.empty() && next == claim.details.size();
  weighed.expected = "the timeline shows, in this order: " + join(claim.details, ", ");
  weighed.observed = seen.empty() ? "the timeline is empty" : join(seen, ", ");
  if (!weighed.held && next < claim.details.size()) {
    weighed.observed = fmt::format("{} is missing in: {}", claim.details[next], weighed.observed);
  }
  return weighed;
}

Weighed weigh(const CurlExit& claim, const Scene& scene) {
  const auto& curl = scene.observation.client.curl;
  Weighed weighed;
  weighed.expected = "curl exits with " + alternatives(claim.any_of, [](int exit) { return std::to_string(exit); });
  if (!curl) {
    weighed.undecided = "curl was not asked in this step";
    return weighed;
  }
  weighed.held = among(curl->exit, claim.any_of);
  weighed.observed =
      fmt::format("curl exited with {}{}{}", curl->exit, curl->message.empty() ? "" : ": ", curl->message);
  return weighed;
}

}  // namespace mtls::judge
