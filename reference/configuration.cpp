// Reads the configuration file, line by line, strictly.
#include "reference/configuration.h"

#include <algorithm>
#include <charconv>
#include <functional>
#include <map>
#include <stdexcept>

#include <fmt/format.h>

#include "harness/base/files.h"
#include "harness/base/text.h"

namespace mtls::reference {
namespace {

using Words = std::vector<std::string>;

// Never leaves this file.
struct Mistake : std::runtime_error {
  using std::runtime_error::runtime_error;
};

Words words_of(std::string_view line) {
  Words words;
  for (const std::string& word : split(line.substr(0, line.find('#')), ' ')) {
    if (const std::string_view plain = trim(word); !plain.empty()) words.emplace_back(plain);
  }
  return words;
}

int number_of(const std::string& word, int least, int most) {
  int number = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (error != std::errc() || end != word.data() + word.size() || number < least || number > most)
    throw Mistake(fmt::format("\"{}\" is no number from {} to {}", word, least, most));
  return number;
}

Endpoint endpoint_of(const std::string& word) {
  const std::size_t colon = word.rfind(':');
  if (colon == std::string::npos) throw Mistake(fmt::format("\"{}\" is not ADDRESS:PORT", word));
  std::string address = word.substr(0, colon);
  if (address.size() > 2 && address.front() == '[' && address.back() == ']') {
    address = address.substr(1, address.size() - 2);
  }
  return {address, static_cast<std::uint16_t>(number_of(word.substr(colon + 1), 1, 65535))};
}

Endpoint responder_of(const std::string& word) {
  static constexpr std::string_view scheme = "http://";
  if (word.rfind(scheme, 0) != 0) throw Mistake(fmt::format("\"{}\" is not http://ADDRESS:PORT", word));
  const std::string rest = word.substr(scheme.size());
  return endpoint_of(rest.substr(0, rest.find('/')));
}

TlsVersion version_of(const std::string& word) {
  for (const TlsVersion version : all_tls_versions) {
    if (name(version) == word) return version;
  }
  throw Mistake(fmt::format("\"{}\" is no TLS version that is spoken here", word));
}

template <class Value, std::size_t size>
Value value_of(const std::string& word, const std::array<Value, size>& all) {
  for (const Value value : all) {
    if (name(value) == word) return value;
  }
  throw Mistake(fmt::format("\"{}\" is no word for this", word));
}

std::string variable_of(const std::string& word) {
  const auto& known = header_variables();
  if (std::find(known.begin(), known.end(), word) != known.end()) return word;
  throw Mistake(fmt::format("unknown variable \"{}\"; known are {}", word, join(known, ", ")));
}

class Reader {
 public:
  void take(const Words& words) {
    const auto found = keywords().find(words.front());
    if (found == keywords().end()) throw Mistake(fmt::format("unknown keyword \"{}\"", words.front()));
    if (words.size() != found->second.values + 1)
      throw Mistake(fmt::format("\"{}\" takes {} values", words.front(), found->second.values));
    found->second.apply(*this, words);
  }

  Configuration done() {
    if (configuration_.listeners.empty()) throw Mistake("no listener");
    for (const ListenerConfiguration& listener : configuration_.listeners) {
      if (listener.sites.empty()) throw Mistake("no site for " + to_string(listener.at));
      for (const SiteConfiguration& site : listener.sites) {
        if (site.leg.upstream.port == 0) throw Mistake("a site of " + to_string(listener.at) + " has no upstream");
      }
    }
    return std::move(configuration_);
  }

 private:
  struct Keyword {
    std::size_t values;
    std::function<void(Reader&, const Words&)> apply;
  };

  ListenerConfiguration& listener() {
    if (configuration_.listeners.empty()) throw Mistake("this must stand below a listener");
    return configuration_.listeners.back();
  }
  SiteConfiguration& site() {
    if (listener().sites.empty()) throw Mistake("this must stand below a site");
    return listener().sites.back();
  }
  LegConfiguration& leg() { return site().leg; }

  static void add_listener_words(std::map<std::string, Keyword>& all) {
    all["listener"] = {
        1, [](Reader& r, const Words& w) { r.configuration_.listeners.emplace_back().at = endpoint_of(w[1]); }};
    all["tls"] = {0, [](Reader& r, const Words&) { r.listener().tls = true; }};
    all["reject-unknown-names"] = {0, [](Reader& r, const Words&) { r.listener().reject_unknown_names = true; }};
    all["site"] = {0, [](Reader& r, const Words&) { r.listener().sites.emplace_back(); }};
  }

