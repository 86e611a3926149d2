// What is done to the thing under test, in one step of a scenario.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace mtls {

using Header = std::pair<std::string, std::string>;

// One connection to a site with one HTTP request. Names are those of the PkiSpec and of the scenario's sites.
struct Request {
  std::string site;
  std::string present;             // credential; empty: no certificate
  std::optional<std::string> sni;  // nothing: the site's first name
  bool send_sni = true;
  std::optional<std::string> host;  // nothing: the site's first name
  std::string path = "/";
  std::vector<Header> headers;
  std::vector<std::string> trust{"root"};  // what the client trusts servers by
  std::vector<std::string> crls;           // the revocation lists that the client holds
  std::vector<std::string> alpn{"http/1.1"};
  std::optional<int> resume_step;  // resume the session of that earlier step (0 is the first)
  bool plaintext = false;          // speak HTTP without TLS
  bool verify_server = true;       // break off where the server's certificate does not verify, as clients do
  bool curl = false;               // also ask libcurl what an ordinary client would get
  std::chrono::milliseconds timeout{10000};
};

// Look at minted material without any network: does the chain verify, does the bundle open, what do the lists say.
struct Examine {
  std::string credential;
  std::vector<std::string> trust{"root"};
  std::vector<std::string> crls;
  bool pkcs12 = false;
};

using Stimulus = std::variant<Request, Examine>;

}  // namespace mtls
