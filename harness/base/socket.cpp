// TCP sockets by numeric address, every wait bounded by a deadline.
#include "harness/base/socket.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include <netdb.h>

namespace mtls {

Fd& Fd::operator=(Fd&& other) noexcept {
  if (this != &other) {
    reset();
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

void Fd::reset() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

std::string to_string(const Endpoint& endpoint) {
  const bool six = endpoint.address.find(':') != std::string::npos;
  const std::string host = six ? "[" + endpoint.address + "]" : endpoint.address;
  return host + ":" + std::to_string(endpoint.port);
}

namespace {

struct Address {
  sockaddr_storage storage{};
  socklen_t length = 0;
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

// getaddrinfo reads the scope of a link-local address too ("fe80::1%eth0"), which inet_pton does not.
Result<Address> parse(const Endpoint& endpoint, const std::string& stage) {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const std::string port = std::to_string(endpoint.port);
  if (endpoint.address.empty() || getaddrinfo(endpoint.address.c_str(), port.c_str(), &hints, &found) != 0) {
    return Error{stage, "not a numeric IPv4 or IPv6 address", to_string(endpoint)};
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, freeaddrinfo);
  Address address;
  std::memcpy(&address.storage, found->ai_addr, found->ai_addrlen);
  address.length = found->ai_addrlen;
  return address;
}

std::string error_words(int error) {
  switch (error) {
    case ECONNREFUSED: return "refused";
    case ETIMEDOUT: return "timeout";
    case ECONNRESET: return "reset";
    case EHOSTUNREACH:
    case ENETUNREACH:
    case EHOSTDOWN:
    case ENETDOWN: return "unreachable";
  }
  return std::generic_category().message(error);
}

void set_on(int fd, int level, int option) {
  const int on = 1;
  ::setsockopt(fd, level, option, &on, sizeof on);
}

Result<Fd> open_socket(int family, const std::string& stage, const std::string& where) {
  Fd fd(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return Error{stage, error_words(errno), where};
  return fd;
}

Result<void> bind_source(int fd, const std::string& source) {
  const Result<Address> address = parse({source, 0}, "bind");
  if (!address) return Error{"bind", address.error().what, source};
  // Without this, the port would be chosen before the peer is known, and many sources would run out of ports.
  set_on(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT);
  if (::bind(fd, address->get(), address->length) != 0) return Error{"bind", error_words(errno), source};
  return {};
}

Result<Fd> bound_tcp(const Endpoint& at) {
  const std::string where = to_string(at);
  const Result<Address> address = parse(at, "listen");
  if (!address) return address.error();
  Result<Fd> fd = open_socket(address->storage.ss_family, "listen", where);
  if (!fd) return fd;
  set_on(fd->get(), SOL_SOCKET, SO_REUSEADDR);
  if (address->storage.ss_family == AF_INET6) set_on(fd->get(), IPPROTO_IPV6, IPV6_V6ONLY);
  if (::bind(fd->get(), address->get(), address->length) != 0) return Error{"listen", error_words(errno), where};
  return fd;
}

Result<Endpoint> endpoint_of(int fd, decltype(&::getsockname) ask) {
  Address address;
  address.length = sizeof address.storage;
  if (ask(fd, address.get(), &address.length) != 0) return Error{"socket", error_words(errno), ""};
  char host[NI_MAXHOST] = "";
  char port[NI_MAXSERV] = "";
  if (getnameinfo(address.get(), address.length, host, sizeof host, port, sizeof port,
                  NI_NUMERICHOST | NI_NUMERICSERV) != 0 ||
      port[0] == '\0') {
    return Error{"socket", "not an internet address", ""};
  }
  return Endpoint{host, static_cast<std::uint16_t>(std::stoi(port))};
}

// On loopback, a connection to a free port of the ephemeral range may be given that very port and meet itself.
bool met_itself(int fd) {
  const Result<Endpoint> local = local_endpoint(fd);
  const Result<Endpoint> peer = peer_endpoint(fd);
  return local && peer && local->port == peer->port && local->address == peer->address;
}

bool wait_for(int fd, short events, const Deadline& deadline) {
  for (;;) {
    pollfd waited{fd, events, 0};
    const int ready = ::poll(&waited, 1, deadline.left_ms());
    if (ready > 0) return true;
    if (ready == 0 && deadline.passed()) return false;
    if (ready < 0 && errno != EINTR && errno != EAGAIN) return false;
  }
}

}  // namespace

bool is_numeric_address(const std::string& name) {
  unsigned char bytes[sizeof(in6_addr)];
  return inet_pton(AF_INET, name.c_str(), bytes) == 1 || inet_pton(AF_INET6, name.c_str(), bytes) == 1;
}

Result<Fd> connect_tcp(const Endpoint& to, const std::string& source, const Deadline& deadline) {
  const std::string where = to_string(to);
  const Result<Address> address = parse(to, "connect");
  if (!address) return address.error();
  Result<Fd> fd = open_socket(address->storage.ss_family, "connect", where);
  if (!fd) return fd;
  set_on(fd->get(), IPPROTO_TCP, TCP_NODELAY);
  if (!source.empty()) {
    if (Result<void> bound = bind_source(fd->get(), source); !bound) return bound.error();
  }
  if (::connect(fd->get(), address->get(), address->length) != 0) {
    if (errno != EINPROGRESS && errno != EINTR) return Error{"connect", error_words(errno), where};
    if (!wait_writable(fd->get(), deadline)) return Error{"connect", "timeout", where};
    int error = 0;
    socklen_t length = sizeof error;
    if (::getsockopt(fd->get(), SOL_SOCKET, SO_ERROR, &error, &length) != 0) error = errno;
    if (error != 0) return Error{"connect", error_words(error), where};
  }
  if (met_itself(fd->get())) return Error{"connect", "refused", where};
  return fd;
}

Result<Fd> listen_tcp(const Endpoint& at, int backlog) {
  Result<Fd> fd = bound_tcp(at);
  if (fd && ::listen(fd->get(), backlog) != 0) return Error{"listen", error_words(errno), to_string(at)};
  return fd;
}

Result<void> check_free_tcp(const Endpoint& at) {
  const Result<Fd> fd = bound_tcp(at);
  if (!fd) return fd.error();
  return {};
}

Result<Endpoint> local_endpoint(int fd) {
  return endpoint_of(fd, &::getsockname);
}
Result<Endpoint> peer_endpoint(int fd) {
  return endpoint_of(fd, &::getpeername);
}

bool wait_readable(int fd, const Deadline& deadline) {
  return wait_for(fd, POLLIN, deadline);
}
bool wait_writable(int fd, const Deadline& deadline) {
  return wait_for(fd, POLLOUT, deadline);
}

void reset_on_close(int fd) {
  const linger hard{1, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
}

}  // namespace mtls
