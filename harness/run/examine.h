// A live endpoint, examined step by step: few probes, each with a purpose, and one answer from all of them.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "harness/base/result.h"
#include "harness/diagnose/diagnose.h"
#include "harness/model/examination.h"
#include "harness/pki/pki.h"

namespace mtls::run {

// The service behind the gateway, and what the gateway holds as its client.
struct UpstreamQuestion {
  std::string name;
  std::uint16_t port = 443;
  bool tls = true;
  std::optional<std::string> sni;  // nothing: none is sent
  pki::CredentialFiles credential;
  std::filesystem::path trust;  // empty: the gateway does not verify
};

struct Question {
  std::string name;  // host name or numeric address to connect to
  std::uint16_t port = 443;
  bool tls = true;
  std::optional<std::string> sni;  // nothing: none is sent
  std::string reference;           // the name that the server's certificate must cover
  std::string host;                // the Host header
  std::string path = "/";
  std::string source;  // local address; empty: any
  TlsRange versions;
  std::vector<std::string> alpn{"http/1.1"};
  pki::CredentialFiles credential;  // all empty: no certificate
  std::filesystem::path trust;      // empty: the system's trust store
  bool verify_server = true;        // false: go on where the server's certificate does not verify
  std::filesystem::path crls;       // lists that the client holds; empty: none
  std::optional<UpstreamQuestion> upstream;
  std::filesystem::path gateway_log;        // empty: not at hand
  std::string gateway_kind;                 // empty: not known
  std::chrono::milliseconds timeout{5000};  // of each probe
};

// At most 12 connections, which together take no more than three times the timeout. What is wrong with the user's files
// or with the endpoint is part of the examination; an Error means that the harness itself could not act: stage "bind"
// for a source address that this machine does not have, "gateway-log" for a log that cannot be read, "upstream-files"
// for what the gateway is said to hold for its upstream, where that cannot be used.
Result<Examination> examine(const Question& question, const diagnose::Rules& rules);

}  // namespace mtls::run
