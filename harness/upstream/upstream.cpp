// The door's own code: two loops, and the listeners by where they are.
#include "harness/upstream/upstream.h"

#include <array>
#include <map>
#include <mutex>

#include "harness/upstream/listener.h"
#include "harness/upstream/loop.h"

namespace mtls::upstream {

// The loops are destroyed first, for they point to the listeners.
struct Upstream::State {
  std::mutex mutex;
  std::map<std::string, std::unique_ptr<Listener>> listeners;
  std::array<std::unique_ptr<Loop>, 2> loops;

  Result<Endpoint> open(const Endpoint& at, Behaviour behaviour, std::unique_ptr<TlsPolicy> tls, Answerer answer);
  Listener* find(const Endpoint& at);
};

Result<Endpoint> Upstream::State::open(const Endpoint& at, Behaviour behaviour, std::unique_ptr<TlsPolicy> tls,
                                       Answerer answer) {
  auto opened = Listener::open(at, behaviour, std::move(tls), std::move(answer));
  if (!opened) return opened.error();
  const Endpoint bound = (*opened)->at();
  const std::lock_guard lock(mutex);
  Listener& listener = *(listeners[to_string(bound)] = std::move(*opened));
  for (const auto& loop : loops) {
    if (auto watched = loop->watch(listener); !watched) return watched.error();
  }
  return bound;
}

Listener* Upstream::State::find(const Endpoint& at) {
  const std::lock_guard lock(mutex);
  const auto found = listeners.find(to_string(at));
  return found == listeners.end() ? nullptr : found->second.get();
}

namespace {

Behaviour behaviour_of(Responder responder) {
  switch (responder) {
    case Responder::answering:
    case Responder::unknown:  // the callback's business
    case Responder::error: return Behaviour::answering;
    case Responder::silent: return Behaviour::silent;
    case Responder::down: return Behaviour::down;
  }
  return Behaviour::answering;
}

Result<std::unique_ptr<TlsPolicy>> policy_of(const Service& service) {
  if (!service.spec.tls) return std::unique_ptr<TlsPolicy>();
  return TlsPolicy::make(service);
}

}  // namespace

Upstream::Upstream(std::unique_ptr<State> state) : state_(std::move(state)) {}
Upstream::Upstream(Upstream&&) noexcept = default;
Upstream& Upstream::operator=(Upstream&&) noexcept = default;
Upstream::~Upstream() = default;

Result<Upstream> Upstream::start() {
  auto state = std::make_unique<State>();
  for (auto& loop : state->loops) {
    auto started = Loop::start();
    if (!started) return started.error();
    loop = std::move(*started);
  }
  return Upstream(std::move(state));
}

Result<Endpoint> Upstream::add(Service service) {
  auto tls = policy_of(service);
  if (!tls) return tls.error();
  return state_->open(service.at, service.spec.behaviour, std::move(*tls), &echo);
}

Result<std::size_t> Upstream::add_another(const Endpoint& at, const Service& service) {
  Listener* const listener = state_->find(at);
  if (listener == nullptr || listener->behaviour() != service.spec.behaviour) {
    return Error{"upstream", "no service that behaves alike stands there", to_string(at)};
  }
  auto tls = policy_of(service);
  if (!tls) return tls.error();
  const std::lock_guard lock(state_->mutex);
  return listener->keep(std::move(*tls));
}

void Upstream::put_to_work(const Endpoint& at, std::size_t number) {
  Listener* const listener = state_->find(at);
  const std::lock_guard lock(state_->mutex);
  if (listener != nullptr) listener->use(number);
}

Result<Endpoint> Upstream::add_responder(Endpoint at, Responder behaviour,
                                         std::function<std::string(const std::string&)> answer) {
  if (behaviour == Responder::error) answer = [](const std::string&) { return std::string(); };
  auto one_at_a_time = std::make_shared<std::mutex>();
  return state_->open(at, behaviour_of(behaviour), nullptr,
                      [one_at_a_time, answer = std::move(answer)](const HttpMessage& request, const std::string&) {
                        const std::lock_guard lock(*one_at_a_time);
                        return answer_ocsp(request, answer);
                      });
}

Seen Upstream::take(const Endpoint& at, std::chrono::milliseconds patience) {
  Listener* const listener = state_->find(at);
  return listener == nullptr ? Seen{} : listener->notes().take(listener->listening_fd(), patience);
}

Seen Upstream::take_nonce(const Endpoint& at, const std::string& nonce) {
  Listener* const listener = state_->find(at);
  return listener == nullptr ? Seen{} : listener->notes().take_nonce(nonce);
}

}  // namespace mtls::upstream
