// Builds the tree from the parser's events, and refuses what a document must not hold.
#include "harness/catalog/node.h"

#include <algorithm>
#include <iterator>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "harness/base/files.h"
#include "harness/base/text.h"

namespace mtls::catalog {
namespace {

// Hands out bytes one by one and shares with the builder how far the parser has read.
struct Cursor {
  const char* begin;
  const char* at;
  int line = 1;

  // The parser reads one byte beyond a number to see its end, so the byte read last does not count.
  int line_before_last() const { return at > begin && at[-1] == '\n' ? line - 1 : line; }
};

class ByteReader {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  ByteReader(Cursor* cursor, const char* end) : cursor_(cursor), end_(end) {}
  reference operator*() const { return *cursor_->at; }
  ByteReader& operator++() {
    if (*cursor_->at == '\n') ++cursor_->line;
    ++cursor_->at;
    return *this;
  }
  ByteReader operator++(int) {
    ByteReader before = *this;
    ++*this;
    return before;
  }
  // Only ever compared with the end, which shares no cursor.
  friend bool operator==(const ByteReader& a, const ByteReader& b) { return a.position() == b.position(); }
  friend bool operator!=(const ByteReader& a, const ByteReader& b) { return !(a == b); }

 private:
  const char* position() const { return cursor_ ? cursor_->at : end_; }
  Cursor* cursor_;
  const char* end_;
};

// Printable as it is: control characters and misleading ones would end up in configurations, logs and reports.
bool harmless(const std::string& text) {
  bool plain = std::all_of(text.begin(), text.end(),
                           [](char c) { return (c >= 0x20 && c < 0x7f) || c == '\t' || c == '\n' || c == '\r'; });
  if (plain) return true;
  std::string rest = text;
  rest.erase(std::remove(rest.begin(), rest.end(), '\r'), rest.end());
  return sanitise(rest, rest.size() + 1) == rest;
}

// Receives the parser's events. Returning false ends the parse; `fault` then says why.
class Builder {
 public:
  Builder(const Cursor& cursor, const Limits& limits) : cursor_(cursor), limits_(limits) {}

  bool null() { return add(Node::Kind::null, cursor_.line) != nullptr; }
  bool boolean(bool value) {
    Node* node = add(Node::Kind::boolean, cursor_.line);
    if (node) node->yes = value;
    return node != nullptr;
  }
  bool number_integer(std::int64_t value) {
    Node* node = add(Node::Kind::integer, cursor_.line_before_last());
    if (!node) return false;
    node->integer = value;
    node->real = static_cast<double>(value);
    return true;
  }
  bool number_unsigned(std::uint64_t value) {
    if (value > static_cast<std::uint64_t>(INT64_MAX)) return number_float(static_cast<double>(value), "");
    return number_integer(static_cast<std::int64_t>(value));
  }
  bool number_float(double value, const std::string&) {
    Node* node = add(Node::Kind::real, cursor_.line_before_last());
    if (node) node->real = value;
    return node != nullptr;
  }
  bool string(std::string& value) {
    if (!harmless(value)) return fail(cursor_.line, "a string holds control or invisible characters", "");
    Node* node = add(Node::Kind::text, cursor_.line);
    if (node) node->text = std::move(value);
    return node != nullptr;
  }
  bool binary(nlohmann::json::binary_t&) { return fail(cursor_.line, "binary data", ""); }
  bool start_object(std::size_t) { return open(Node::Kind::object); }
  bool start_array(std::size_t) { return open(Node::Kind::list); }
  bool key(std::string& value) {
    if (!harmless(value)) return fail(cursor_.line, "a key holds control or invisible characters", "");
    open_.back()->members.push_back({std::move(value), cursor_.line, {}});
    return true;
  }
  bool end_object() {
    const Member* again = duplicate(*open_.back());
    if (again) {
      return fail(again->line, fmt::format("the key {} stands here twice; once is expected", quote(again->key)),
                  again->key);
    }
    open_.pop_back();
    return true;
  }
  bool end_array() {
    open_.pop_back();
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::json::exception& error) {
    std::string_view words = error.what();
    const std::size_t cut = words.find(": ");
    if (cut != std::string_view::npos) words.remove_prefix(cut + 2);
    return fail(cursor_.line_before_last(), "not JSON: " + sanitise_line(words, 300), "");
  }

  struct Fault {
    int line;
    std::string what;
    std::string pointer;
  };
  const std::optional<Fault>& fault() const { return fault_; }
  Node take() { return std::move(root_); }

 private:
  bool fail(int line, std::string what, const std::string& key) {
    if (!fault_) fault_ = Fault{line, std::move(what), pointer() + (key.empty() ? "" : pointer_step(key))};
    return false;
  }

  std::string pointer() const {
    std::string path;
    for (const Node* node : open_) {
      if (node->kind == Node::Kind::list) {
        path += fmt::format("/{}", node->items.empty() ? 0 : node->items.size() - 1);
      } else if (!node->members.empty() && node != open_.back()) {
        path += pointer_step(node->members.back().key);
      }
    }
    return path;
  }

