// The thing under test: a configuration rendered from a kind's templates, a process, and its log.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/base/openssl.h"
#include "harness/base/result.h"
#include "harness/base/socket.h"
#include "harness/model/gateway.h"
#include "harness/model/site.h"

namespace mtls::gateway {

// A program found on this machine.
struct Installed {
  std::filesystem::path program;
  std::string version;
  std::filesystem::path home = {};  // where the kind needs an installation
};

// Error with what to install where it is missing, or with its words where it cannot say its version.
Result<Installed> find(const GatewayKind& kind);

// A site with its material and addresses resolved; certificates and keys are written by the gateway's configuration
// only as far as its templates mention them.
struct PlacedSite {
  SiteSpec spec;
  std::optional<Credential> credential;
  std::vector<CertificateRef> trust;
  std::vector<CrlRef> crls;
  std::optional<Credential> leg_credential;
  std::vector<CertificateRef> leg_trust;
  std::vector<CrlRef> leg_crls;
  Endpoint upstream;
  std::optional<Endpoint> responder;  // OCSP
  std::string location = "/";         // beginning of the paths that are this site's
};

// One address and port, with the sites that share it. The first site is the one for unknown and absent names.
struct Listener {
  Endpoint at;
  std::vector<PlacedSite> sites;
};

struct Plan {
  std::vector<Listener> listeners;
  std::filesystem::path folder;  // private, exists, mode 0700; its owner is the caller
};

// Where configuration and logs of the plan's n-th listener are.
std::filesystem::path folder_of(const GatewayKind& kind, const std::filesystem::path& folder, std::size_t listener);

// Writes every file that the kind's templates make, and the material they mention. Error: a template that cannot be
// read, a variable that the vocabulary does not know (file, line, nearest word), a value that a configuration must not
// contain.
Result<void> render(const GatewayKind& kind, const Plan& plan);

// The configuration of `plan` in one of the kind's `exports`, for a gateway that somebody else runs; nothing is
// written. `query` is appended to the address of each request in it. Error: as render(), or a format that the kind has
// not.
Result<std::string> render_export(const GatewayKind& kind, const Plan& plan, const std::string& format,
                                  const std::string& query);

// A line of a gateway's log and where it came from.
struct LogLine {
  std::string file;    // as in GatewayKind::logs
  std::string client;  // the client's address where the line names one
  std::string text;    // sanitised
};

// A running gateway. The destructor stops the whole process group.
class Gateway {
 public:
  // Renders, launches and waits until every listener gives an answer: the first and last TLS port a handshake answer of
  // any kind, the others a connection. Error of stage "start": with the gateway's own last lines and, in `where`, the
  // path of its configuration, within kind.ready_within, at once where the process ends or a port is taken. What it
  // prints goes to "output.log" in its folder, which is always one of its logs.
  static Result<Gateway> start(const GatewayKind& kind, const Installed& installed, const Plan& plan);
  Gateway(Gateway&&) noexcept;
  Gateway& operator=(Gateway&&) noexcept;
  ~Gateway();

  bool alive();
  // How a process of it ended that nobody stopped, and its last lines; empty where all of them live.
  std::string how_it_ended();
  std::chrono::milliseconds ready_after() const;
  // Sends kind.reload_signal and waits until the workers of before are gone; where the kind has none, pushes what was
  // rendered and waits until it is in force. render() first what shall be new. Error: the gateway cannot, or refuses
  // its configuration (in its own words) and goes on as before.
  Result<void> reload();
  // Waits until the log names each of `clients` at least once, or no process of the gateway has anything left to do
  // with one of those that are missing, or the deadline. Returns the missing ones.
  std::vector<std::string> wait_for_clients(const std::vector<std::string>& clients,
                                            std::chrono::milliseconds patience);
  // The same for pieces of text, such as nonces. Reads all lines again at each look: for a few texts.
  std::vector<std::string> wait_for_texts(const std::vector<std::string>& texts, std::chrono::milliseconds patience);
  // The log since readiness, without what the questions for readiness left in it; bounded to the last 64 MiB of each
  // file.
  std::vector<LogLine> log();
  // Lines since launch that the kind calls alarms, up to the call of stop(), and whatever a sanitizer printed, to the
  // end.
  std::vector<std::string> alarms();
  // Stops the group; idempotent. The log can still be read.
  void stop();
  double cpu_seconds() const;

 private:
  struct State;
  explicit Gateway(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace mtls::gateway
