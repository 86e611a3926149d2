// Asks the system's resolver.
#include "harness/run/examine_resolve.h"

#include <sys/socket.h>
#include <system_error>

#include <algorithm>
#include <future>
#include <memory>
#include <thread>

#include <netdb.h>

#include "harness/base/text.h"

namespace mtls::run {
namespace {

struct AddressesDeleter {
  void operator()(addrinfo* addresses) const { freeaddrinfo(addresses); }
};

Result<std::vector<Endpoint>> ask_resolver(const std::string& name, std::uint16_t port, std::size_t most) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int failed = getaddrinfo(name.c_str(), nullptr, &hints, &found); failed != 0)
    return Error{"resolve", gai_strerror(failed), sanitise_line(name)};
  const std::unique_ptr<addrinfo, AddressesDeleter> owner(found);
  std::vector<Endpoint> endpoints;
  for (const addrinfo* one = found; one != nullptr && endpoints.size() < most; one = one->ai_next) {
    char text[NI_MAXHOST];
    if (getnameinfo(one->ai_addr, one->ai_addrlen, text, sizeof text, nullptr, 0, NI_NUMERICHOST) != 0) continue;
    const bool known = std::any_of(endpoints.begin(), endpoints.end(),
                                   [&](const Endpoint& endpoint) { return endpoint.address == text; });
    if (!known) endpoints.push_back({text, port});
  }
  if (endpoints.empty()) return Error{"resolve", "the name has no address", sanitise_line(name)};
  return endpoints;
}

}  // namespace

// getaddrinfo knows no deadline, and waits for servers that may be gone. A thread that is still in it when patience
// ends is left to itself: it holds all that it touches.
Result<std::vector<Endpoint>> resolve(const std::string& name, std::uint16_t port, std::size_t most,
                                      std::chrono::milliseconds patience) {
  auto promise = std::make_shared<std::promise<Result<std::vector<Endpoint>>>>();
  auto answer = promise->get_future();
  try {
    std::thread([promise, name, port, most] { promise->set_value(ask_resolver(name, port, most)); }).detach();
  } catch (const std::system_error& error) {
    return Error{"resolve", error.what(), sanitise_line(name)};
  }
  if (answer.wait_for(patience) != std::future_status::ready)
    return Error{"resolve", "the resolver did not answer in time", sanitise_line(name)};
  return answer.get();
}

}  // namespace mtls::run
