// Requests, examinations and the steps they stand in.
#include "harness/catalog/step_reader.h"

#include <algorithm>

#include "harness/base/text.h"

namespace mtls::catalog {
namespace {

void read_site_name(const Place& place, const std::vector<SiteSpec>& sites, std::string& target) {
  target = read_not_empty(place);
  std::vector<std::string> known;
  for (const SiteSpec& site : sites) known.push_back(site.name);
  if (target.empty() || std::find(known.begin(), known.end(), target) != known.end()) return;
  place.fail(fmt::format("there is no site {} in this scenario; {}", quote(target), expectation(target, known)));
}

void read_headers(const Place& place, std::vector<Header>& headers) {
  read_items(place, [&](const Place& item) {
    const Node& node = item.node();
    if (node.kind != Node::Kind::list || node.items.size() != 2) return item.expected("a pair [\"Name\", \"value\"]");
    Header header;
    header.first = read_not_empty(item.at(0));
    const Place value = item.at(1);
    read(value, header.second);
    headers.push_back(std::move(header));
  });
}

void read_sni(const Place& place, Request& request) {
  if (place.node().kind == Node::Kind::null) {
    request.send_sni = false;
  } else if (place.node().kind == Node::Kind::text && !place.node().text.empty()) {
    request.sni = place.node().text;
  } else {
    place.expected("a server name, or null to send none");
  }
}

void read_alpn(const Place& place, std::vector<std::string>& protocols) {
  read(place, protocols);
  for (std::size_t i = 0; i < protocols.size(); ++i) {
    if (protocols[i].size() > 255) place.at(i).fail("a protocol name of more than 255 bytes (RFC 7301, 3.1)");
  }
}

Request read_request(const Place& place, const Names& names, const Scenario& scenario, int earlier) {
  Request request;
  if (!scenario.sites.empty()) request.site = scenario.sites.front().name;
  Object object(place);
  object.with("site", [&](const Place& at) { read_site_name(at, scenario.sites, request.site); });
  names.refer_or_none(object, "present", Part::credential, request.present);
  object.with("sni", [&](const Place& at) { read_sni(at, request); });
  object.optional("host", request.host);
  object.with("path", [&](const Place& at) { request.path = read_not_empty(at); });
  object.with("headers", [&](const Place& at) { read_headers(at, request.headers); });
  names.refer(object, "trust", Part::authority, request.trust);
  names.refer(object, "crls", Part::crl, request.crls);
  object.with("alpn", [&](const Place& at) { read_alpn(at, request.alpn); });
  object.with("resume_step", [&](const Place& at) {
    request.resume_step = read_integer(at, 0, 1000);
    if (*request.resume_step >= earlier) {
      at.fail(fmt::format("found {}; expected the number of an earlier step (0 is the first; this one is {})",
                          *request.resume_step, earlier));
    }
  });
  object.optional("plaintext", request.plaintext);
  object.optional("verify_server", request.verify_server);
  object.optional("curl", request.curl);
  object.optional("timeout", request.timeout);
  object.finish();
  return request;
}

Examine read_examine(const Place& place, const Names& names) {
  Examine examine;
  Object object(place);
  object.must("credential", [&](const Place& at) {
    examine.credential = read_not_empty(at);
    if (!examine.credential.empty()) names.expect(at, Part::credential, examine.credential);
  });
  names.refer(object, "trust", Part::authority, examine.trust);
  names.refer(object, "crls", Part::crl, examine.crls);
  object.optional("pkcs12", examine.pkcs12);
  object.finish();
  return examine;
}

bool about_material(const Statement& statement) {
  return std::holds_alternative<MaterialVerifies>(statement) || std::holds_alternative<MaterialUsage>(statement) ||
         std::holds_alternative<MaterialPkcs12Opens>(statement) || std::holds_alternative<MaterialListed>(statement) ||
         std::holds_alternative<MaterialCrlComplete>(statement);
}

// A claim that nothing in this step can decide would never hold, or never fail.
void check_claim(const Place& place, const Claim& claim, const Stimulus& stimulus) {
  if (std::holds_alternative<Named>(claim.statement)) return;
  const auto* request = std::get_if<Request>(&stimulus);
  if (about_material(claim.statement) && request) {
    place.fail("a claim about material in a step that sends a request; expected it in an \"examine\" step");
  } else if (!about_material(claim.statement) && !request) {
    place.fail("a claim about a connection in an \"examine\" step; expected one about material");
  } else if (request && std::holds_alternative<CurlExit>(claim.statement) && !request->curl) {
    place.fail("\"curl_exit\" in a step that does not ask curl; expected \"curl\": true in its request");
  } else if (request && std::holds_alternative<ServerRejected>(claim.statement) && !request->verify_server) {
    place.fail("\"server_rejected\" in a step whose client verifies nothing; expected no \"verify_server\": false");
  }
}

void read_stimulus(Object& object, const Names& names, const Scenario& scenario, int earlier, Stimulus& stimulus) {
  const bool request =
      object.with("request", [&](const Place& at) { stimulus = read_request(at, names, scenario, earlier); });
  const bool examine = object.with("examine", [&](const Place& at) { stimulus = read_examine(at, names); });
  if (request == examine && object.place().node().kind == Node::Kind::object) {
    object.place().fail(request ? "both \"request\" and \"examine\"; expected one of them"
                                : "neither \"request\" nor \"examine\"; expected one of them");
  }
}

Step read_step(const Place& place, const Names& names, const Scenario& scenario, int earlier) {
  Step step;
  step.title = scenario.title;
  Object object(place);
  object.with("title", [&](const Place& at) { step.title = read_not_empty(at); });
  read_stimulus(object, names, scenario, earlier, step.stimulus);
  object.with("claims", [&](const Place& claims) {
    read_items(claims, [&](const Place& at) {
      step.claims.push_back(read_claim(at, names, scenario.level));
      check_claim(at, step.claims.back(), step.stimulus);
    });
  });
  object.with("planted", [&](const Place& at) { step.planted = read_not_empty(at); });
  object.with("planted_if_let_in", [&](const Place& at) {
    step.planted_if_let_in = read_not_empty(at);
    if (step.planted.empty()) at.fail("found without \"planted\"; expected both");
  });
  object.finish();
  if (scenario.sort == Sort::conformance && step.claims.empty()) {
    place.fail("a step of a conformance scenario without a claim; expected at least one in \"claims\"");
  }
  if (scenario.sort == Sort::detection && !step.planted.empty()) {
    step.claims.push_back({Level::must, Named{step.planted}});
  }
  return step;
}

// A case for each TLS version says something about TLS.
void check_versions(const Place& place, const Scenario& scenario, const std::vector<Step>& steps) {
  const auto network = [](const Step& step) { return std::holds_alternative<Request>(step.stimulus); };
  if (scenario.tls.empty() || std::any_of(steps.begin(), steps.end(), network)) return;
  place.fail("no step uses the network; expected \"tls\": [] in the scenario, as it has no TLS version");
}

}  // namespace

std::vector<Step> read_steps(const Place& place, const Names& names, const Scenario& scenario) {
  std::vector<Step> steps;
  read_items(place,
             [&](const Place& at) { steps.push_back(read_step(at, names, scenario, static_cast<int>(steps.size()))); });
  if (place.node().kind != Node::Kind::list) return steps;
  if (steps.empty()) {
    place.fail("no steps; expected at least one");
    return steps;
  }
  const auto planted = [](const Step& step) { return !step.planted.empty(); };
  if (scenario.sort == Sort::detection && std::none_of(steps.begin(), steps.end(), planted)) {
    place.fail("a detection scenario that plants nothing; expected \"planted\" in at least one step");
  }
  check_versions(place, scenario, steps);
  return steps;
}

}  // namespace mtls::catalog