  Node* add(Node::Kind kind, int line) {
    if (++values_ > limits_.values) {
      fail(line, fmt::format("more than {} values in one document", limits_.values), "");
      return nullptr;
    }
    Node* node = &root_;
    if (!open_.empty() && open_.back()->kind == Node::Kind::list) {
      node = &open_.back()->items.emplace_back();
    } else if (!open_.empty()) {
      node = &open_.back()->members.back().value;
    }
    node->kind = kind;
    node->line = line;
    return node;
  }

  bool open(Node::Kind kind) {
    Node* node = add(kind, cursor_.line);
    if (!node) return false;
    if (open_.size() >= limits_.depth) {
      return fail(cursor_.line, fmt::format("nested deeper than {} levels", limits_.depth), "");
    }
    // Stays valid while it is open: only the innermost container grows.
    open_.push_back(node);
    return true;
  }

  static const Member* duplicate(const Node& object) {
    std::vector<const Member*> sorted;
    sorted.reserve(object.members.size());
    for (const Member& member : object.members) sorted.push_back(&member);
    std::sort(sorted.begin(), sorted.end(),
              [](const Member* a, const Member* b) { return a->key != b->key ? a->key < b->key : a < b; });
    const Member* first = nullptr;
    for (std::size_t i = 1; i < sorted.size(); ++i) {
      if (sorted[i]->key == sorted[i - 1]->key && (!first || sorted[i] < first)) first = sorted[i];
    }
    return first;
  }

  const Cursor& cursor_;
  Limits limits_;
  Node root_;
  std::vector<Node*> open_;
  std::size_t values_ = 0;
  std::optional<Fault> fault_;
};

// What the parser would pass over in silence: it skips a byte order mark and takes a NUL for the end.
std::optional<Error> refuse_bytes(std::string_view text, const std::string& file, const Limits& limits) {
  if (text.size() > limits.bytes) {
    return Error{"catalog", fmt::format("{} bytes; at most {} are read", text.size(), limits.bytes), file};
  }
  if (text.substr(0, 3) == "\xef\xbb\xbf" || text.substr(0, 2) == "\xff\xfe" || text.substr(0, 2) == "\xfe\xff") {
    return Error{"catalog", "begins with a byte order mark; expected UTF-8 without one", spell_place(file, "", 1)};
  }
  const std::size_t nul = text.find('\0');
  if (nul != std::string_view::npos) {
    const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(nul), '\n');
    return Error{"catalog", "a NUL byte; expected text", spell_place(file, "", static_cast<int>(line))};
  }
  return std::nullopt;
}

}  // namespace

const Member* Node::find(std::string_view key) const {
  for (const Member& member : members) {
    if (member.key == key) return &member;
  }
  return nullptr;
}

std::string quote(std::string_view text) {
  return fmt::format("\"{}\"", sanitise_line(text, 60));
}

std::string describe(const Node& node) {
  switch (node.kind) {
    case Node::Kind::null: return "null";
    case Node::Kind::boolean: return node.yes ? "true" : "false";
    case Node::Kind::integer: return fmt::format("the number {}", node.integer);
    case Node::Kind::real: return fmt::format("the number {}", node.real);
    case Node::Kind::text: return "the string " + quote(node.text);
    case Node::Kind::list: return "a list";
    case Node::Kind::object: return "an object";
  }
  return "";
}

std::string pointer_step(std::string_view key) {
  std::string step = "/";
  for (char c : key) {
    if (c == '~') {
      step += "~0";
    } else if (c == '/') {
      step += "~1";
    } else {
      step += c;
    }
  }
  return step.size() > 100 ? sanitise_line(step, 100) : step;
}

std::string spell_place(const std::string& file, const std::string& pointer, int line) {
  return fmt::format("{}: {} (line {})", file, pointer.empty() ? "/" : pointer, line);
}

Result<Node> parse(std::string_view text, const std::string& file, const Limits& limits) {
  if (auto refused = refuse_bytes(text, file, limits)) return *refused;
  Cursor cursor{text.data(), text.data()};
  Builder builder(cursor, limits);
  const char* end = text.data() + text.size();
  const bool whole = nlohmann::json::sax_parse(ByteReader(&cursor, end), ByteReader(nullptr, end), &builder);
  if (builder.fault()) {
    const Builder::Fault& fault = *builder.fault();
    return Error{"catalog", fault.what, spell_place(file, fault.pointer, fault.line)};
  }
  if (!whole) return Error{"catalog", "not JSON", file};
  return builder.take();
}

Result<Node> parse_file(const std::filesystem::path& path) {
  std::error_code ignored;
  const auto status = std::filesystem::status(path, ignored);
  const std::string file = sanitise_line(path.string());
  if (!std::filesystem::exists(status)) return Error{"catalog", "no such file", file};
  if (!std::filesystem::is_regular_file(status)) return Error{"catalog", "not a file; expected a JSON document", file};
  auto text = read_file(path, Limits{}.bytes);
  if (!text) return Error{"catalog", text.error().what, file};
  return parse(*text, file);
}

}  // namespace mtls::catalog
