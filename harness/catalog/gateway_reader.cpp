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

RenderedFile read_rendered(const Place& place, const fs::path& folder) {
  RenderedFile file;
  Object object(place);
  const auto must_be_there = [&](const Place& at) {
    std::error_code ignored;
    if (!file.template_file.empty() && !fs::is_regular_file(folder / file.template_file, ignored)) {
      at.fail(fmt::format("there is no file {} beside gateway.json", quote(file.template_file)));
    }
  };
  file.own = object.with("own", [&](const Place& at) {
    file.template_file = read_not_empty(at);
    must_be_there(at);
  });
  if (file.own)
    object.with("replace", [&](const Place& at) { read_replacements(at, file); });
  else
    object.must("template", [&](const Place& at) {
      file.template_file = read_inside(at);
      must_be_there(at);
    });
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
}

void read_process(Object& object, GatewayKind& kind) {
  object.must("files", [&](const Place& at) {
    read_items(at, [&](const Place& item) { kind.files.push_back(read_rendered(item, kind.folder)); });
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
  object.with("error_log", [&](const Place& at) {
    kind.error_log = read_not_empty(at);
    if (!kind.error_log.empty() && std::find(kind.logs.begin(), kind.logs.end(), kind.error_log) == kind.logs.end()) {
      at.fail(fmt::format("{} is none of \"logs\"; {}", quote(kind.error_log), expectation(kind.error_log, kind.logs)));
    }
  });
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
  read_logs(object, kind);
  object.finish();
  const auto& words = kind.capabilities;
  if (kind.reload_signal.empty() && std::find(words.begin(), words.end(), "reload") != words.end()) {
    place.fail("has the capability \"reload\" but no \"reload_signal\"; expected both");
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
