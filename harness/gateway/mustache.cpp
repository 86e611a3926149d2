// Scans templates for tags, and fills them in by kainjow's mustache.
#include "harness/gateway/mustache.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <kainjow/mustache.hpp>

#include "harness/base/text.h"

namespace mtls::gateway {
namespace {

Error error_at(const std::string& file, int line, std::string what) {
  return {"render", std::move(what), fmt::format("{}:{}", file, line)};
}

bool is_word(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

struct Contents {
  char mark = ' ';  // the character that gives the tag its sort; a blank for a variable
  std::string_view name;
};

Contents contents_of(std::string_view inside) {
  inside = trim(inside);
  static constexpr std::string_view marks = "#^/!>&={";
  if (inside.empty() || marks.find(inside.front()) == std::string_view::npos) return {' ', inside};
  return {inside.front(), trim(inside.substr(1))};
}

// Nothing for a comment.
Result<std::optional<Tag>> read_tag(std::string_view inside, const std::string& file, int line) {
  const auto [mark, name] = contents_of(inside);
  if (mark == '!') return std::optional<Tag>{};
  if (mark == '>' || mark == '=' || mark == '{')
    return error_at(file, line,
                    "partials, other delimiters and triple braces are not used here; nothing is escaped, "
                    "{{name}} gives the bare value");
  if (!is_word(name))
    return error_at(file, line, fmt::format("\"{}\" is no name of a variable", sanitise_line(inside, 60)));
  Tag tag{Tag::Sort::variable, std::string(name), line};
  if (mark == '#') tag.sort = Tag::Sort::section;
  if (mark == '^') tag.sort = Tag::Sort::inverted;
  if (mark == '/') tag.sort = Tag::Sort::end;
  return std::optional<Tag>(std::move(tag));
}

Result<void> check_sections(const std::vector<Tag>& tags, const std::string& file) {
  std::vector<const Tag*> open;
  for (const Tag& tag : tags) {
    if (tag.sort == Tag::Sort::section || tag.sort == Tag::Sort::inverted) open.push_back(&tag);
    if (tag.sort != Tag::Sort::end) continue;
    if (open.empty() || open.back()->name != tag.name)
      return error_at(file, tag.line, fmt::format("{{{{/{}}}}} closes no section that is open here", tag.name));
    open.pop_back();
  }
  if (open.empty()) return {};
  return error_at(file, open.back()->line, fmt::format("the section {} is never closed", open.back()->name));
}

kainjow::mustache::data to_data(const Values& values) {
  kainjow::mustache::data data;
  for (const auto& [name, flag] : values.flags) data[name] = kainjow::mustache::data(flag);
  for (const auto& [name, text] : values.texts) data[name] = kainjow::mustache::data(text);
  for (const auto& [name, items] : values.lists) {
    kainjow::mustache::data list{kainjow::mustache::data::type::list};
    for (const Values& item : items) list.push_back(to_data(item));
    data[name] = std::move(list);
  }
  return data;
}

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t") == std::string_view::npos;
}

// The text without the blanks and the newline around tags that stand alone on their line and print nothing, as the
// mustache specification has it; kainjow leaves an empty line where such a section is skipped.
std::string without_lone_lines(std::string_view text) {
  std::string kept;
  std::size_t done = 0;
  for (std::size_t begin = text.find("{{"); begin != std::string_view::npos; begin = text.find("{{", begin)) {
    const std::size_t end = std::min(text.find("}}", begin), text.size() - 2) + 2;
    const bool prints = contents_of(text.substr(begin + 2, end - begin - 4)).mark == ' ';
    const std::size_t line = begin == 0 ? 0 : text.rfind('\n', begin - 1) + 1;
    const std::size_t newline = std::min(text.find('\n', end), text.size());
    if (!prints && line >= done && is_blank(text.substr(line, begin - line)) &&
        is_blank(text.substr(end, newline - end))) {
      kept.append(text.substr(done, line - done)).append(text.substr(begin, end - begin));
      done = std::min(newline + 1, text.size());
    }
    begin = end;
  }
  return kept.append(text.substr(done));
}

}  // namespace

Result<std::vector<Tag>> tags_of(std::string_view text, const std::string& file) {
  std::vector<Tag> tags;
  int line = 1;
  std::size_t done = 0;
  for (std::size_t begin = text.find("{{"); begin != std::string_view::npos; begin = text.find("{{", done)) {
    line += static_cast<int>(std::count(text.begin() + static_cast<std::ptrdiff_t>(done),
                                        text.begin() + static_cast<std::ptrdiff_t>(begin), '\n'));
    const std::size_t end = text.find("}}", begin + 2);
    if (end == std::string_view::npos) return error_at(file, line, "a tag is opened and never closed");
    const std::string_view inside = text.substr(begin + 2, end - begin - 2);
    Result<std::optional<Tag>> tag = read_tag(inside, file, line);
    if (!tag) return tag.error();
    if (*tag) tags.push_back(std::move(**tag));
    line += static_cast<int>(std::count(inside.begin(), inside.end(), '\n'));
    done = end + 2;
  }
  if (const Result<void> closed = check_sections(tags, file); !closed) return closed.error();
  return tags;
}

struct Filler::State {
  kainjow::mustache::data values;
};

Filler::Filler(const Values& values) : state_(std::make_unique<State>(State{to_data(values)})) {}
Filler::~Filler() = default;

Result<std::string> Filler::fill(const std::string& text, const std::string& file, const Values* inner) const {
  kainjow::mustache::mustache mustache{without_lone_lines(text)};
  mustache.set_custom_escape([](const std::string& value) { return value; });
  if (!mustache.is_valid()) return Error{"render", mustache.error_message(), file};
  kainjow::mustache::context<std::string> around(&state_->values);
  const kainjow::mustache::data item = inner ? to_data(*inner) : kainjow::mustache::data{};
  if (inner) around.push(&item);
  std::string filled = mustache.render(around);
  if (!mustache.is_valid()) return Error{"render", mustache.error_message(), file};
  return filled;
}

}  // namespace mtls::gateway
