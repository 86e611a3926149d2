// The table of variables and the check of templates against it.
#include "harness/gateway/vocabulary.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "harness/base/text.h"

namespace mtls::gateway {
namespace {

constexpr std::array words{
    Word{"folder", Scope::anywhere, "the gateway's private folder, an absolute path"},
    Word{"workers", Scope::anywhere, "how many worker processes or threads to use"},
    Word{"connections", Scope::anywhere, "connections that must be possible at once, listeners included"},
    Word{"listeners", Scope::anywhere, "list: one address and port each"},
    Word{"all_sites", Scope::anywhere, "list: every site of every listener, with one `last` over all"},
    Word{"tls_sites", Scope::anywhere, "list: those of them that speak TLS, with a `last` of their own"},
    Word{"home", Scope::anywhere, "folder of the `installation`"},
    Word{"own_address", Scope::anywhere, "numeric address of the gateway's own `ports`"},
    Word{"secret", Scope::anywhere, "a random word of the gateway's own, the same in all its files"},
    Word{"revision", Scope::anywhere, "number of this rendering, from 1"},
    Word{"attempt", Scope::anywhere, "number of this sending of a request, from 1; in a file it is 0"},
    Word{"query", Scope::anywhere, "in an export: what the user wants after the address of each request"},

    Word{"first", Scope::list_item, "flag: the first item of the innermost list"},
    Word{"last", Scope::list_item, "flag: the last one; {{^last}},{{/last}} is JSON's comma"},

    Word{"listener_index", Scope::listener, "number of the listener, from 0"},
    Word{"address", Scope::listener, "numeric address to listen on"},
    Word{"port", Scope::listener, "port to listen on"},
    Word{"endpoint", Scope::listener, "address:port, IPv6 in brackets"},
    Word{"tls", Scope::listener, "flag: speaks TLS; else plain HTTP"},
    Word{"shared", Scope::listener, "flag: more than one site, told apart by name"},
    Word{"reject_unknown_names", Scope::listener, "flag: a handshake for a name of no site here is refused"},
    Word{"sites", Scope::listener, "list: the listener's sites; the first one is for unknown and absent names"},

    Word{"site_index", Scope::site, "number of the site over all listeners, from 0"},
    Word{"location", Scope::site, "what its requests' paths begin with; / but for a kind with `sites_by_path`"},
    Word{"opens_server", Scope::site, "flag: not a location of the site before it"},
    Word{"closes_server", Scope::site, "flag: the site after it is no location of the same server"},
    Word{"has_names", Scope::site, "flag: the site has server names"},
    Word{"first_name", Scope::site, "its first server name"},
    Word{"names", Scope::site, "list: its server names"},
    Word{"names_joined", Scope::site, "its server names with a blank between"},
    Word{"name", Scope::name_item, "one server name"},
    Word{"credential", Scope::site, "flag: the site has a server certificate"},
    Word{"certificate_file", Scope::site, "PEM file: leaf, then the chain that is sent"},
    Word{"key_file", Scope::site, "PEM file: private key (PKCS#8)"},
    Word{"certificate_pem", Scope::site,
         "text of `certificate_file`, \\n for each line's end: to stand in quotes in JSON or YAML"},
    Word{"key_pem", Scope::site, "text of `key_file`, likewise"},
    Word{"bundle_file", Scope::site, "PEM file: leaf, chain and private key"},
    Word{"leaf_bundle_file", Scope::site, "PEM file: leaf and private key, without the chain"},
    Word{"chain", Scope::site, "flag: the certificate has a chain"},
    Word{"chain_file", Scope::site, "PEM file: that chain alone"},
    Word{"tls12", Scope::site, "flag: TLS 1.2 is spoken"},
    Word{"tls13", Scope::site, "flag: TLS 1.3 is spoken"},
    Word{"tls_min", Scope::site, "1.2 or 1.3"},
    Word{"tls_max", Scope::site, "1.2 or 1.3"},
    Word{"resumption", Scope::site, "flag: session ids and tickets are given out"},
    Word{"client_auth_off", Scope::site, "flag: clients are not asked for a certificate"},
    Word{"client_auth_optional", Scope::site, "flag: asked, verified where sent"},
    Word{"client_auth_optional_no_ca", Scope::site, "flag: asked, never verified against an authority"},
    Word{"client_auth_required", Scope::site, "flag: asked, verified, refused without"},
    Word{"asks_client", Scope::site, "flag: any of the three above"},
    Word{"trust", Scope::site, "flag: there are authorities to verify clients with"},
    Word{"trust_file", Scope::site, "PEM file: those authorities"},
    Word{"trust_pem", Scope::site, "text of `trust_file`, likewise"},
    Word{"trust_certificates", Scope::site, "list: the same, one by one"},
    Word{"der_base64", Scope::certificate_item, "one certificate, DER in base64"},
    Word{"crls", Scope::site, "flag: revocation of client certificates is checked by lists"},
    Word{"crl_file", Scope::site, "PEM file: those lists"},
    Word{"depth", Scope::site, "intermediates allowed between a client's leaf and the root"},
    Word{"depth_plus_one", Scope::site, "the same plus one, for gateways that count the root"},
    Word{"ocsp", Scope::site, "flag: client certificates are checked by OCSP"},
    Word{"responder_url", Scope::site, "URL of the OCSP responder, numeric address"},
    Word{"identity_overwrite", Scope::site, "flag: X-Client-DN is set to the verified client's name, or removed"},
    Word{"identity_strip", Scope::site, "flag: X-Client-DN is always removed"},
    Word{"identity_pass", Scope::site, "flag: X-Client-DN goes through as the client sent it"},

    Word{"upstream_address", Scope::site, "numeric address of the site's upstream"},
    Word{"upstream_port", Scope::site, "its port"},
    Word{"upstream_endpoint", Scope::site, "address:port, IPv6 in brackets"},
    Word{"upstream_waits", Scope::site, "flag: the upstream is silent, give up on it early"},
    Word{"leg_tls", Scope::site, "flag: the upstream is spoken to by TLS"},
    Word{"leg_credential", Scope::site, "flag: the gateway has a client certificate for it"},
    Word{"leg_certificate_file", Scope::site, "PEM file: leaf, then chain"},
    Word{"leg_key_file", Scope::site, "PEM file: private key"},
    Word{"leg_certificate_pem", Scope::site, "text of `leg_certificate_file`, likewise"},
    Word{"leg_key_pem", Scope::site, "text of `leg_key_file`, likewise"},
    Word{"leg_bundle_file", Scope::site, "PEM file: leaf, chain and private key"},
    Word{"leg_leaf_bundle_file", Scope::site, "PEM file: leaf and private key, without the chain"},
    Word{"leg_chain", Scope::site, "flag: the client certificate has a chain"},
    Word{"leg_chain_file", Scope::site, "PEM file: that chain alone"},
    Word{"leg_verify", Scope::site, "flag: the upstream's certificate is verified"},
    Word{"leg_trust", Scope::site, "flag: there are authorities to verify the upstream with"},
    Word{"leg_trust_file", Scope::site, "PEM file: those authorities"},
    Word{"leg_trust_pem", Scope::site, "text of `leg_trust_file`, likewise"},
    Word{"leg_trust_certificates", Scope::site, "list: the same, one by one"},
    Word{"leg_crls", Scope::site, "flag: revocation of the upstream's certificate is checked by lists"},
    Word{"leg_crl_file", Scope::site, "PEM file: those lists"},
    Word{"has_leg_name", Scope::site, "flag: the upstream has a name"},
    Word{"leg_name", Scope::site, "the name that its certificate must cover; also its SNI and Host"},
    Word{"leg_send_sni", Scope::site, "flag: that name is sent as SNI"},
    Word{"leg_depth", Scope::site, "intermediates allowed between the upstream's leaf and the root"},
    Word{"leg_depth_plus_one", Scope::site, "the same plus one"},
    Word{"leg_tls12", Scope::site, "flag: TLS 1.2 is spoken to the upstream"},
    Word{"leg_tls13", Scope::site, "flag: TLS 1.3 is spoken to the upstream"},
    Word{"leg_tls_min", Scope::site, "1.2 or 1.3"},
    Word{"leg_tls_max", Scope::site, "1.2 or 1.3"},
};

constexpr std::string_view extra_prefix = "extra_";

const Word* find_word(std::string_view name) {
  static constexpr Word extra{"extra_*", Scope::site, "flag: the named flaw is planted"};
  static constexpr Word port{"port_*", Scope::anywhere, "one of the gateway's own ports"};
  if (name.size() > port_prefix.size() && name.substr(0, port_prefix.size()) == port_prefix) return &port;
  if (name.size() > extra_prefix.size() && name.substr(0, extra_prefix.size()) == extra_prefix) return &extra;
  const auto* found = std::find_if(words.begin(), words.end(), [&](const Word& word) { return word.name == name; });
  return found == words.end() ? nullptr : found;
}

bool contains(const std::vector<std::string>& sections, std::string_view name) {
  return std::find(sections.begin(), sections.end(), name) != sections.end();
}

bool in_scope(Scope scope, const std::vector<std::string>& sections) {
  const bool site = contains(sections, "sites") || contains(sections, "all_sites") || contains(sections, "tls_sites");
  switch (scope) {
    case Scope::anywhere: return true;
    case Scope::listener: return site || contains(sections, "listeners");
    case Scope::site: return site;
    case Scope::name_item: return contains(sections, "names");
    case Scope::certificate_item:
      return contains(sections, "trust_certificates") || contains(sections, "leg_trust_certificates");
    case Scope::list_item: return site || contains(sections, "listeners");
  }
  return false;
}

std::string_view belongs_in(Scope scope) {
  switch (scope) {
    case Scope::anywhere: return "";
    case Scope::listener: return "listeners";
    case Scope::site: return "sites, all_sites or tls_sites";
    case Scope::name_item: return "names";
    case Scope::certificate_item: return "trust_certificates or leg_trust_certificates";
    case Scope::list_item: return "listeners, sites, all_sites or tls_sites";
  }
  return "";
}

Error unknown_word(const Tag& tag, const std::string& file) {
  std::vector<std::string> known;
  for (const Word& word : words) known.emplace_back(word.name);
  const std::string near = nearest(tag.name, known);
  const std::string hint = near.empty() ? "fixtures/gateways/README.md lists them" : fmt::format("\"{}\"?", near);
  return {"render", fmt::format("no variable is called \"{}\"; {}", tag.name, hint),
          fmt::format("{}:{}", file, tag.line)};
}

}  // namespace

std::span<const Word> vocabulary() {
  return words;
}

std::string extra_word(std::string_view flaw) {
  std::string word(extra_prefix);
  for (const char c : flaw) word += c == '-' ? '_' : c;
  return word;
}

Result<void> check_words(const std::vector<Tag>& tags, const std::string& file,
                         const std::vector<std::string>& around) {
  std::vector<std::string> sections = around;
  for (const Tag& tag : tags) {
    if (tag.sort == Tag::Sort::end) {
      sections.pop_back();
      continue;
    }
    const Word* word = find_word(tag.name);
    if (!word) return unknown_word(tag, file);
    if (!in_scope(word->scope, sections))
      return Error{"render", fmt::format("\"{}\" has a value only inside {}", tag.name, belongs_in(word->scope)),
                   fmt::format("{}:{}", file, tag.line)};
    if (tag.sort != Tag::Sort::variable) sections.push_back(tag.name);
  }
  return {};
}

}  // namespace mtls::gateway
