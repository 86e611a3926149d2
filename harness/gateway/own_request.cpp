// Sends requests over plain HTTP/1.1, one connection each.
#include "harness/gateway/own_request.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <optional>

#include <fmt/format.h>

#include "harness/base/files.h"
#include "harness/base/http.h"
#include "harness/base/socket.h"
#include "harness/base/text.h"
#include "harness/gateway/mustache.h"
#include "harness/gateway/own_values.h"

namespace mtls::gateway {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds look_again{20};
constexpr milliseconds answer_patience{10000};
constexpr std::size_t most_said = 300;

// A kind's request with its templates filled in.
struct FilledRequest {
  Endpoint to;
  std::string method, path, body;
  std::vector<std::pair<std::string, std::string>> headers;
  int wanted = 200;
};

// Where requests come from: the latest rendering of one gateway.
struct Rendering {
  const GatewayKind& kind;
  const std::filesystem::path& folder;
  OwnValues own;
};

Result<FilledRequest> fill(const OwnRequest& request, const Rendering& rendering, int attempt) {
  const auto& [kind, folder, own] = rendering;
  Values values;
  values.texts["folder"] = folder.string();
  add_own_values(own, values);
  values.texts["attempt"] = std::to_string(attempt);
  const Filler filler(values);
  FilledRequest filled{{own.address, own.ports.at(request.port)}, request.method, "", "", {}, request.status};
  Result<std::string> path = filler.fill(request.path, kind.folder);
  if (!path) return path.error();
  filled.path = std::move(*path);
  for (const auto& [name, value] : request.headers) {
    Result<std::string> text = filler.fill(value, kind.folder);
    if (!text) return text.error();
    filled.headers.emplace_back(name, std::move(*text));
  }
  if (request.file.empty()) return filled;
  Result<std::string> body = read_file(folder / request.file);
  if (!body) return body.error();
  filled.body = std::move(*body);
  filled.headers.emplace_back("Content-Length", std::to_string(filled.body.size()));
  return filled;
}

bool send_all(int fd, std::string_view bytes, const Deadline& deadline) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno != EINTR && (errno != EAGAIN || !wait_writable(fd, deadline))) {
      return false;
    }
  }
  return true;
}

// How much is known of why a request has no wanted answer: the last one may be cut short, and tells less than one
// before.
enum class Heard { nobody, silence, words };

struct Reply {
  Heard heard;
  std::optional<HttpMessage> answer;
  std::string why = {};  // there is none
};

Reply ask_once(const FilledRequest& request, const Deadline& deadline) {
  const Result<Fd> connected = connect_tcp(request.to, "", deadline);
  if (!connected) return {Heard::nobody, std::nullopt, "nobody answers: " + connected.error().what};
  const int fd = connected->get();
  const std::string head = format_request(request.method, request.path, to_string(request.to), request.headers);
  // A server may answer, and close, before it has read all.
  const bool sent = send_all(fd, head + request.body, deadline);
  HttpParser parser(HttpParser::Kind::response);
  char buffer[4096];
  while (!parser.done() && parser.error().empty() && wait_readable(fd, deadline)) {
    const ssize_t got = ::recv(fd, buffer, sizeof buffer, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (got <= 0) {
      parser.end_of_stream();
      break;
    }
    parser.feed({buffer, static_cast<std::size_t>(got)});
  }
  if (parser.error().empty() && parser.headers_done()) return {Heard::words, parser.message()};
  if (deadline.passed()) return {Heard::silence, std::nullopt, "no answer in time"};
  if (!sent) return {Heard::words, std::nullopt, "the connection ended while the request was sent"};
  return {Heard::words, std::nullopt, "no answer in HTTP" + (parser.error().empty() ? "" : ": " + parser.error())};
}

std::string what_it_said(const HttpMessage& answer) {
  // An answer may quote what was sent.
  if (answer.body.find("PRIVATE KEY") != std::string::npos) return fmt::format("HTTP {}", answer.status);
  return fmt::format("HTTP {}: {}", answer.status, sanitise_line(answer.body, most_said));
}

// `repeats`: an unwanted answer may become the wanted one; one of 500 and more always may.
Result<void> ask(const OwnRequest& wanted, bool repeats, const Rendering& rendering, Child& child,
                 const Deadline& deadline) {
  std::string last;
  Heard most = Heard::nobody;
  for (int attempt = 1;; ++attempt) {
    const Result<FilledRequest> request = fill(wanted, rendering, attempt);
    if (!request) return request.error();
    const milliseconds left(std::min<milliseconds::rep>(deadline.left_ms(), answer_patience.count()));
    const Reply reply = ask_once(*request, Deadline(left));
    if (reply.answer && reply.answer->status == request->wanted) return {};
    if (reply.heard >= most) last = reply.answer ? what_it_said(*reply.answer) : reply.why;
    most = std::max(most, reply.heard);
    const std::string what = fmt::format("{} {}{}", request->method, to_string(request->to), request->path);
    if (reply.answer && !repeats && reply.answer->status < 500)
      return Error{"start", fmt::format("answered {} with {}", what, last), ""};
    if (deadline.passed()) return Error{"start", fmt::format("was asked {}; at last: {}", what, last), ""};
    if (child.wait_for(look_again)) return Error{"start", "ended before it was ready", ""};
  }
}

}  // namespace

Result<void> perform(const GatewayKind& kind, const std::filesystem::path& folder, Child& child,
                     const Deadline& deadline) {
  if (!kind.push && kind.ready.empty()) return {};
  const Result<OwnValues> own = own_values(folder);
  if (!own) return own.error();
  const Rendering rendering{kind, folder, *own};
  if (kind.push)
    if (const Result<void> done = ask(*kind.push, false, rendering, child, deadline); !done) return done;
  for (const OwnRequest& request : kind.ready)
    if (const Result<void> done = ask(request, true, rendering, child, deadline); !done) return done;
  return {};
}

}  // namespace mtls::gateway
