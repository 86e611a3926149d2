// One connection from connect to close: the flow of see().
#include <openssl/x509v3.h>
#include <system_error>

#include <algorithm>
#include <array>
#include <cerrno>

#include <fmt/format.h>

#include "harness/base/text.h"
#include "harness/base/time.h"
#include "harness/client/answer.h"
#include "harness/client/client.h"
#include "harness/client/conversation.h"
#include "harness/client/request.h"

namespace mtls::client {
namespace {

Result<Sent> describe_sent(const Probe& probe, std::int64_t at) {
  Sent sent;
  sent.tls = probe.tls;
  if (probe.tls) {
    sent.sni = probe.sni;
    sent.alpn = probe.alpn;
    sent.resumption_offered = probe.resume != nullptr;
  }
  sent.versions = probe.versions;
  sent.host = host_of(probe);
  sent.path = probe.path;
  sent.headers = probe.headers;
  sent.nonce = probe.nonce;
  if (!probe.present || !probe.tls) return sent;
  if (!probe.present->certificate || !probe.present->key) {
    return Error{"client", "a credential needs a certificate and a key", probe.present->name};
  }
  if (probe.presented_view) {
    sent.presented = *probe.presented_view;
    return sent;
  }
  PathInput with;
  with.trust = probe.trust;
  with.crls = probe.crls;
  with.purpose = X509_PURPOSE_SSL_CLIENT;
  with.at = at;
  sent.presented = mtls::see(*probe.present, with);
  return sent;
}

// The network's answers are part of the view; what only this machine can lack is not.
bool is_of_the_harness(const Error& error) {
  if (error.stage != "connect") return true;
  constexpr std::array lacking{EMFILE, ENFILE, ENOBUFS, ENOMEM, EADDRNOTAVAIL, EINVAL};
  const auto matches = [&](int number) { return error.what == std::generic_category().message(number); };
  return error.what.find("numeric") != std::string::npos || std::any_of(lacking.begin(), lacking.end(), matches);
}

bool key_belongs(const Probe& probe) {
  if (!probe.tls || !probe.present) return true;
  const bool belongs = X509_check_private_key(probe.present->certificate.get(), probe.present->key.get()) == 1;
  take_openssl_errors();
  return belongs;
}

Result<Sighting> not_connected(Sighting sighting, const Error& error) {
  if (is_of_the_harness(error)) return error;
  sighting.view.connect_error = sanitise_line(error.what);
  sighting.view.failure = fmt::format("no connection to {}: {}", error.where, sighting.view.connect_error);
  sighting.view.timed_out = error.what == "timeout";
  return sighting;
}

}  // namespace

Result<Sighting> see(const Probe& given) {
  Probe probe = given;
  if (probe.at == 0) probe.at = now_seconds();
  Sighting sighting;
  Result<Sent> sent = describe_sent(probe, probe.at);
  if (!sent) return sent.error();
  sighting.view.sent = std::move(*sent);
  if (!key_belongs(probe)) {
    sighting.view.connect_error = "credential unusable";
    sighting.view.failure = "the private key does not match the certificate; nothing was sent";
    return sighting;
  }
  Timeline timeline;
  std::unique_ptr<Tls> tls;
  if (probe.tls) {
    Result<std::unique_ptr<Tls>> made = Tls::make(probe, timeline);
    if (!made) return made.error();
    tls = std::move(*made);
  }
  const Deadline deadline(probe.timeout);
  Result<Fd> fd = connect_tcp(probe.to, probe.source, deadline);
  if (!fd) return not_connected(std::move(sighting), fd.error());
  sighting.view.connected = true;
  timeline.tcp(true, "connected");
  if (const Result<Endpoint> local = local_endpoint(fd->get())) sighting.view.source = local->address;
  Conversation conversation(probe, deadline, timeline, tls.get(), Wire(std::move(*fd)), sighting.view);
  conversation.run();
  if (tls) sighting.session = tls->session();
  return sighting;
}

}  // namespace mtls::client
