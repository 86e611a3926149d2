// Named entries that may say `like` another one: each is read after the one it is like, whatever the order in the file.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "harness/base/text.h"
#include "harness/catalog/place.h"

namespace mtls::catalog {

// T is the entry's value. `like` names an entry of the same section, else a standard one; an entry that is like its own
// name deviates from the standard one of that name.
template <class T>
class Entries {
 public:
  // `standard(name)` is a const T* or null; `read_entry(name, place, base)` makes a T, base being a const T* or null.
  template <class Standard, class Read>
  std::vector<T> read(const Place& section, Standard standard, Read read_entry) {
    if (section.node().kind != Node::Kind::object) {
      section.expected("an object of named entries");
      return {};
    }
    const auto& members = section.node().members;
    values_.assign(members.size(), T{});
    states_.assign(members.size(), State::untouched);
    for (std::size_t i = 0; i < members.size(); ++i) index_.emplace(members[i].key, i);
    for (std::size_t i = 0; i < members.size(); ++i) resolve(i, section, standard, read_entry, 0);
    return std::move(values_);
  }

 private:
  enum class State { untouched, underway, done };

  template <class Standard, class Read>
  void resolve(std::size_t i, const Place& section, Standard& standard, Read& read_entry, int depth) {
    if (states_[i] == State::done) return;
    states_[i] = State::underway;
    const Member& member = section.node().members[i];
    const Place place = section.at(member);
    expect_name(place, member.key);
    const T* base = nullptr;
    if (const Member* like = place.node().find("like")) {
      base = find(member.key, place.at(*like), section, standard, read_entry, depth);
    }
    values_[i] = read_entry(member.key, place, base);
    states_[i] = State::done;
  }

  template <class Standard, class Read>
  const T* find(const std::string& self, const Place& like, const Place& section, Standard& standard, Read& read_entry,
                int depth) {
    const std::string name = read_not_empty(like);
    if (name.empty()) return nullptr;
    const auto own = index_.find(name);
    if (own == index_.end() || name == self) {
      const T* value = standard(name);
      if (!value) unknown(like, name);
      return value;
    }
    if (states_[own->second] == State::underway || depth > max_chain) {
      like.fail(
          fmt::format("{} is like itself, through {}; expected a chain of `like` that ends", quote(self), quote(name)));
      return nullptr;
    }
    resolve(own->second, section, standard, read_entry, depth + 1);
    return &values_[own->second];
  }

  void unknown(const Place& like, const std::string& name) const {
    std::vector<std::string> known;
    for (const auto& [key, i] : index_) known.emplace_back(key);
    const std::string near = name.size() > 60 ? "" : nearest(name, known);
    like.fail(fmt::format("there is no {} to be like; expected an entry of this section or a standard one{}",
                          quote(name), near.empty() ? "" : "; did you mean " + quote(near) + "?"));
  }

  static constexpr int max_chain = 100;
  std::vector<T> values_;
  std::vector<State> states_;
  std::unordered_map<std::string_view, std::size_t> index_;
};

}  // namespace mtls::catalog
