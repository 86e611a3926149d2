// Asks listeners for answers until all have given one.
#include "harness/gateway/readiness.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <string>

#include "harness/base/openssl.h"
#include "harness/base/socket.h"

namespace mtls::gateway {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds glance{2};
constexpr milliseconds long_glance{15};
constexpr milliseconds connect_patience{50};
constexpr unsigned char alert_record = 0x15;
constexpr unsigned char handshake_record = 0x16;

// The first flight of an ordinary client that offers TLS 1.2 and 1.3. A gateway may answer nobody who names no site of
// its own (RFC 6066, 3), so one is named where it can be.
std::string client_hello(const std::vector<std::string>& names) {
  const SslCtxPtr context(SSL_CTX_new(TLS_client_method()));
  const SslPtr ssl(context ? SSL_new(context.get()) : nullptr);
  if (!ssl) return {};
  BIO* in = BIO_new(BIO_s_mem());
  BIO* out = BIO_new(BIO_s_mem());
  SSL_set_bio(ssl.get(), in, out);
  const auto plain = std::find_if(names.begin(), names.end(),
                                  [](const std::string& name) { return name.find('*') == std::string::npos; });
  if (plain != names.end()) SSL_set_tlsext_host_name(ssl.get(), plain->c_str());
  SSL_connect(ssl.get());
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(out, &bytes);
  std::string hello(bytes, static_cast<std::size_t>(std::max(size, 0L)));
  take_openssl_errors();
  return hello;
}

std::string source_for(const Endpoint& at) {
  return at.address.rfind("127.", 0) == 0 ? readiness_source : "";
}

bool speaks_tls(const Listener& listener) {
  return !listener.sites.empty() && listener.sites.front().spec.tls;
}

enum class Answer { yes, no, pending };

// One question to one listener.
class Question {
 public:
  Question(const Listener& listener, bool tls)
      : at_(listener.at), tls_(tls), hello_(tls ? client_hello(listener.sites.front().spec.names) : "") {}

  const Endpoint& at() const { return at_; }
  bool answered() const { return answered_; }

  // Waits for no longer than a glance.
  void ask() {
    if (!connection_) connect();
    if (!connection_ || answered_) return;
    const Answer answer = read_answer();
    if (answer == Answer::pending) return;
    answered_ = answer == Answer::yes;
    connection_.reset();
  }

 private:
  void connect() {
    Result<Fd> connected = connect_tcp(at_, source_for(at_), Deadline(connect_patience));
    if (!connected) return;
    answered_ = !tls_;
    if (answered_) return;
    const ssize_t sent = ::send(connected->get(), hello_.data(), hello_.size(), MSG_NOSIGNAL);
    if (sent == static_cast<ssize_t>(hello_.size())) connection_ = std::move(*connected);
  }

  Answer read_answer() {
    if (!wait_readable(connection_.get(), Deadline(glance))) return Answer::pending;
    unsigned char first = 0;
    const ssize_t got = ::recv(connection_.get(), &first, 1, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return Answer::pending;
    return got == 1 && (first == alert_record || first == handshake_record) ? Answer::yes : Answer::no;
  }

  Endpoint at_;
  bool tls_;
  std::string hello_;  // sent on TLS ports
  bool answered_ = false;
  Fd connection_;
};

// A handshake costs the gateway milliseconds, and a gateway that answers on its first and last TLS port has loaded its
// certificates: elsewhere an open port is enough.
std::vector<Question> questions_for(const Plan& plan) {
  std::vector<const Listener*> tls;
  for (const Listener& listener : plan.listeners)
    if (speaks_tls(listener)) tls.push_back(&listener);
  std::vector<Question> questions;
  for (const Listener& listener : plan.listeners)
    questions.emplace_back(listener, !tls.empty() && (&listener == tls.front() || &listener == tls.back()));
  return questions;
}

}  // namespace

Result<void> check_free(const Plan& plan) {
  for (const Listener& listener : plan.listeners) {
    const Result<void> free = check_free_tcp(listener.at);
    if (!free) return Error{"start", "cannot listen there: " + free.error().what, to_string(listener.at)};
  }
  return {};
}

Waited wait_until_ready(const Plan& plan, Child& child, const Deadline& deadline) {
  std::vector<Question> questions = questions_for(plan);
  std::size_t next = 0;
  const auto begun = Clock::now();
  const auto elapsed = [begun] { return std::chrono::duration_cast<milliseconds>(Clock::now() - begun); };
  while (next < questions.size()) {
    Question& question = questions[next];
    question.ask();
    if (question.answered()) {
      ++next;
      continue;
    }
    if (deadline.passed()) return {Readiness::late, to_string(question.at())};
    // The longer it has taken, the less it matters to notice at once, and asking costs the gateway time.
    if (child.wait_for(std::clamp(elapsed() / 20, glance, long_glance))) return {Readiness::ended, ""};
  }
  return {child.running() ? Readiness::ready : Readiness::ended, ""};
}

}  // namespace mtls::gateway
