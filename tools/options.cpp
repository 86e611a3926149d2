// The command line: the only place that knows its library.
#include "tools/options.h"

#include <algorithm>
#include <thread>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "harness/base/text.h"
#include "harness/catalog/catalog.h"
#include "reports/reports.h"
#include "tools/exit_code.h"
#include "tools/instant.h"

namespace mtls::tools {
namespace {

constexpr const char* settings_file = "mtlscheck.json";

// A flag's text as CLI11 hands it over; turned into values after parsing, so that every mistake gets one kind of
// message.
struct Texts {
  std::vector<std::string> tls, reports;
  std::string shard, now, seed;
};

std::vector<std::string> in_pieces(const std::vector<std::string>& lists) {
  std::vector<std::string> pieces;
  for (const std::string& list : lists)
    for (const std::string& piece : split(list, ','))
      if (!piece.empty()) pieces.push_back(piece);
  return pieces;
}

void add_several(CLI::App* command, const char* flag, std::vector<std::string>& into, const char* about,
                 const char* variable) {
  command->add_option(flag, into, about)->envname(variable)->expected(1)->take_all();
}

void add_several(CLI::App* command, const char* flag, std::vector<std::filesystem::path>& into, const char* about,
                 const char* variable) {
  command->add_option(flag, into, about)->envname(variable)->expected(1)->take_all();
}

// What is started, and for which cases.
void add_selection(CLI::App* command, RunOptions& run, Texts& texts) {
  add_several(command, "--gateway", run.gateways, "Kind to test, several or a list; default: every one installed",
              "MTLSCHECK_GATEWAY");
  add_several(command, "--scenario", run.scenarios, "Scenarios by id, * and ? allowed; several", "MTLSCHECK_SCENARIO");
  add_several(command, "--control", run.controls, "Only scenarios that bear on this control; several",
              "MTLSCHECK_CONTROL");
  add_several(command, "--tls", texts.tls, "Only this TLS version, where a scenario is tried in versions: 1.2 or 1.3",
              "MTLSCHECK_TLS");
  add_several(command, "--gateways", run.gateway_folders, "Folder with kinds of your own; several",
              "MTLSCHECK_GATEWAYS");
  add_several(command, "--scenarios", run.scenario_folders, "Folder with scenarios of your own; several",
              "MTLSCHECK_SCENARIOS");
  command->add_option("--keep", run.keep, "Keep configurations and logs in this folder")->envname("MTLSCHECK_KEEP");
  command->add_option("--now", texts.now, "Time that certificates are minted for, e.g. 2026-11-21T10:00:00Z")
      ->envname("MTLSCHECK_NOW");
  command->add_option("--seed", texts.seed, "Number that addresses are chosen by")->envname("MTLSCHECK_SEED");
}

CLI::App* add_run(CLI::App& app, RunOptions& run, Texts& texts) {
  CLI::App* command = app.add_subcommand("run", "Run the scenarios against gateways and judge what happened");
  add_selection(command, run, texts);
  add_several(command, "--report", texts.reports, "FORMAT=PATH, several; formats: mtlscheck list formats",
              "MTLSCHECK_REPORT");
  command->add_option("--jobs", run.jobs, "Trials at once (1 to 64)")
      ->envname("MTLSCHECK_JOBS")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  command->add_option("--inventory", run.inventory, "Gateways that already run; --gateway then names one of them")
      ->envname("MTLSCHECK_INVENTORY");
  command->add_option("--waivers", run.waivers, "File with deviations that are accepted until a date")
      ->envname("MTLSCHECK_WAIVERS");
  command->add_flag("--strict", run.strict, "A warning counts as a failure")->envname("MTLSCHECK_STRICT");
  command->add_option("--shard", texts.shard, "I/N: only the I-th of N parts, I from 1")->envname("MTLSCHECK_SHARD");
  command->add_flag("--list", run.list, "Only say which cases would run");
  command->add_flag("--json", run.json, "Print the JSON report instead of text");
  return command;
}

CLI::App* add_lab(CLI::App& app, RunOptions& run, Texts& texts) {
  CLI::App* command = app.add_subcommand("lab", "Start a gateway, leave it up, and print the lines to try on it");
  add_selection(command, run, texts);
  command->get_option("--gateway")->required();
  command->add_flag("--json", run.json, "One line of JSON for each request instead of text");
  return command;
}

CLI::App* add_diagnose(CLI::App& app, DiagnoseOptions& diagnose, double& timeout_s, std::string& tls, Texts& texts) {
  CLI::App* command = app.add_subcommand("diagnose", "Say why mutual TLS with an endpoint fails, and what to do");
  command->add_option("endpoint", diagnose.endpoint, "HOST:PORT or a URL")->required();
  CLI::Option* certificate =
      command->add_option("--cert,-E", diagnose.certificate, "The client's certificate and chain: PEM, DER or PKCS#7");
  command->add_option("--key", diagnose.key, "Its private key; default: in the certificate's file")->needs(certificate);
  command->add_option("--pkcs12", diagnose.pkcs12, "Certificate, chain and key as PKCS#12")->excludes(certificate);
  command->add_option("--pass-file", diagnose.passphrase, "File whose first line opens the key or the bundle");
  command->add_option("--cacert", diagnose.trust, "CAs to trust the server by; default: the system's");
  command->add_flag("--insecure,-k", diagnose.insecure, "Go on where the server's certificate does not verify");
  command->add_option("--crl", diagnose.crls, "Revocation lists that the client holds");
  command->add_option("--sni", diagnose.sni, "Server name to ask for and to verify; '' sends none");
  command->add_option("--host", diagnose.host, "Host header; default: the server name");
  command->add_option("--path", diagnose.path, "Path to request; default: that of the URL, else /");
  command->add_option("--source", diagnose.source, "Local address to connect from");
  command->add_option("--tls", tls, "The one TLS version that the client speaks: 1.2 or 1.3")
      ->check(CLI::IsMember({"1.2", "1.3"}));
  command->add_option("--alpn", diagnose.alpn, "Protocols that the client offers; default: http/1.1")->delimiter(',');
  CLI::Option* upstream = command->add_option("--upstream", diagnose.upstream,
                                              "The service behind, as the gateway reaches it: HOST:PORT or a URL");
  CLI::Option* own = command
                         ->add_option("--upstream-cert", diagnose.upstream_certificate,
                                      "The certificate and chain that the gateway presents to it")
                         ->needs(upstream);
  command->add_option("--upstream-key", diagnose.upstream_key, "Its private key")->needs(own);
  command->add_option("--upstream-pass-file", diagnose.upstream_passphrase, "File whose first line opens that key")
      ->needs(own);
  command->add_option("--upstream-cacert", diagnose.upstream_trust, "CAs that the gateway trusts the upstream by")
      ->needs(upstream);
  command->add_option("--upstream-sni", diagnose.upstream_sni, "Server name that the gateway sends; '' sends none")
      ->needs(upstream);
  command->add_option("--gateway-log", diagnose.gateway_log, "The gateway's log, to read what it says meanwhile");
  command->add_option("--gateway", diagnose.gateway_kind, "Its kind (nginx, haproxy, ...), for remedies and log lines");
  command->add_option("--timeout", timeout_s, "Seconds for each connection")
      ->check(CLI::Range(0.05, 600.0))
      ->capture_default_str();
  command->add_option("--report", texts.reports, "FORMAT=PATH, several; formats: html, json, text")
      ->expected(1)
      ->take_all();
  command->add_flag("--json", diagnose.json, "As JSON");
  return command;
}

CLI::App* add_explain(CLI::App& app, ExplainOptions& explain) {
  CLI::App* command = app.add_subcommand("explain", "Say what a cause or an error line means");
  CLI::Option* words = command->add_option("text", explain.words, "A cause's code, or error text; - reads it");
  command->add_option("--log", explain.log, "Sum up the lines of this log instead; - reads it")->excludes(words);
  command->add_flag("--json", explain.json, "As JSON");
  return command;
}

CLI::App* add_gateway_config(CLI::App& app, GatewayConfigOptions& config) {
  CLI::App* command =
      app.add_subcommand("gateway-config", "Print a scenario's site as configuration for a gateway that already runs");
  command->add_option("kind", config.kind, "Kind of gateway: apisix")->required();
  command->add_option("--scenario", config.scenario, "The scenario's id: mtlscheck list scenarios")->required();
  command->add_option("--format", config.format, "Of apisix: a6, adminapi or standalone")->required();
  command->add_option("--site", config.site, "The scenario's site, with those that share its port; default: the first");
  command->add_option("--upstream", config.upstream, "HOST:PORT of the service behind the gateway")
      ->default_val("127.0.0.1:8080");
  command->add_option("--gateway-group-id", config.gateway_group_id, "API7: the gateway group to configure");
  command->add_option("--out", config.out, "Folder to make for the PKI: what clients and upstream need");
  return command;
}

TlsVersion version_of(const std::string& text) {
  return text == "1.2" ? TlsVersion::tls12 : TlsVersion::tls13;
}

Error usage(std::string what) {
  return {"usage", std::move(what), {}};
}

Result<std::pair<int, int>> shard_of(const std::string& text) {
  const auto parts = split(text, '/');
  int part = 0, all = 0;
  const auto number = [](const std::string& digits, int& value) {
    return CLI::detail::lexical_cast(digits, value) && value > 0;
  };
  if (parts.size() != 2 || !number(parts[0], part) || !number(parts[1], all) || part > all)
    return usage(fmt::format("--shard {}: expected I/N with I from 1 to N", sanitise_line(text)));
  return std::pair{part, all};
}

// FORMAT=PATH, each.
Result<std::vector<std::pair<std::string, std::filesystem::path>>> reports_of(const std::vector<std::string>& texts,
                                                                              const std::vector<std::string>& known) {
  std::vector<std::pair<std::string, std::filesystem::path>> reports;
  for (const std::string& text : texts) {
    const auto equals = text.find('=');
    const std::string format = text.substr(0, equals);
    if (equals == std::string::npos || equals + 1 == text.size())
      return usage(fmt::format("--report {}: expected FORMAT=PATH, e.g. json=report.json", sanitise_line(text)));
    if (std::find(known.begin(), known.end(), format) == known.end())
      return usage(fmt::format("--report {}: no such format; known are {}", sanitise_line(format), join(known, ", ")));
    reports.emplace_back(format, text.substr(equals + 1));
  }
  return reports;
}

Result<void> read_texts(const Texts& texts, RunOptions& run) {
  run.gateways = in_pieces(run.gateways);
  run.scenarios = in_pieces(run.scenarios);
  run.controls = in_pieces(run.controls);
  for (const std::string& text : in_pieces(texts.tls)) {
    if (text != "1.2" && text != "1.3") return usage(fmt::format("--tls {}: expected 1.2 or 1.3", sanitise_line(text)));
    run.tls.push_back(version_of(text));
  }
  std::vector<std::string> known;
  for (const auto& entry : reports::formats()) known.emplace_back(entry.name);
  auto asked = reports_of(texts.reports, known);
  if (!asked) return asked.error();
  run.reports = std::move(*asked);
  if (!texts.shard.empty()) {
    const auto shard = shard_of(texts.shard);
    if (!shard) return shard.error();
    run.shard = *shard;
  }
  if (!texts.now.empty()) {
    run.now = instant(texts.now);
    if (!run.now)
      return usage(fmt::format("--now {}: expected a time like 2026-11-21T10:00:00Z", sanitise_line(texts.now)));
  }
  if (!texts.seed.empty()) {
    std::uint64_t seed = 0;
    if (!CLI::detail::lexical_cast(texts.seed, seed)) return usage("--seed: expected a number");
    run.seed = seed;
  }
  return {};
}

// Settings of the file that neither a flag nor the environment gives, as further arguments of the command.
Result<std::vector<std::string>> from_settings(const CLI::App& command) {
  std::vector<std::string> arguments;
  std::error_code failed;
  if (!std::filesystem::exists(settings_file, failed)) return arguments;
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options())
    if (!option->get_lnames().empty() && option->get_lnames().front() != "help")
      names.push_back(option->get_lnames().front());
  const auto settings = catalog::read_settings(settings_file, names);
  if (!settings) return settings.error();
  for (const auto& [name, value] : *settings) {
    const CLI::Option* option = command.get_option("--" + name);
    if (option->count() > 0) continue;
    if (option->get_expected_max() == 0) {
      if (value == "true") arguments.push_back("--" + name);
    } else {
      arguments.push_back("--" + name);
      arguments.push_back(value);
    }
  }
  return arguments;
}

struct Parser {
  CLI::App app{"mtlscheck: proves that a gateway enforces mutual TLS, and says why a handshake fails", "mtlscheck"};
  RunOptions run;
  LabOptions lab;
  ListOptions list;
  PkiOptions pki;
  GatewayConfigOptions gateway_config;
  DoctorOptions doctor;
  DiagnoseOptions diagnose;
  ExplainOptions explain;
  double timeout_s = 5;
  std::string version;
  Texts texts;
  CLI::App* run_command = nullptr;
  CLI::App* lab_command = nullptr;
  CLI::App* list_command = nullptr;
  CLI::App* pki_command = nullptr;
  CLI::App* gateway_config_command = nullptr;
  CLI::App* diagnose_command = nullptr;
  CLI::App* explain_command = nullptr;

