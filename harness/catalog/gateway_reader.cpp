// Reads kinds of gateways: one folder each, gateway.json and the templates it names.
#include <algorithm>
#include <map>

#include "harness/base/text.h"
#include "harness/catalog/capabilities.h"
#include "harness/catalog/catalog.h"

namespace mtls::catalog {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 9> signals{"HUP", "INT", "QUIT", "TERM", "USR1", "USR2", "WINCH", "KILL", ""};

std::string read_signal(const Place& place) {
  std::string word;
  read(place, word);
  if (std::find(signals.begin(), signals.end(), word) != signals.end()) return word;
  place.fail(
      fmt::format("found the signal {}; {}", quote(word), expectation(word, {signals.begin(), signals.end() - 1})));
  return "";
}

// A path that stays inside the folder it is relative to.
std::string read_inside(const Place& place) {
  const std::string text = read_not_empty(place);
  const fs::path path(text);
  const bool climbs = std::any_of(path.begin(), path.end(), [](const fs::path& part) { return part == ".."; });
  if (path.is_absolute() || climbs) place.expected("a relative path without \"..\"");
  return text;
}

void read_insides(const Place& place, std::vector<std::string>& paths) {
  read_items(place, [&](const Place& item) { paths.push_back(read_inside(item)); });
}

void read_map(const Place& place, std::map<std::string, std::string>& map) {
  read_members(place, [&](const Member& member, const Place& at) { read(at, map[member.key]); });
}

void read_replacements(const Place& place, RenderedFile& file) {
  read_members(place, [&](const Member& member, const Place& at) {
    if (member.key.empty()) at.fail("found an empty text to replace; expected one that stands in the file");
    std::string words;
    read(at, words);
    file.replace.emplace_back(member.key, std::move(words));
  });
}

void must_be_there(const Place& place, const std::string& file, const fs::path& folder) {
  std::error_code ignored;
  if (!file.empty() && !fs::is_regular_file(folder / file, ignored))
    place.fail(fmt::format("there is no file {} beside gateway.json", quote(file)));
}

std::string read_template(const Place& place, const fs::path& folder) {
  std::string file = read_inside(place);
  must_be_there(place, file, folder);
  return file;
}

RenderedFile read_rendered(const Place& place, const fs::path& folder) {
  RenderedFile file;
  Object object(place);
  file.own = object.with("own", [&](const Place& at) {
    file.template_file = read_not_empty(at);
    must_be_there(at, file.template_file, folder);
  });
  if (file.own)
    object.with("replace", [&](const Place& at) { read_replacements(at, file); });
  else
    object.must("template", [&](const Place& at) { file.template_file = read_template(at, folder); });
  object.must("path", [&](const Place& at) { file.path = read_inside(at); });
  object.finish();
  return file;
}

KnownDeviation read_known(const Place& place) {
  KnownDeviation known;
  Object object(place);
  object.required_text("scenario", known.scenario);
  object.with("variant", [&](const Place& at) { read_map(at, known.variant); });
  object.required_text("reason", known.reason);
  object.optional("link", known.link);
  object.optional("sometimes", known.sometimes);
  object.finish();
  return known;
}

void read_capabilities(Object& object, GatewayKind& kind) {
  object.must("capabilities", [&](const Place& at) {
    read_items(at, [&](const Place& item) { kind.capabilities.push_back(read_capability(item)); });
  });
  object.with("lacks", [&](const Place& at) {
    read_members(at, [&](const Member& member, const Place& why) {
      expect_capability(why, member.key);
      kind.lacks[member.key] = read_not_empty(why);
      if (std::find(kind.capabilities.begin(), kind.capabilities.end(), member.key) != kind.capabilities.end()) {
        why.fail(fmt::format("{} stands in \"capabilities\" too; expected it in one of them", quote(member.key)));
      }
    });
  });
}

std::vector<std::string> read_some(const Place& place) {
  std::vector<std::string> texts;
  read(place, texts);
  if (place.node().kind == Node::Kind::list && texts.empty()) place.fail("an empty list; expected at least one");
  return texts;
}

Installation read_installation(const Place& place) {
  Installation installation;
  Object object(place);
  object.optional("variable", installation.variable);
  object.must("folders", [&](const Place& at) { installation.folders = read_some(at); });
  object.must("version_file", [&](const Place& at) { installation.version_file = read_inside(at); });
  object.with("least_version", [&](const Place& at) {
    installation.least_version = read_not_empty(at);
    const bool plain = installation.least_version.find_first_not_of("0123456789.") == std::string::npos;
    if (!plain) at.expected("a version such as 3.13");
  });
  object.with("links", [&](const Place& at) { read_insides(at, installation.links); });
  object.finish();
  return installation;
}

Preparation read_preparation(const Place& place) {
  Preparation preparation;
  Object object(place);
  object.must("programs", [&](const Place& at) { preparation.programs = read_some(at); });
  object.optional("arguments", preparation.arguments);
  object.finish();
  return preparation;
}

OwnRequest read_request(const Place& place, const std::vector<std::string>& ports) {
  OwnRequest request;
  Object object(place);
  object.must("port", [&](const Place& at) {
    request.port = read_not_empty(at);
    if (std::find(ports.begin(), ports.end(), request.port) == ports.end())
      at.fail(fmt::format("{} is none of \"ports\"; {}", quote(request.port), expectation(request.port, ports)));
  });
  object.optional("method", request.method);
  object.required_text("path", request.path);
  object.with("headers", [&](const Place& at) { read_map(at, request.headers); });
  object.with("file", [&](const Place& at) { request.file = read_inside(at); });
  object.with("status", [&](const Place& at) { request.status = read_integer(at, 100, 599); });
  object.finish();
  return request;
}

// The ports come first: requests name them.
void read_requests(Object& object, GatewayKind& kind) {
  object.with("ports", [&](const Place& at) {
    read(at, kind.ports);
    for (const std::string& port : kind.ports) expect_name(at, port);
  });
  object.with("push", [&](const Place& at) { kind.push = read_request(at, kind.ports); });
  object.with("ready", [&](const Place& at) {
    read_items(at, [&](const Place& item) { kind.ready.push_back(read_request(item, kind.ports)); });
  });
}

void read_exports(const Place& place, GatewayKind& kind) {
  read_members(
      place, [&](const Member& member, const Place& at) { kind.exports[member.key] = read_template(at, kind.folder); });
}

void read_program(Object& object, GatewayKind& kind) {
  object.must("kind", [&](const Place& at) {
    kind.kind = read_not_empty(at);
    if (!kind.kind.empty()) expect_name(at, kind.kind);
  });
  object.required_text("title", kind.title);
  object.must("programs", [&](const Place& at) {
    read(at, kind.programs);
    if (at.node().kind == Node::Kind::list && kind.programs.empty()) at.fail("no program; expected at least one");
  });
  object.optional("program_variable", kind.program_variable);
  object.optional("package", kind.package);
  object.with("needs", [&](const Place& at) {
    read_items(at, [&](const Place& item) {
      kind.needs.push_back(read_not_empty(item));
      if (!fs::path(kind.needs.back()).is_absolute()) item.expected("an absolute path");
    });
  });
  object.optional("version_arguments", kind.version_arguments);
  object.with("version_pattern", [&](const Place& at) { kind.version_pattern = read_pattern(at, 1); });
  object.with("installation", [&](const Place& at) { kind.installation = read_installation(at); });
  object.with("program_must_say", [&](const Place& at) { kind.program_must_say = read_pattern(at); });
}

void read_process(Object& object, GatewayKind& kind) {
  object.must("files", [&](const Place& at) {
    read_items(at, [&](const Place& item) { kind.files.push_back(read_rendered(item, kind.folder)); });
  });
  object.with("exports", [&](const Place& at) { read_exports(at, kind); });
  object.optional("sites_by_name", kind.sites_by_name);
  object.optional("sites_by_path", kind.sites_by_path);
  object.with("prepare", [&](const Place& at) {
    read_items(at, [&](const Place& item) { kind.prepare.push_back(read_preparation(item)); });
  });
  object.must("arguments", [&](const Place& at) { read(at, kind.arguments); });
  object.with("environment", [&](const Place& at) { read_map(at, kind.environment); });
  object.with("reload_signal", [&](const Place& at) { kind.reload_signal = read_signal(at); });
  object.with("stop_signal", [&](const Place& at) {
    kind.stop_signal = read_signal(at);
    if (kind.stop_signal.empty()) at.expected("a signal");
  });
  object.optional("ready_within", kind.ready_within);
  object.optional("process_per_listener", kind.process_per_listener);
  object.optional("remembers_failures", kind.remembers_failures);
}

void read_logs(Object& object, GatewayKind& kind) {
  object.with("logs", [&](const Place& at) { read_insides(at, kind.logs); });
  const auto one_of_them = [&](const Place& at, std::string& log) {
    log = read_not_empty(at);
    if (!log.empty() && std::find(kind.logs.begin(), kind.logs.end(), log) == kind.logs.end())
      at.fail(fmt::format("{} is none of \"logs\"; {}", quote(log), expectation(log, kind.logs)));
  };
  object.with("error_log", [&](const Place& at) { one_of_them(at, kind.error_log); });
  kind.refusals_log = kind.error_log;
  object.with("refusals_log", [&](const Place& at) { one_of_them(at, kind.refusals_log); });
  object.with("client_pattern", [&](const Place& at) { kind.client_pattern = read_pattern(at, 1); });
  object.optional("logs_wrong_protocol", kind.logs_wrong_protocol);
  object.with("lines_follow", [&](const Place& at) {
    read(at, kind.lines_follow);
    if (kind.lines_follow && !kind.process_per_listener)
      at.fail("found without \"process_per_listener\"; expected both: else clients come at the same time");
  });
  object.with("alarms", [&](const Place& at) {
    read_items(at, [&](const Place& item) { kind.alarms.push_back(read_pattern(item)); });
  });
  object.with("harmless", [&](const Place& at) {
    read_items(at, [&](const Place& item) {
      Object entry(item);
      std::pair<std::string, std::string> line;
      entry.must("pattern", [&](const Place& pattern) { line.first = read_pattern(pattern); });
      entry.required_text("reason", line.second);
      entry.finish();
      kind.harmless.push_back(std::move(line));
    });
  });
  object.with("known", [&](const Place& at) {
    read_items(at, [&](const Place& item) { kind.known.push_back(read_known(item)); });
  });
}

}  // namespace

