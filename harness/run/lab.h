// A gateway left up for use by hand, and every request of the scenarios as somebody outside would make it.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/base/result.h"
#include "harness/model/site.h"

namespace mtls::run {

struct Options;

// The leg behind a site, as the gateway itself sees its upstream.
struct LabUpstream {
  std::string endpoint;
  bool tls = false;
  std::string name;  // the server name that the gateway sends; empty: none
  std::filesystem::path certificate, key, trust;
};

// One request with all that it needs in files. Paths lie in the lab's private folder.
struct LabTry {
  std::string id;
  std::string gateway;
  std::map<std::string, std::string> variant;
  int step = 0;  // from 1; 0: the right client of the site
  std::string title;
  std::string expected;           // the claim that says what comes of it: "admitted", "refused", ...; empty: none does
  std::string planted;            // the cause; empty: none
  std::string planted_if_let_in;  // the cause where a weak gateway lets the request in; empty: as `planted`
  ClientAuth client_auth = ClientAuth::required;  // of the site
  std::string endpoint;
  bool tls = true;
  std::optional<std::string> sni;
  std::string host;
  std::filesystem::path certificate, key, trust, crls, log;
  std::optional<LabUpstream> upstream;  // nothing: the leg is plain and sound
  std::vector<std::string> beyond;      // what of the request `mtlscheck diagnose` cannot be asked to do
  std::string trouble;                  // the gateway's words where it refuses to start, as it is meant to
  std::vector<std::string> diagnose;    // arguments of mtlscheck
  std::string curl, openssl;            // command lines
};

struct LabGateway {
  std::string kind;
  std::string version;
  int listeners = 0;
  std::filesystem::path folder;
};

// Owns gateways, upstreams and files; the destructor stops and removes all of them.
class Lab {
 public:
  // Error: of the first gateway that did not start and should have.
  static Result<Lab> open(const Options& options);
  Lab(Lab&&) noexcept;
  Lab& operator=(Lab&&) noexcept;
  ~Lab();

  const std::vector<LabGateway>& gateways() const;
  const std::vector<LabTry>& tries() const;
  // Of a gateway that no longer lives; empty: all do.
  std::string dead() const;

 private:
  struct State;
  explicit Lab(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace mtls::run