  Parser() {
    app.set_version_flag("--version", "mtlscheck " MTLSCHECK_VERSION);
    app.require_subcommand(1);
    run_command = add_run(app, run, texts);
    lab_command = add_lab(app, lab.selection, texts);
    list_command = app.add_subcommand("list", "Say what there is");
    list_command->add_option("what", list.what, "scenarios, gateways, diagnoses, controls or formats")
        ->required()
        ->check(CLI::IsMember({"scenarios", "gateways", "diagnoses", "controls", "formats"}));
    list_command->add_flag("--json", list.json, "As JSON");
    pki_command = app.add_subcommand("pki", "Mint a throwaway PKI: good and faulty credentials, and lists");
    pki_command->add_option("--out", pki.out, "Folder to make; it must not exist or be empty")->required();
    pki_command->add_option("--spec", pki.spec, "A PKI of your own instead of the standard one");
    gateway_config_command = add_gateway_config(app, gateway_config);
    auto* doctor_command =
        app.add_subcommand("doctor", "Say which gateways and libraries are usable, and what to install");
    doctor_command->add_flag("--json", doctor.json, "As JSON");
    diagnose_command = add_diagnose(app, diagnose, timeout_s, version, texts);
    explain_command = add_explain(app, explain);
  }
};

Command finished_diagnose(Parser& parser) {
  DiagnoseOptions& diagnose = parser.diagnose;
  if (!diagnose.passphrase.empty() && diagnose.certificate.empty() && diagnose.pkcs12.empty())
    return Ended{exit_usage, "--pass-file opens nothing without --cert or --pkcs12"};
  auto reports = reports_of(parser.texts.reports, {"html", "json", "text"});
  if (!reports) return Ended{exit_usage, to_string(reports.error())};
  diagnose.reports = std::move(*reports);
  if (!parser.version.empty()) diagnose.tls = version_of(parser.version);
  diagnose.timeout = std::chrono::milliseconds(static_cast<long>(parser.timeout_s * 1000));
  return diagnose;
}

Command finished_explain(Parser& parser) {
  if (trim(join(parser.explain.words, " ")).empty() && parser.explain.log.empty())
    return Ended{exit_usage, "explain what? a code, a text, or --log FILE"};
  return parser.explain;
}

// CLI11 takes arguments last first.
void parse_arguments(CLI::App& app, std::vector<std::string> arguments) {
  std::reverse(arguments.begin(), arguments.end());
  app.parse(std::move(arguments));
}

}  // namespace