Result<GatewayKind> read_gateway(const fs::path& folder) {
  const fs::path path = folder / "gateway.json";
  auto root = parse_file(path);
  if (!root) return root.error();
  Document document{sanitise_line(path.string()), "", {}};
  const Place place(*root, document);
  GatewayKind kind;
  kind.folder = folder.string();
  Object object(place);
  read_program(object, kind);
  read_capabilities(object, kind);
  read_process(object, kind);
  read_requests(object, kind);
  read_logs(object, kind);
  object.finish();
  const auto& words = kind.capabilities;
  const bool reloads = !kind.reload_signal.empty() || !kind.ready.empty();
  if (!reloads && std::find(words.begin(), words.end(), "reload") != words.end()) {
    place.fail("has the capability \"reload\" but no \"reload_signal\" and no \"ready\"; expected one of them");
  }
  if (document.error) return *document.error;
  return kind;
}

Result<std::vector<GatewayKind>> read_gateways(const fs::path& folder) {
  std::vector<fs::path> folders;
  std::error_code failed;
  const std::string where = sanitise_line(folder.string());
  for (fs::directory_iterator at(folder, failed), end; !failed && at != end; at.increment(failed)) {
    std::error_code ignored;
    if (at->is_directory(ignored) && fs::exists(at->path() / "gateway.json", ignored)) folders.push_back(at->path());
  }
  if (failed) return Error{"catalog", failed.message() + "; expected a folder of gateways", where};
  if (folders.empty()) return Error{"catalog", "no gateway below; expected folders with a gateway.json", where};
  std::sort(folders.begin(), folders.end());
  std::vector<GatewayKind> kinds;
  for (const fs::path& one : folders) {
    auto kind = read_gateway(one);
    if (!kind) return kind.error();
    for (const GatewayKind& other : kinds) {
      if (other.kind != kind->kind) continue;
      return Error{"catalog", fmt::format("the kind {} is that of {} too", quote(kind->kind), other.folder),
                   sanitise_line((one / "gateway.json").string())};
    }
    kinds.push_back(std::move(*kind));
  }
  return kinds;
}

}  // namespace mtls::catalog
