// What the command line, the environment and mtlscheck.json ask for.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "harness/base/result.h"
#include "harness/model/tls.h"

namespace mtls::tools {

struct RunOptions {
  std::vector<std::string> gateways;   // kinds; empty: every one that is installed
  std::vector<std::string> scenarios;  // globs; empty: all
  std::vector<std::string> controls;
  std::vector<TlsVersion> tls;  // empty: both
  std::vector<std::pair<std::string, std::filesystem::path>> reports;
  int jobs = 4;
  std::vector<std::filesystem::path> gateway_folders;
  std::vector<std::filesystem::path> scenario_folders;
  std::filesystem::path inventory;  // gateways that already run; empty: none
  std::filesystem::path waivers;
  bool strict = false;
  std::optional<std::pair<int, int>> shard;  // first is from 1 to second
  std::filesystem::path keep;
  std::optional<std::int64_t> now;
  std::optional<std::uint64_t> seed;
  bool list = false;
  bool json = false;
};

struct LabOptions {
  RunOptions selection;  // what of it is about judging and reports does not count
};

struct ListOptions {
  std::string what;  // scenarios, gateways, diagnoses, controls, formats
  bool json = false;
};

struct PkiOptions {
  std::filesystem::path out;
  std::filesystem::path spec;  // empty: the standard one
};

struct GatewayConfigOptions {
  std::string kind;
  std::string scenario;  // its id
  std::string site;      // of the scenario; empty: the first one
  std::string format;
  std::string upstream;  // HOST:PORT
  std::string gateway_group_id;
  std::filesystem::path out;  // for the PKI; empty: it is thrown away
};

struct DoctorOptions {
  bool json = false;
};

struct DiagnoseOptions {
  std::string endpoint;  // HOST:PORT or a URL
  std::filesystem::path certificate, key, pkcs12, passphrase;
  std::filesystem::path trust, crls;
  bool insecure = false;
  std::optional<std::string> sni;  // empty: none is sent
  std::optional<std::string> host;
  std::optional<std::string> path;
  std::string source;
  std::optional<TlsVersion> tls;  // nothing: every one that it speaks
  std::vector<std::string> alpn;  // empty: http/1.1
  std::string upstream;           // HOST:PORT or a URL; empty: not asked
  std::filesystem::path upstream_certificate, upstream_key, upstream_passphrase, upstream_trust;
  std::optional<std::string> upstream_sni;  // empty: none is sent
  std::filesystem::path gateway_log;
  std::string gateway_kind;
  std::chrono::milliseconds timeout{5000};
  std::vector<std::pair<std::string, std::filesystem::path>> reports;  // html, json or text
  bool json = false;
};

struct ExplainOptions {
  std::vector<std::string> words;  // a code or a text; "-": the standard input
  std::filesystem::path log;       // empty: none; "-": the standard input
  bool json = false;
};

// Text to print and the exit code to end with, for --help and --version and for usage errors.
struct Ended {
  int exit_code = 0;
  std::string text;
};

using Command = std::variant<RunOptions, LabOptions, ListOptions, PkiOptions, GatewayConfigOptions, DoctorOptions,
                             DiagnoseOptions, ExplainOptions, Ended>;

// Precedence: flags, MTLSCHECK_* environment, mtlscheck.json in the working directory.
Command parse(int argc, const char* const* argv);

}  // namespace mtls::tools
