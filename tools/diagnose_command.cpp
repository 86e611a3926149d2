// mtlscheck diagnose: examines a live endpoint and says what is wrong, and who must act.
#include "tools/diagnose_command.h"

#include <unistd.h>

#include <set>

#include <fmt/format.h>

#include "harness/base/text.h"
#include "harness/run/run.h"
#include "reports/reports.h"
#include "tools/endpoint.h"
#include "tools/exit_code.h"
#include "tools/rules.h"
#include "tools/terminal.h"

namespace mtls::tools {
namespace {

constexpr std::size_t longest_name = 255;

// What could not be sent as it stands, or would become more of a request than it says.
Result<void> check_sendable(const DiagnoseOptions& options) {
  const auto wrong = [](const std::string& flag, const std::string& value, const std::string& expected) {
    return Error{"usage", flag + " " + sanitise_line(value.substr(0, 80)) + ": expected " + expected, {}};
  };
  const std::pair<const char*, const std::optional<std::string>&> names[] = {
      {"--sni", options.sni}, {"--host", options.host}, {"--upstream-sni", options.upstream_sni}};
  for (const auto& [flag, value] : names)
    if (value && (value->size() > longest_name || !is_clean(*value)))
      return wrong(flag, *value, fmt::format("a name of at most {} characters, without spaces", longest_name));
  const std::string path = options.path.value_or("/");
  const bool absolute = path.starts_with("http://") || path.starts_with("https://");
  if (!path.empty() && ((!absolute && path.front() != '/') || !is_clean(path)))
    return wrong("--path", path, "a path that begins with / and has no spaces; write %20 for one");
  for (const std::string& name : options.alpn)
    if (name.empty() || name.size() > 255) return wrong("--alpn", name, "names of 1 to 255 bytes, e.g. h2,http/1.1");
  return {};
}

std::string host_header(const Target& target, const DiagnoseOptions& options) {
  if (options.host) return *options.host;
  if (options.sni && !options.sni->empty()) return *options.sni;
  const bool brackets = target.name.find(':') != std::string::npos;
  const std::string name = brackets ? "[" + target.name + "]" : target.name;
  const std::uint16_t usual = target.tls ? 443 : 80;
  return target.port == usual ? name : fmt::format("{}:{}", name, target.port);
}

std::string without_port(const std::string& host) {
  if (host.starts_with('[')) return host.substr(1, host.find(']') - 1);
  return host.substr(0, host.rfind(':'));
}

// What a client would hold the server's certificate against: the name that it asks for, by whichever way it does.
std::string reference_of(const Target& target, const run::Question& question, const DiagnoseOptions& options) {
  if (question.sni) return *question.sni;
  return options.sni && options.host ? without_port(*options.host) : target.name;
}

run::Question question_of(const Target& target, const DiagnoseOptions& options) {
  run::Question question;
  question.name = target.name;
  question.port = target.port;
  question.tls = target.tls;
  if (options.sni) {
    if (!options.sni->empty()) question.sni = options.sni;
  } else if (!is_numeric_address(target.name)) {
    question.sni = target.name;
  }
  question.reference = reference_of(target, question, options);
  question.host = host_header(target, options);
  if (options.tls) question.versions = {*options.tls, *options.tls};
  if (!options.alpn.empty()) question.alpn = options.alpn;
  question.path = options.path ? *options.path : target.path.empty() ? "/" : target.path;
  question.source = options.source;
  question.credential = {options.certificate, options.key, options.pkcs12, options.passphrase};
  question.trust = options.trust;
  question.verify_server = !options.insecure;
  question.crls = options.crls;
  question.gateway_log = options.gateway_log;
  question.gateway_kind = options.gateway_kind;
  question.timeout = options.timeout;
  return question;
}

Result<run::UpstreamQuestion> upstream_of(const DiagnoseOptions& options) {
  const Result<Target> target = target_of(options.upstream);
  if (!target) return target.error();
  run::UpstreamQuestion upstream;
  upstream.name = target->name;
  upstream.port = target->port;
  upstream.tls = target->tls;
  if (options.upstream_sni) {
    if (!options.upstream_sni->empty()) upstream.sni = options.upstream_sni;
  } else if (!is_numeric_address(target->name)) {
    upstream.sni = target->name;
  }
  upstream.credential = {options.upstream_certificate, options.upstream_key, {}, options.upstream_passphrase};
  upstream.trust = options.upstream_trust;
  return upstream;
}

int exit_code_of(const Examination& examination) {
  if (examination.healthy) return exit_ok;
  return examination.conclusive ? exit_failed : exit_undecided;
}

std::string in_format(const std::string& format, const Examination& examination, const DiagnoseOptions& options) {
  if (format == "html") return reports::diagnosis_html(examination, options.gateway_kind);
  if (format == "json") return reports::write_diagnosis(examination);
  return reports::diagnosis_text(examination, options.gateway_kind, {});
}

// Every report is tried even where one cannot be written.
bool write_reports_of(const Examination& examination, const DiagnoseOptions& options) {
  bool written = true;
  for (const auto& [format, path] : options.reports) {
    const Result<void> result = reports::write_text(format + " report", in_format(format, examination, options), path);
    if (!result) say("report not written: " + to_string(result.error()));
    written = written && static_cast<bool>(result);
  }
  return written;
}

// A kind of the user's own is fine, and a slip of the hand should not go by in silence.
void warn_of_unknown_kind(const std::string& kind, const RuleBook& book) {
  if (kind.empty()) return;
  std::set<std::string> known;
  for (const LinePattern& line : book.lines) known.insert(line.producer);
  for (const Cause& cause : book.causes)
    for (const auto& [name, remedy] : cause.remedy_for) known.insert(name);
  if (known.contains(kind)) return;
  const std::string near = nearest(kind, {known.begin(), known.end()});
  say(fmt::format("--gateway {}: nothing particular is known of this kind{}", sanitise_line(kind),
                  near.empty() ? "" : "; did you mean " + near + "?"));
}

}  // namespace

int diagnose_command(const DiagnoseOptions& options) {
  const Result<Target> target = target_of(options.endpoint);
  if (!target) return say(to_string(target.error())), exit_usage;
  if (const Result<void> sendable = check_sendable(options); !sendable)
    return say(to_string(sendable.error())), exit_usage;
  const Result<diagnose::Rules> rules = shipped_rules();
  if (!rules) return say(to_string(rules.error())), exit_usage;
  warn_of_unknown_kind(options.gateway_kind, rules->book());
  run::Question question = question_of(*target, options);
  if (!options.upstream.empty()) {
    auto upstream = upstream_of(options);
    if (!upstream) return say(to_string(upstream.error())), exit_usage;
    question.upstream = std::move(*upstream);
  }
  const Result<Examination> examination = run::examine(question, *rules);
  if (!examination) {
    const std::string& stage = examination.error().stage;
    say(to_string(examination.error()));
    return stage == "bind" || stage == "gateway-log" || stage == "upstream-files" ? exit_usage : exit_undecided;
  }
  print(options.json ? reports::write_diagnosis(*examination)
                     : reports::diagnosis_text(*examination, options.gateway_kind, style_of(STDOUT_FILENO)));
  const int code = exit_code_of(*examination);
  return write_reports_of(*examination, options) || code == exit_failed ? code : exit_usage;
}

}  // namespace mtls::tools
