// Sends requests over plain HTTP/1.1, one connection each.
#include "harness/gateway/own_request.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <optional>

#include <fmt/format.h>

#include "harness/base/files.h"
#include "harness/base/http.h"
#include "harness/base/text.h"
#include "harness/gateway/mustache.h"
#include "harness/gateway/own_values.h"

namespace mtls::gateway {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds look_again{20};
constexpr milliseconds answer_patience{10000};
constexpr std::size_t most_words = 300;

Result<FilledRequest> fill(const OwnRequest& request, const OwnValues& own, const GatewayKind& kind,
                           const std::filesystem::path& folder) {
  Values values;
  values.texts["folder"] = folder.string();
  add_own_values(own, values);
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

// Nothing where nobody listens or the connection ends without an answer.
std::optional<HttpMessage> answer_to(const FilledRequest& request, const Deadline& deadline) {
  const Result<Fd> connected = connect_tcp(request.to, "", deadline);
  if (!connected) return std::nullopt;
  const int fd = connected->get();
  const std::string head = format_request(request.method, request.path, to_string(request.to), request.headers);
  if (!send_all(fd, head + request.body, deadline)) return std::nullopt;
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
  if (!parser.headers_done()) return std::nullopt;
  return parser.message();
}

std::string what_it_said(const HttpMessage& answer) {
  // An answer may quote what was sent.
  if (answer.body.find("PRIVATE KEY") != std::string::npos) return fmt::format("HTTP {}", answer.status);
  return fmt::format("HTTP {}: {}", answer.status, sanitise_line(answer.body, most_words));
}

// `repeats`: an unwanted answer may become the wanted one; one of 500 and more always may.
Result<void> ask(const FilledRequest& request, bool repeats, Child& child, const Deadline& deadline) {
  const std::string what = fmt::format("{} {}{}", request.method, to_string(request.to), request.path);
  std::string last = "no answer";
  for (;;) {
    const milliseconds left(std::min<milliseconds::rep>(deadline.left_ms(), answer_patience.count()));
    if (const std::optional<HttpMessage> answer = answer_to(request, Deadline(left))) {
      if (answer->status == request.wanted) return {};
      last = what_it_said(*answer);
      if (!repeats && answer->status < 500) return Error{"start", fmt::format("answered {} with {}", what, last), ""};
    }
    if (deadline.passed()) return Error{"start", fmt::format("was asked {} and gave {}", what, last), ""};
    if (child.wait_for(look_again)) return Error{"start", "ended before it was ready", ""};
  }
}

}  // namespace

Result<FilledRequests> fill_requests(const GatewayKind& kind, const std::filesystem::path& folder) {
  FilledRequests filled;
  if (!kind.push && kind.ready.empty()) return filled;
  const Result<OwnValues> own = own_values(folder);
  if (!own) return own.error();
  const auto add = [&](const OwnRequest& request, std::vector<FilledRequest>& to) -> Result<void> {
    Result<FilledRequest> one = fill(request, *own, kind, folder);
    if (!one) return one.error();
    to.push_back(std::move(*one));
    return {};
  };
  if (kind.push)
    if (const Result<void> added = add(*kind.push, filled.push); !added) return added.error();
  for (const OwnRequest& request : kind.ready)
    if (const Result<void> added = add(request, filled.ready); !added) return added.error();
  return filled;
}

Result<void> perform(const FilledRequests& requests, Child& child, const Deadline& deadline) {
  for (const FilledRequest& request : requests.push)
    if (const Result<void> done = ask(request, false, child, deadline); !done) return done;
  for (const FilledRequest& request : requests.ready)
    if (const Result<void> done = ask(request, true, child, deadline); !done) return done;
  return {};
}

}  // namespace mtls::gateway