  static void add_site_words(std::map<std::string, Keyword>& all) {
    all["name"] = {1, [](Reader& r, const Words& w) { r.site().names.push_back(w[1]); }};
    all["certificate"] = {1, [](Reader& r, const Words& w) { r.site().certificate_file = w[1]; }};
    all["key"] = {1, [](Reader& r, const Words& w) { r.site().key_file = w[1]; }};
    all["versions"] = {2, [](Reader& r, const Words& w) { r.site().versions = {version_of(w[1]), version_of(w[2])}; }};
    all["resumption"] = {0, [](Reader& r, const Words&) { r.site().resumption = true; }};
    all["client-auth"] = {1,
                          [](Reader& r, const Words& w) { r.site().client_auth = value_of(w[1], all_client_auths); }};
    all["trust"] = {1, [](Reader& r, const Words& w) { r.site().trust_file = w[1]; }};
    all["crl"] = {1, [](Reader& r, const Words& w) { r.site().crl_file = w[1]; }};
    all["depth"] = {1, [](Reader& r, const Words& w) { r.site().depth = number_of(w[1], 0, 100); }};
    all["ocsp"] = {1, [](Reader& r, const Words& w) { r.site().responder = responder_of(w[1]); }};
    all["identity"] = {1, [](Reader& r, const Words& w) { r.site().identity = value_of(w[1], all_identity_headers); }};
    all["add-header"] = {
        2, [](Reader& r, const Words& w) { r.site().added_headers.emplace_back(w[1], variable_of(w[2])); }};
  }

  static void add_leg_words(std::map<std::string, Keyword>& all) {
    all["upstream"] = {1, [](Reader& r, const Words& w) { r.leg().upstream = endpoint_of(w[1]); }};
    all["upstream-timeout"] = {
        1, [](Reader& r, const Words& w) { r.leg().timeout = std::chrono::milliseconds(number_of(w[1], 1, 600'000)); }};
    all["leg-tls"] = {0, [](Reader& r, const Words&) { r.leg().tls = true; }};
    all["leg-certificate"] = {1, [](Reader& r, const Words& w) { r.leg().certificate_file = w[1]; }};
    all["leg-key"] = {1, [](Reader& r, const Words& w) { r.leg().key_file = w[1]; }};
    all["leg-verify"] = {0, [](Reader& r, const Words&) { r.leg().verify = true; }};
    all["leg-trust"] = {1, [](Reader& r, const Words& w) { r.leg().trust_file = w[1]; }};
    all["leg-crl"] = {1, [](Reader& r, const Words& w) { r.leg().crl_file = w[1]; }};
    all["leg-depth"] = {1, [](Reader& r, const Words& w) { r.leg().depth = number_of(w[1], 0, 100); }};
    all["leg-versions"] = {2, [](Reader& r, const Words& w) {
                             r.leg().versions = {version_of(w[1]), version_of(w[2])};
                           }};
    all["leg-name"] = {1, [](Reader& r, const Words& w) { r.leg().name = w[1]; }};
    all["leg-sni"] = {0, [](Reader& r, const Words&) { r.leg().send_sni = true; }};
  }

  static const std::map<std::string, Keyword>& keywords() {
    static const auto all = [] {
      std::map<std::string, Keyword> made;
      add_listener_words(made);
      add_site_words(made);
      add_leg_words(made);
      return made;
    }();
    return all;
  }

  Configuration configuration_;
};

}  // namespace

const std::vector<std::string>& header_variables() {
  static const std::vector<std::string> all{"$client_dn", "$client_serial", "$client_fingerprint", "$server_name"};
  return all;
}

Result<Configuration> read_configuration(const std::filesystem::path& file) {
  const Result<std::string> text = read_file(file);
  if (!text) return text.error();
  Reader reader;
  int number = 0;
  try {
    for (const std::string& line : split(*text, '\n')) {
      ++number;
      if (const Words words = words_of(line); !words.empty()) reader.take(words);
    }
    return reader.done();
  } catch (const Mistake& mistake) {
    return Error{"configuration", mistake.what(), fmt::format("{}:{}", file.string(), number)};
  }
}

}  // namespace mtls::reference