Command parse(int argc, const char* const* argv) {
  std::vector<std::string> arguments(argv + 1, argv + argc);
  auto parser = std::make_unique<Parser>();
  try {
    parse_arguments(parser->app, arguments);
    if (parser->run_command->parsed()) {
      const auto more = from_settings(*parser->run_command);
      if (!more) return Ended{exit_usage, to_string(more.error())};
      if (!more->empty()) {
        parser = std::make_unique<Parser>();
        arguments.insert(arguments.end(), more->begin(), more->end());
        parse_arguments(parser->app, arguments);
      }
      const Result<void> read = read_texts(parser->texts, parser->run);
      if (!read) return Ended{exit_usage, to_string(read.error())};
      return parser->run;
    }
  } catch (const CLI::ParseError& error) {
    std::ostringstream out, problems;
    const int code = parser->app.exit(error, out, problems);
    return Ended{code == 0 ? exit_ok : exit_usage, std::string(trim(out.str() + problems.str()))};
  }
  if (parser->lab_command->parsed()) {
    const Result<void> read = read_texts(parser->texts, parser->lab.selection);
    if (!read) return Ended{exit_usage, to_string(read.error())};
    return parser->lab;
  }
  if (parser->list_command->parsed()) return parser->list;
  if (parser->pki_command->parsed()) return parser->pki;
  if (parser->gateway_config_command->parsed()) return parser->gateway_config;
  if (parser->diagnose_command->parsed()) return finished_diagnose(*parser);
  if (parser->explain_command->parsed()) return finished_explain(*parser);
  return parser->doctor;
}

}  // namespace mtls::tools
