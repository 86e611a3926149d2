// Reads inventories: gateways that already run.
#include <algorithm>
#include <charconv>

#include "harness/base/text.h"
#include "harness/catalog/catalog.h"
#include "harness/catalog/place.h"

namespace mtls::catalog {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view right_client = "client";
constexpr std::string_view valid_word = "valid";
constexpr std::int64_t most_connections = 64;

class InventoryReader {
 public:
  InventoryReader(fs::path file, const Standard& standard) : file_(std::move(file)), folder_(file_.parent_path()) {
    for (const CredentialSpec& credential : standard.pki.credentials) {
      const std::string& name = credential.certificate.name;
      if (name == right_client) names_.emplace_back(valid_word);
      if (name.starts_with("client-")) names_.push_back(name.substr(right_client.size() + 1));
    }
  }

  RunningGateway gateway(const Place& place) const {
    RunningGateway read;
    read.inventory = file_.string();
    Object object(place);
    object.must("name", [&](const Place& at) {
      read.name = read_not_empty(at);
      if (!read.name.empty()) expect_name(at, read.name);
    });
    object.must("address", [&](const Place& at) { address(at, read); });
    object.with("sni", [&](const Place& at) { read.sni = word(at); });
    object.with("kind", [&](const Place& at) { read.kind = word(at); });
    object.with("trust", [&](const Place& at) { read.trust = existing(at); });
    object.with("issue_with", [&](const Place& at) { read.issue_with = authority(at); });
    object.with("credentials", [&](const Place& at) { credentials(at, read); });
    object.with("path", [&](const Place& at) {
      read.path = word(at);
      if (!read.path.starts_with('/')) at.expected("a path that begins with /");
    });
    object.optional("upstream_echo", read.upstream_echo);
    object.with("connections", [&](const Place& at) { read.connections = read_integer(at, 1, most_connections); });
    object.with("log", [&](const Place& at) {
      read.log = existing(at);
      if (read.connections > 1)
        at.fail("a log is read line by line while one connection is open; expected it without \"connections\"");
    });
    object.with("tls", [&](const Place& at) { versions(at, read); });
    object.finish();
    if (!read.issue_with && read.credentials.count(std::string(right_client)) == 0)
      place.fail(
          "neither \"issue_with\" nor a \"valid\" credential; without a right client no refusal proves anything");
    return read;
  }

 private:
  // What becomes part of a request holds no blank and no control character.
  static std::string word(const Place& place) {
    const std::string text = read_not_empty(place);
    const bool clean = std::all_of(text.begin(), text.end(), [](unsigned char c) { return c > 0x20 && c < 0x7f; });
    if (!clean) place.expected("ASCII text without blanks");
    return text;
  }

  static void address(const Place& place, RunningGateway& read) {
    const std::string text = word(place);
    const auto colon = text.rfind(':');
    if (colon == std::string::npos || colon == 0) return place.expected("HOST:PORT");
    read.host = text.substr(0, colon);
    if (read.host.front() == '[' && read.host.back() == ']') read.host = read.host.substr(1, read.host.size() - 2);
    const char* end = text.data() + text.size();
    const auto [stopped, failed] = std::from_chars(text.data() + colon + 1, end, read.port);
    if (failed != std::errc() || stopped != end || read.port == 0) place.expected("HOST:PORT, a port from 1 to 65535");
  }

  std::string existing(const Place& place) const {
    const std::string text = read_not_empty(place);
    const fs::path path = folder_ / text;
    std::error_code ignored;
    if (!text.empty() && !fs::is_regular_file(path, ignored))
      place.fail("there is no file " + quote(path.string()) + "; paths are relative to the inventory's folder");
    return path.string();
  }

  void files(Object& object, HeldFiles& held) const {
    const bool bundled = object.with("pkcs12", [&](const Place& at) { held.pkcs12 = existing(at); });
    if (bundled && object.has("certificate")) object.place().fail("has both \"pkcs12\" and \"certificate\"");
    if (!bundled) {
      object.must("certificate", [&](const Place& at) { held.certificate = existing(at); });
      object.with("key", [&](const Place& at) { held.key = existing(at); });
    }
    object.with("pass_file", [&](const Place& at) { held.passphrase = existing(at); });
  }

  TestAuthority authority(const Place& place) const {
    TestAuthority read;
    Object object(place);
    files(object, read.files);
    object.optional("direct", read.direct);
    object.finish();
    return read;
  }

  void credentials(const Place& place, RunningGateway& read) const {
    read_members(place, [&](const Member& member, const Place& at) {
      if (std::find(names_.begin(), names_.end(), member.key) == names_.end())
        at.fail("no credential is called " + quote(member.key) + "; " + expectation(member.key, names_), member.line);
      Object object(at);
      const std::string name =
          member.key == valid_word ? std::string(right_client) : fmt::format("{}-{}", right_client, member.key);
      files(object, read.credentials[name]);
      object.finish();
    });
  }

  static void versions(const Place& place, RunningGateway& read) {
    read.tls.clear();
    read_items(place, [&](const Place& item) { read.tls.push_back(read_word(item, all_tls_versions)); });
    if (read.tls.empty()) place.expected("at least one TLS version");
  }

  fs::path file_, folder_;
  std::vector<std::string> names_;  // of the credentials that a user may give
};

}  // namespace

Result<std::vector<RunningGateway>> read_inventory(const fs::path& file, const Standard& standard) {
  const Result<Node> node = parse_file(file);
  if (!node) return node.error();
  Document document{sanitise_line(file.string()), {}, {}};
  const Place root(*node, document);
  const InventoryReader reader(file, standard);
  std::vector<RunningGateway> gateways;
  Object object(root);
  object.must("gateways", [&](const Place& list) {
    read_items(list, [&](const Place& item) {
      RunningGateway read = reader.gateway(item);
      for (const RunningGateway& other : gateways)
        if (other.name == read.name) item.fail("two gateways are called " + quote(read.name));
      gateways.push_back(std::move(read));
    });
    if (list.node().kind == Node::Kind::list && gateways.empty()) list.expected("at least one gateway");
  });
  object.finish();
  if (document.error) return *document.error;
  return gateways;
}

}  // namespace mtls::catalog
