// What must hold of an observation.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace mtls {

// RFC 2119: must decides between pass and fail, should between pass and warn, may is only written down.
enum class Level { must, should, may };
inline constexpr std::array all_levels{Level::must, Level::should, Level::may};
constexpr std::string_view name(Level level) {
  constexpr std::array<std::string_view, 3> names{"must", "should", "may"};
  return names[static_cast<std::size_t>(level)];
}

struct Admitted {};  // a 2xx answer, and the upstream saw this request
struct Refused {};   // an answer came, the gateway lives, and the upstream saw nothing of this request
struct ServerRejected {
  std::optional<int> verify;
};                         // the client broke off over the server's certificate (X509_V_ERR)
struct ServerVerifies {};  // the server's chain and name verify
struct StatusIs {
  std::vector<int> any_of;
};
struct AlertIs {
  std::vector<int> any_of;
};
struct CertificateRequested {
  bool requested = true;
};
struct IssuersName {
  std::string authority;
};  // the certificate request names this authority's subject
struct Resumed {
  bool resumed = true;
};
struct UpstreamReached {
  bool reached = true;
};
struct UpstreamRefused {};  // the upstream refused: in the handshake, or with a status of its own
struct UpstreamSawClient {
  std::string credential;
};  // empty: the gateway presented nothing
struct UpstreamSni {
  std::optional<std::string> name;
};                       // nothing: none was sent
struct UpstreamHeader {  // a header at the upstream; exactly one of the three is given
  std::string name;
  std::optional<std::string> is;
  std::optional<std::string> contains;
  std::optional<bool> present;
};
struct LogSays {
  std::string pattern;
};  // RE2, on one line of this trial's log
struct TimelineShows {
  std::vector<std::string> details;
};  // these, in this order
struct CurlExit {
  std::vector<int> any_of;
};
struct Named {
  std::string code;
};  // the diagnosis names this cause first
struct MaterialVerifies {
  int code = 0;
};  // X509_V_ERR
struct MaterialUsage {
  std::vector<std::string> has;
  std::vector<std::string> lacks;
};  // extended key usages
struct MaterialPkcs12Opens {};
struct MaterialListed {
  bool listed = true;
};  // the leaf's serial is in one of the lists
struct MaterialCrlComplete {
  bool complete = true;
};  // every authority of the chain has its list

using Statement =
    std::variant<Admitted, Refused, ServerRejected, ServerVerifies, StatusIs, AlertIs, CertificateRequested,
                 IssuersName, Resumed, UpstreamReached, UpstreamRefused, UpstreamSawClient, UpstreamSni, UpstreamHeader,
                 LogSays, TimelineShows, CurlExit, Named, MaterialVerifies, MaterialUsage, MaterialPkcs12Opens,
                 MaterialListed, MaterialCrlComplete>;

struct Claim {
  Level level = Level::must;
  Statement statement;
};

}  // namespace mtls
