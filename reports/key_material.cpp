// Key material in text: private keys in PEM or bare base64, PKCS#12 bundles, and the secrets of SSLKEYLOGFILE.
#include "reports/key_material.h"

#include <array>
#include <cctype>
#include <utility>

#include "reports/reports.h"

namespace mtls::reports {

namespace {

enum class Shape { pem, keylog, base64 };

struct Sign {
  std::string_view text;
  std::string_view kind;
  Shape shape = Shape::base64;
};

// The base64 pieces are algorithm identifiers and structure bytes (RFC 5958, RFC 8017, RFC 5915, RFC 7292) as base64
// shows them at the offset where they stand in such a key.
constexpr std::array<Sign, 15> signs{{
    {"PRIVATE KEY-----", "a private key in PEM", Shape::pem},
    {"CLIENT_RANDOM", "a TLS secret", Shape::keylog},
    {"_TRAFFIC_SECRET", "a TLS secret", Shape::keylog},
    {"EXPORTER_SECRET", "a TLS secret", Shape::keylog},
    {"IBADANBgkqhkiG9w0BAQEFAAS", "an RSA private key"},
    {"AgEAMA0GCSqGSIb3DQEBAQUABII", "an RSA private key"},
    {"AgEAMBMGByqGSM49AgEGCCqGSM49AwEHB", "a P-256 private key"},
    {"AgEAMBAGByqGSM49AgEGBSuBBAA", "an EC private key"},
    {"MC4CAQAwBQYDK2VwBCIEI", "an Ed25519 private key"},
    {"MC4CAQAwBQYDK2VuBCIEI", "an X25519 private key"},
    {"MHcCAQEEI", "a P-256 private key"},
    {"MIGkAgEBBD", "a P-384 private key"},
    {"IBAAKCAQ", "an RSA private key"},
    {"IBAAKCAg", "an RSA private key"},
    {"IBAAKBgQ", "an RSA private key"},
}};

// Line ends belong to it, also as "\n" in words: the rest of a key stands on the lines behind its sign.
bool base64_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '+' || c == '/' || c == '=' || c == '\n' ||
         c == '\r' || c == '\\';
}

bool pem_character(char c) {
  return base64_character(c) || c == '-';
}

// PFX ::= SEQUENCE { version INTEGER 3, ... } with a length of two bytes: "MII" + 3 + "IBAzCC".
std::size_t find_pkcs12(std::string_view text, std::size_t from) {
  constexpr std::string_view version = "IBAzCC";
  for (auto at = text.find(version, from); at != std::string_view::npos; at = text.find(version, at + 1)) {
    if (at >= from + 6 && text.substr(at - 6, 3) == "MII") return at;
  }
  return std::string_view::npos;
}

struct Found {
  std::size_t at = std::string_view::npos;
  Sign sign;
};

Found find(std::string_view text, std::size_t from) {
  Found first;
  for (const auto& sign : signs) {
    const auto at = text.find(sign.text, from);
    if (at < first.at) first = {at, sign};
  }
  if (const auto at = find_pkcs12(text, from); at < first.at)
    first = {at, {"IBAzCC", "a PKCS#12 bundle", Shape::base64}};
  return first;
}

// The end of a keylog line's values (RFC 9850): words of hex digits, at least eight of them.
std::size_t skip_hex_words(std::string_view text, std::size_t at) {
  for (;;) {
    auto begin = at;
    while (begin < text.size() && (text[begin] == ' ' || text[begin] == '\t')) ++begin;
    auto end = begin;
    while (end < text.size() && std::isxdigit(static_cast<unsigned char>(text[end])) != 0) ++end;
    if (begin == at || end - begin < 8) return at;
    at = end;
  }
}

bool label_character(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool belongs(Shape shape, char c) {
  switch (shape) {
    case Shape::pem: return pem_character(c);
    case Shape::keylog: return label_character(c);
    case Shape::base64: return base64_character(c);
  }
  return false;
}

// What belongs to the piece that was found: the base64 around it, or the label and the values behind it.
std::pair<std::size_t, std::size_t> extent(std::string_view text, const Found& found) {
  const auto shape = found.sign.shape;
  auto begin = found.at;
  auto end = found.at + found.sign.text.size();
  while (begin > 0 && belongs(shape, text[begin - 1])) --begin;
  while (end < text.size() && belongs(shape, text[end])) ++end;
  return {begin, shape == Shape::keylog ? skip_hex_words(text, end) : end};
}

}  // namespace

std::optional<std::string> key_material_in(std::string_view text) {
  const auto found = find(text, 0);
  if (found.at == std::string_view::npos) return std::nullopt;
  return std::string(found.sign.kind);
}

std::string without_key_material(std::string text) {
  if (find(text, 0).at == std::string_view::npos) return text;
  std::string kept;
  std::size_t from = 0;
  for (auto found = find(text, 0); found.at != std::string_view::npos; found = find(text, from)) {
    const auto [begin, end] = extent(text, found);
    if (begin > from) kept.append(text, from, begin - from);
    kept += "[key material removed]";
    from = end;
  }
  return kept.append(text, from);
}

}  // namespace mtls::reports
