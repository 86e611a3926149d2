// Welcomes a client, reads its request, and brings it to the upstream.
#include "reference/connection.h"

#include <charconv>

#include <fmt/format.h>

#include "harness/base/text.h"
#include "reference/headers.h"
#include "reference/log.h"
#include "reference/routing.h"

namespace mtls::reference {
namespace {

constexpr std::chrono::milliseconds request_patience{10'000};
constexpr std::chrono::milliseconds answer_patience{10'000};
constexpr std::chrono::milliseconds goodbye{1000};
constexpr std::size_t longest_request = 1u << 20;
constexpr int tls_handshake_record = 0x16;

HttpParser::Limits request_limits() {
  HttpParser::Limits limits;
  limits.body_kept = limits.body_bytes = longest_request;
  return limits;
}

class Conversation {
 public:
  Conversation(Fd client, const Listener& listener, const Service& service)
      : listener_(listener),
        service_(service),
        peer_(peer_of(client.get())),
        stream_(std::move(client)),
        request_(HttpParser::Kind::request, request_limits()) {}

  void run() {
    if (!welcomed()) return;
    if (const Result<void> got = receive_request(); !got) {
      // A client that goes away, or says nothing, has asked for nothing.
      if (got.error().what == "closed" || got.error().what == "reset" || got.error().what == "timeout") {
        note(0, "request: " + got.error().what);
        return stream_.finish(goodbye);
      }
      return refuse(400, "request refused: " + got.error().what);
    }
    const Result<Route> found = route(request_.message(), listener_, welcome_, service_.flaws);
    if (!found) return refuse(status_of(found.error()), "request refused: " + found.error().what);
    if (request_.truncated()) return refuse(413, "request refused: too long");
    forward(*found);
  }

 private:
  static std::string peer_of(int fd) {
    const Result<Endpoint> peer = peer_endpoint(fd);
    return peer ? peer->address : "-";
  }

  static int status_of(const Error& error) {
    int status = 500;
    std::from_chars(error.stage.data(), error.stage.data() + error.stage.size(), status);
    return status;
  }

  bool welcomed() {
    if (!listener_.told.tls) return true;
    const int first = stream_.peek(Deadline(request_patience));
    if (first < 0) {
      log_client(peer_, "handshake failed: nothing came");
      return false;
    }
    if (first != tls_handshake_record) {
      if (service_.flaws.has(Flaw::plain_on_tls_port)) return true;
      refuse(400, "plain HTTP request refused: this port speaks TLS",
             "The plain HTTP request was sent to HTTPS port\n");
      return false;
    }
    Result<Welcome> welcome = service_.front.welcome(stream_, listener_);
    if (welcome) {
      welcome_ = std::move(*welcome);
      return true;
    }
    log_client(peer_, welcome.error().what);
    stream_.finish(goodbye);
    return false;
  }

  Result<void> receive_request() {
    const Deadline deadline(request_patience);
    std::array<char, 16 * 1024> buffer;
    bool told_to_go_on = false;
    while (!request_.done()) {
      const Result<std::size_t> got = stream_.read(buffer.data(), buffer.size(), deadline);
      if (!got) return got.error();
      if (*got == 0) return Error{"request", "closed", ""};
      request_.feed({buffer.data(), *got});
      if (!request_.error().empty()) return Error{"request", request_.error(), ""};
      if (told_to_go_on || !request_.headers_done() || request_.done()) continue;
      if (!header_value(request_.message().headers, "Expect")) continue;
      told_to_go_on = true;
      if (const auto sent = stream_.write("HTTP/1.1 100 Continue\r\n\r\n", deadline); !sent) return sent.error();
    }
    return {};
  }

  void forward(const Route& route) {
    const HttpMessage& request = request_.message();
    const Site& site = *route.site;
    const std::string& name = site.told.leg.name;
    const std::string bytes = format_request(request.method, route.target, name.empty() ? route.host : name,
                                             headers_for_upstream(request, route, welcome_, service_.flaws)) +
                              request.body;
    const bool head = request.method == "HEAD";
    const Result<Leg::Answer> answer = service_.leg.exchange(site, bytes, head, welcome_.server_name.value_or(""));
    const std::string upstream = " upstream=" + to_string(site.told.leg.upstream);
    if (!answer) {
      return refuse(
          status_of(answer.error()), "upstream " + answer.error().what + upstream,
          status_of(answer.error()) == 504 ? "The upstream gave no answer in time\n" : "The upstream cannot be used\n");
    }
    if (!answer->trouble.empty()) log_client(peer_, "upstream " + answer->trouble + upstream);
    deliver(answer->message, head);
    note(answer->message.status,
         fmt::format("verify={} dn={}{}", verify_word(), in_quotes(identity_of(welcome_, service_.flaws)), upstream));
    stream_.finish(goodbye);
  }

  void deliver(const HttpMessage& answer, bool head) {
    HeaderList headers = without_hop_fields(answer.headers);
    headers.emplace_back("Connection", "close");
    if (const auto length = header_value(answer.headers, "Content-Length"); head && length)
      headers.emplace_back("Content-Length", *length);
    static_cast<void>(
        stream_.write(format_response(answer.status, headers, head ? "" : answer.body), Deadline(answer_patience)));
  }

  void refuse(int status, const std::string& why, const std::string& body = "") {
    static_cast<void>(stream_.write(format_response(status, {{"Content-Type", "text/plain"}, {"Connection", "close"}},
                                                    body.empty() ? "Refused\n" : body),
                                    Deadline(answer_patience)));
    note(status, why);
    stream_.finish(goodbye);
  }

  std::string verify_word() const {
    if (!welcome_.client) return "none";
    return welcome_.verified ? "good" : "failed";
  }

  // The reason stands before anything that a client has written.
  void note(int status, const std::string& words) const {
    const HttpMessage& request = request_.message();
    log_client(peer_, fmt::format("{} status={} request={} host={} tls={} sni={} resumed={}", words, status,
                                  in_quotes(request.method + " " + request.target),
                                  in_quotes(header_value(request.headers, "Host").value_or("")),
                                  welcome_.tls ? welcome_.version : "no", in_quotes(welcome_.server_name.value_or("")),
                                  welcome_.resumed ? "yes" : "no"));
  }

  const Listener& listener_;
  const Service& service_;
  std::string peer_;
  Stream stream_;
  HttpParser request_;
  Welcome welcome_;
};

}  // namespace

void serve(Fd client, const Listener& listener, const Service& service) {
  Conversation(std::move(client), listener, service).run();
}

}  // namespace mtls::reference
