// Renders a kind's templates, and writes them with the material they mention.
#include "harness/gateway/render.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "harness/base/files.h"
#include "harness/base/text.h"
#include "harness/gateway/material_files.h"
#include "harness/gateway/mustache.h"
#include "harness/gateway/own_file.h"
#include "harness/gateway/own_values.h"
#include "harness/gateway/plan_values.h"
#include "harness/gateway/vocabulary.h"

namespace mtls::gateway {
namespace {

// How often a file is written: once, or once for each listener or site, where its path mentions their number.
enum class Repeat { once, listeners, all_sites };

struct Source {
  std::string text;
  std::string label;  // for errors
  std::string path;   // of the file it makes, a template too
  Repeat repeat = Repeat::once;
};

std::vector<std::string> around(Repeat repeat) {
  switch (repeat) {
    case Repeat::once: return {};
    case Repeat::listeners: return {"listeners"};
    case Repeat::all_sites: return {"all_sites"};
  }
  return {};
}

// Checks a text's tags and adds their names to `mentioned`.
Result<void> scan(const std::string& text, const std::string& label, Repeat repeat, std::set<std::string>& mentioned) {
  const Result<std::vector<Tag>> tags = tags_of(text, label);
  if (!tags) return tags.error();
  std::vector<const Tag*> within;
  for (const Tag& tag : *tags) {
    if (tag.sort == Tag::Sort::end) {
      within.pop_back();
      continue;
    }
    // A section about a port asks whether the kind has it; inside of it the port is there.
    const bool asks = tag.sort != Tag::Sort::variable && tag.name.rfind(port_prefix, 0) == 0;
    const bool there = std::any_of(within.begin(), within.end(), [&](const Tag* section) {
      return section->sort == Tag::Sort::section && section->name == tag.name;
    });
    if (!asks && !there) mentioned.insert(tag.name);
    if (tag.sort != Tag::Sort::variable) within.push_back(&tag);
  }
  return check_words(*tags, label, around(repeat));
}

bool stays_inside(const std::filesystem::path& path) {
  return !path.empty() && path.is_relative() &&
         std::none_of(path.begin(), path.end(), [](const std::filesystem::path& part) { return part == ".."; });
}

Result<Source> read_source(const GatewayKind& kind, const RenderedFile& file, std::set<std::string>& mentioned) {
  const std::filesystem::path place = std::filesystem::path(kind.folder) / file.template_file;
  Source source{"", place.string(), file.path, Repeat::once};
  if (!stays_inside(file.path))
    return Error{"render", "a rendered file must lie in the gateway's folder", sanitise_line(file.path)};
  Result<std::string> text = file.own ? own_template(place, file.replace) : read_file(place);
  if (!text) return text.error();
  source.text = std::move(*text);
  if (file.path.find("{{listener_index}}") != std::string::npos) source.repeat = Repeat::listeners;
  // It has one site, and speaks of it throughout.
  if (file.own || file.path.find("{{site_index}}") != std::string::npos) source.repeat = Repeat::all_sites;
  if (const Result<void> fit = scan(file.path, source.label, source.repeat, mentioned); !fit) return fit.error();
  if (const Result<void> fit = scan(source.text, source.label, source.repeat, mentioned); !fit) return fit.error();
  return source;
}

// `item`: the listener or site that the file is about; null: all of them.
Result<void> write_one(const Source& source, const Filler& filler, const Values* item,
                       const std::filesystem::path& folder) {
  const Result<std::string> path = filler.fill(source.path, source.label, item);
  if (!path) return path.error();
  const Result<std::string> text = filler.fill(source.text, source.label, item);
  if (!text) return text.error();
  const std::filesystem::path place = folder / *path;
  std::error_code failed;
  std::filesystem::create_directories(place.parent_path(), failed);
  if (failed) return Error{"render", "cannot make the folder: " + failed.message(), place.parent_path().string()};
  return write_file(place, *text, text->find("PRIVATE KEY") != std::string::npos);
}

Result<void> write_source(const Source& source, const Values& all, const Filler& filler,
                          const std::filesystem::path& folder) {
  if (source.repeat == Repeat::once) return write_one(source, filler, nullptr, folder);
  for (const Values& item : all.lists.at(around(source.repeat).front()))
    if (const Result<void> written = write_one(source, filler, &item, folder); !written) return written;
  return {};
}

Result<void> scan_command_line(const GatewayKind& kind, std::set<std::string>& mentioned) {
  const std::string label = (std::filesystem::path(kind.folder) / "gateway.json").string();
  for (const std::string& argument : kind.arguments)
    if (const Result<void> fit = scan(argument, label, Repeat::once, mentioned); !fit) return fit;
  for (const auto& [name, value] : kind.environment)
    if (const Result<void> fit = scan(value, label, Repeat::once, mentioned); !fit) return fit;
  for (const Preparation& preparation : kind.prepare)
    for (const std::vector<std::string>& texts : {preparation.programs, preparation.arguments})
      for (const std::string& text : texts)
        if (const Result<void> fit = scan(text, label, Repeat::once, mentioned); !fit) return fit;
  std::vector<OwnRequest> requests = kind.ready;
  if (kind.push) requests.push_back(*kind.push);
  for (const OwnRequest& request : requests) {
    if (const Result<void> fit = scan(request.path, label, Repeat::once, mentioned); !fit) return fit;
    for (const auto& [name, value] : request.headers)
      if (const Result<void> fit = scan(value, label, Repeat::once, mentioned); !fit) return fit;
  }
  return {};
}

// A port that a template mentions is one of the kind's.
Result<void> check_ports(const std::set<std::string>& mentioned, const GatewayKind& kind) {
  for (const std::string& word : mentioned) {
    if (word.rfind(port_prefix, 0) != 0) continue;
    const std::string port = word.substr(port_prefix.size());
    if (std::find(kind.ports.begin(), kind.ports.end(), port) == kind.ports.end())
      return Error{"render",
                   fmt::format("\"{}\" is mentioned, and \"ports\" of gateway.json holds no \"{}\"", word, port),
                   kind.folder};
  }
  return {};
}

// Where the gateway's own ports are: on the address that it listens on, which nothing else uses.
std::string own_address(const Plan& plan) {
  if (plan.listeners.empty() || plan.listeners.front().at.address.rfind("127.", 0) != 0) return "127.0.0.1";
  return plan.listeners.front().at.address;
}

Result<CommandLine> fill_command_line(const GatewayKind& kind, const Plan& plan, const Filler& filler) {
  CommandLine line;
  for (const std::string& argument : kind.arguments) {
    Result<std::string> filled = filler.fill(argument, kind.folder);
    if (!filled) return filled.error();
    line.arguments.push_back(std::move(*filled));
  }
  for (const auto& [name, value] : kind.environment) {
    Result<std::string> filled = filler.fill(value, kind.folder);
    if (!filled) return filled.error();
    line.environment[name] = std::move(*filled);
  }
  line.configuration = kind.files.empty() ? plan.folder : plan.folder / kind.files.front().path;
  return line;
}

}  // namespace

Result<CommandLine> render_all(const GatewayKind& kind, const Plan& plan, const std::filesystem::path& home) {
  std::set<std::string> mentioned;
  std::vector<Source> sources;
  for (const RenderedFile& file : kind.files) {
    Result<Source> source = read_source(kind, file, mentioned);
    if (!source) return source.error();
    sources.push_back(std::move(*source));
  }
  if (const Result<void> fit = scan_command_line(kind, mentioned); !fit) return fit.error();
  if (const Result<void> fit = check_ports(mentioned, kind); !fit) return fit.error();
  MaterialFiles files(plan.folder);
  Result<Values> values = values_of(plan, mentioned, files);
  if (!values) return values.error();
  const Result<OwnValues> own = next_own_values(kind, plan.folder, own_address(plan), home);
  if (!own) return own.error();
  add_own_values(*own, *values);
  const Filler filler(*values);
  for (const Source& source : sources)
    if (const Result<void> written = write_source(source, *values, filler, plan.folder); !written)
      return written.error();
  if (const Result<void> written = files.write(); !written) return written.error();
  return fill_command_line(kind, plan, filler);
}

std::filesystem::path folder_of(const GatewayKind& kind, const std::filesystem::path& folder, std::size_t listener) {
  return kind.process_per_listener ? folder / fmt::format("listener-{}", listener) : folder;
}

Result<std::vector<Plan>> plans_of(const GatewayKind& kind, const Plan& plan) {
  if (!kind.process_per_listener) return std::vector<Plan>{plan};
  std::vector<Plan> plans;
  for (const Listener& listener : plan.listeners) {
    const std::filesystem::path folder = folder_of(kind, plan.folder, plans.size());
    std::error_code failed;
    std::filesystem::create_directories(folder, failed);
    if (!failed) std::filesystem::permissions(folder, std::filesystem::perms::owner_all, failed);
    if (failed) return Error{"render", "cannot make the folder: " + failed.message(), folder.string()};
    plans.push_back({{listener}, folder});
  }
  return plans;
}

Result<void> render(const GatewayKind& kind, const Plan& plan) {
  const Result<std::vector<Plan>> plans = plans_of(kind, plan);
  if (!plans) return plans.error();
  for (const Plan& one : *plans)
    if (const Result<CommandLine> rendered = render_all(kind, one, {}); !rendered) return rendered.error();
  return {};
}

Result<std::string> render_export(const GatewayKind& kind, const Plan& plan, const std::string& format,
                                  const std::string& query) {
  const auto found = kind.exports.find(format);
  if (found == kind.exports.end()) return Error{"render", "has no format called \"" + format + "\"", kind.kind};
  std::set<std::string> mentioned;
  const Result<Source> source = read_source(kind, {found->second, found->second}, mentioned);
  if (!source) return source.error();
  MaterialFiles files(plan.folder);
  Result<Values> values = values_of(plan, mentioned, files);
  if (!values) return values.error();
  if (!query.empty()) values->texts["query"] = query;
  return Filler(*values).fill(source->text, source->label);
}

}  // namespace mtls::gateway
