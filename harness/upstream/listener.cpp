// Opens a service's socket, or reserves its port where nobody is to listen.
#include "harness/upstream/listener.h"

#include <sys/socket.h>
#include <system_error>

#include <cerrno>

#include <netdb.h>

namespace mtls::upstream {
namespace {

constexpr int backlog = 512;

Result<Fd> reserve_port(const Endpoint& at) {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int failed = getaddrinfo(at.address.c_str(), std::to_string(at.port).c_str(), &hints, &found);
      failed != 0) {
    return Error{"upstream", gai_strerror(failed), to_string(at)};
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owned(found, &freeaddrinfo);
  Fd fd(socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const auto bound = [&] { return fd && bind(fd.get(), found->ai_addr, found->ai_addrlen) == 0; };
  // An earlier run's connections may still be fading there. Where none are, nobody else gets the port.
  const int yes = 1;
  if (!bound() && (setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 || !bound())) {
    return Error{"upstream", std::string("cannot reserve the port: ") + std::generic_category().message(errno),
                 to_string(at)};
  }
  return fd;
}

}  // namespace

Result<std::unique_ptr<Listener>> Listener::open(const Endpoint& at, Behaviour behaviour,
                                                 std::unique_ptr<TlsPolicy> tls, Answerer answer) {
  auto socket = behaviour == Behaviour::down ? reserve_port(at) : listen_tcp(at, backlog);
  if (!socket) return socket.error();
  auto bound = local_endpoint(socket->get());
  if (!bound) return bound.error();
  std::unique_ptr<Listener> listener(new Listener);
  listener->socket_ = std::move(*socket);
  listener->at_ = *bound;
  listener->behaviour_ = behaviour;
  listener->use(listener->keep(std::move(tls)));
  listener->answer_ = std::move(answer);
  return listener;
}

std::size_t Listener::keep(std::unique_ptr<TlsPolicy> tls) {
  policies_.push_back(std::move(tls));
  return policies_.size() - 1;
}

}  // namespace mtls::upstream
