// mtlscheck lab: starts a gateway, prints what to try on it, and waits until it is told to stop.
#include "tools/lab_command.h"

#include <poll.h>

#include <cstdio>

#include <fmt/format.h>

#include "harness/base/files.h"
#include "harness/base/text.h"
#include "harness/run/run.h"
#include "reports/reports.h"
#include "tools/exit_code.h"
#include "tools/interrupt.h"
#include "tools/preparation.h"
#include "tools/terminal.h"

namespace mtls::tools {
namespace {

constexpr int between_looks_ms = 200;

std::vector<std::string> log_words(const run::LabTry& one) {
  return {"--gateway-log", one.log.string()};
}

std::vector<std::string> upstream_words(const run::LabTry& one) {
  if (!one.upstream) return {};
  const run::LabUpstream& behind = *one.upstream;
  std::vector<std::string> words{"--upstream", (behind.tls ? "https://" : "http://") + behind.endpoint};
  if (!behind.tls) return words;
  words.insert(words.end(), {"--upstream-sni", behind.name});
  if (!behind.certificate.empty())
    words.insert(words.end(), {"--upstream-cert", behind.certificate.string(), "--upstream-key", behind.key.string()});
  if (!behind.trust.empty()) words.insert(words.end(), {"--upstream-cacert", behind.trust.string()});
  return words;
}

std::vector<std::string> words_of(const run::LabTry& one) {
  std::vector<std::string> words = one.diagnose;
  for (const auto& more : {upstream_words(one), log_words(one)}) words.insert(words.end(), more.begin(), more.end());
  return words;
}

std::string diagnose_line(const run::LabTry& one) {
  if (!one.beyond.empty())
    return fmt::format("# mtlscheck diagnose cannot be asked for this: the request {}", join(one.beyond, " and "));
  std::string line = "mtlscheck";
  for (const std::string& word : words_of(one)) line += " " + shell_quote(word);
  return line;
}

std::string variant_of(const run::LabTry& one) {
  std::string text;
  for (const auto& [key, value] : one.variant) text += fmt::format(" {}={}", key, value);
  return text;
}

std::string head_of(const run::LabTry& one) {
  std::string text = fmt::format("\n{} {}{}: {}\n", one.gateway, one.id, variant_of(one), one.title);
  text += fmt::format("  site {}, client certificates {}", one.endpoint, name(one.client_auth));
  if (!one.expected.empty()) text += ", expected: " + one.expected;
  if (!one.planted.empty()) text += ", planted: " + one.planted;
  if (!one.trouble.empty()) text += ", does not start, as it is meant to";
  return text + "\n";
}

std::string text_of(const run::Lab& lab) {
  std::string text;
  for (const run::LabTry& one : lab.tries()) {
    text += head_of(one);
    text += fmt::format("  {}\n  {}\n  {}\n", one.curl, one.openssl, diagnose_line(one));
  }
  text += "\n";
  for (const run::LabGateway& gateway : lab.gateways())
    text += fmt::format("{} {}: {} listeners, configuration and logs in {}\n", gateway.kind, gateway.version,
                        gateway.listeners, gateway.folder.string());
  return text + "Ctrl-C stops everything and removes it.\n";
}

reports::Row row_of(const run::LabTry& one) {
  reports::Row row{{"id", one.id},
                   {"gateway", one.gateway},
                   {"variant", one.variant},
                   {"step", one.step},
                   {"title", one.title},
                   {"expected", one.expected},
                   {"planted", one.planted},
                   {"planted_if_let_in", one.planted_if_let_in},
                   {"client_auth", std::string(name(one.client_auth))},
                   {"endpoint", one.endpoint},
                   {"tls", one.tls},
                   {"host", one.host},
                   {"cert", one.certificate.string()},
                   {"key", one.key.string()},
                   {"cacert", one.trust.string()},
                   {"crl", one.crls.string()},
                   {"log", one.log.string()},
                   {"beyond", one.beyond},
                   {"trouble", one.trouble},
                   {"diagnose", one.diagnose},
                   {"log_arguments", log_words(one)},
                   {"upstream_arguments", upstream_words(one)},
                   {"curl", one.curl},
                   {"openssl", one.openssl}};
  if (one.sni) row.emplace_back("sni", *one.sni);
  return row;
}

std::string json_of(const run::Lab& lab) {
  std::string text = reports::write_row(
      {{"schema", std::string("mtlscheck.lab/1")}, {"requests", static_cast<int>(lab.tries().size())}});
  for (const run::LabTry& one : lab.tries()) text += reports::write_row(row_of(one));
  return text;
}

// Until a signal comes or a gateway ends by itself.
int wait_for_the_end(const run::Lab& lab, const std::atomic<bool>& interrupted) {
  while (!interrupted) {
    poll(nullptr, 0, between_looks_ms);
    if (const std::string dead = lab.dead(); !dead.empty() && !interrupted)
      return say(dead + " ended by itself"), exit_undecided;
  }
  return interrupt_exit_code();
}

}  // namespace

int lab_command(const LabOptions& options) {
  auto prepared = prepare(options.selection);
  if (const Failure* failure = std::get_if<Failure>(&prepared)) return say(failure->message), failure->exit_code;
  sweep_stale_folders();
  const std::atomic<bool>& interrupted = watch_for_interrupt();
  const Result<run::Lab> lab = run::Lab::open(std::get<run::Options>(prepared));
  if (!lab) return say(to_string(lab.error())), exit_undecided;
  if (lab->tries().empty()) return say("these scenarios make no request; see: mtlscheck run"), exit_nothing_ran;
  print(options.selection.json ? json_of(*lab) : text_of(*lab));
  std::fflush(stdout);
  return wait_for_the_end(*lab, interrupted);
}

}  // namespace mtls::tools
