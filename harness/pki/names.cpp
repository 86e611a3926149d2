// Distinguished names and general names out of text.
#include "harness/pki/names.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace mtls::pki {
namespace {

constexpr std::string_view needs_no_hex = " \"#+,;<=>\\";

std::optional<char> hex_pair(std::string_view text) {
  unsigned value = 0;
  if (text.size() < 2) return {};
  const auto [end, problem] = std::from_chars(text.data(), text.data() + 2, value, 16);
  if (problem != std::errc{} || end != text.data() + 2) return {};
  return static_cast<char>(value);
}

struct Attribute {
  std::string type;
  std::string value;
};

Error malformed(std::string_view text, const std::string& why) {
  return {"mint", "\"" + std::string(text) + "\" is no distinguished name: " + why, ""};
}

// One "type=value" from the front of `rest`, which then begins after the comma.
Result<Attribute> next_attribute(std::string_view whole, std::string_view& rest) {
  const std::size_t equals = rest.find('=');
  if (equals == std::string_view::npos) return malformed(whole, "each part is TYPE=value");
  Attribute attribute{std::string(rest.substr(0, equals)), {}};
  std::size_t at = equals + 1;
  for (; at < rest.size() && rest[at] != ','; ++at) {
    if (rest[at] == '+') return malformed(whole, "a part has one attribute; write \\+ for a plus sign");
    if (rest[at] != '\\') {
      attribute.value += rest[at];
    } else if (at + 1 < rest.size() && needs_no_hex.find(rest[at + 1]) != std::string_view::npos) {
      attribute.value += rest[++at];
    } else if (const auto byte = hex_pair(rest.substr(at + 1))) {
      attribute.value += *byte;
      at += 2;
    } else {
      return malformed(whole, "after a backslash stands a special character or two hexadecimal digits");
    }
  }
  if (attribute.value.empty()) return malformed(whole, attribute.type + " is empty");
  if (at + 1 == rest.size()) return malformed(whole, "nothing follows the last comma");
  rest = at < rest.size() ? rest.substr(at + 1) : std::string_view{};
  return attribute;
}

Result<GeneralNamePtr> text_name(int type, std::string_view value) {
  if (value.empty()) return Error{"mint", "it names nothing", ""};
  if (std::any_of(value.begin(), value.end(), [](char c) { return (static_cast<unsigned char>(c) & 0x80u) != 0; }))
    return Error{"mint", "it has characters outside ASCII; internationalised names are written in their xn-- form", ""};
  GeneralNamePtr name(GENERAL_NAME_new());
  ASN1_IA5STRING* string = ASN1_IA5STRING_new();
  if (!name || !string || ASN1_STRING_set(string, value.data(), static_cast<int>(value.size())) != 1) {
    ASN1_IA5STRING_free(string);
    return openssl_error("it cannot be stored");
  }
  GENERAL_NAME_set0_value(name.get(), type, string);
  return name;
}

// With `prefix`, an address and its mask (RFC 5280, 4.2.1.10), else the address alone.
Result<GeneralNamePtr> address_name(std::string_view value, std::optional<unsigned> prefix) {
  OctetStringPtr address(a2i_IPADDRESS(std::string(value).c_str()));
  if (!address) {
    take_openssl_errors();
    return Error{"mint", "it is no IP address", ""};
  }
  std::string bytes(reinterpret_cast<const char*>(ASN1_STRING_get0_data(address.get())),
                    static_cast<std::size_t>(ASN1_STRING_length(address.get())));
  if (prefix) {
    const auto length = static_cast<unsigned>(bytes.size());
    if (*prefix > 8 * length) return Error{"mint", "its prefix is longer than the address", ""};
    for (unsigned i = 0; i < length; ++i) {
      const unsigned bits = std::clamp(static_cast<int>(*prefix) - static_cast<int>(8 * i), 0, 8);
      const unsigned mask = 0xffu & (0xffu << (8 - bits));
      bytes[i] = static_cast<char>(static_cast<unsigned char>(bytes[i]) & mask);
      bytes += static_cast<char>(mask);
    }
    if (ASN1_STRING_set(address.get(), bytes.data(), static_cast<int>(bytes.size())) != 1)
      return openssl_error("it cannot be stored");
  }
  GeneralNamePtr name(GENERAL_NAME_new());
  if (!name) return openssl_error("it cannot be stored");
  GENERAL_NAME_set0_value(name.get(), GEN_IPADD, address.release());
  return name;
}

Result<GeneralNamePtr> directory_name(std::string_view value) {
  Result<NamePtr> directory = distinguished_name(value);
  if (!directory) return directory.error();
  GeneralNamePtr name(GENERAL_NAME_new());
  if (!name) return openssl_error("it cannot be stored");
  GENERAL_NAME_set0_value(name.get(), GEN_DIRNAME, directory->release());
  return name;
}

Result<GeneralNamePtr> address_range(std::string_view value) {
  const std::size_t slash = value.find('/');
  unsigned prefix = 0;
  if (slash != std::string_view::npos) {
    const std::string_view digits = value.substr(slash + 1);
    const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), prefix);
    if (problem == std::errc{} && end == digits.data() + digits.size() && !digits.empty())
      return address_name(value.substr(0, slash), prefix);
  }
  return Error{"mint", "a range of addresses is ADDRESS/PREFIX", ""};
}

Result<GeneralNamePtr> general_name(const std::string& text, bool constraint) {
  const std::size_t colon = std::min(text.find(':'), text.size());
  const std::string_view prefix = std::string_view(text).substr(0, colon);
  const std::string_view value = std::string_view(text).substr(std::min(colon + 1, text.size()));
  Result<GeneralNamePtr> made = Error{"mint", "it begins with none of dns:, ip:, uri:, email:", ""};
  if (prefix == "dns") made = text_name(GEN_DNS, value);
  if (prefix == "uri") made = text_name(GEN_URI, value);
  if (prefix == "email") made = text_name(GEN_EMAIL, value);
  if (prefix == "ip") made = constraint ? address_range(value) : address_name(value, {});
  if (prefix == "dir") made = directory_name(value);
  if (made) return made;
  return Error{"mint", "\"" + text + "\" is no usable name: " + made.error().what, ""};
}

// Appends each of `texts` to the list in `into`, which is made on the first.
Result<void> add_subtrees(STACK_OF(GENERAL_SUBTREE) * *into, const std::vector<std::string>& texts) {
  for (const std::string& text : texts) {
    Result<GeneralNamePtr> base = general_name(text, true);
    if (!base) return base.error();
    GENERAL_SUBTREE* subtree = GENERAL_SUBTREE_new();
    if (*into == nullptr) *into = sk_GENERAL_SUBTREE_new_null();
    if (subtree == nullptr || *into == nullptr || sk_GENERAL_SUBTREE_push(*into, subtree) <= 0) {
      GENERAL_SUBTREE_free(subtree);
      return openssl_error("a name constraint cannot be stored");
    }
    GENERAL_NAME_free(subtree->base);
    subtree->base = base->release();
  }
  return {};
}

}  // namespace

Result<NamePtr> distinguished_name(std::string_view text) {
  NamePtr made(X509_NAME_new());
  if (!made) return openssl_error("a name cannot be made");
  std::string_view rest = text;
  while (!rest.empty()) {
    Result<Attribute> attribute = next_attribute(text, rest);
    if (!attribute) return attribute.error();
    const auto* bytes = reinterpret_cast<const unsigned char*>(attribute->value.data());
    if (X509_NAME_add_entry_by_txt(made.get(), attribute->type.c_str(), MBSTRING_UTF8, bytes,
                                   static_cast<int>(attribute->value.size()), 0, 0) != 1)
      return malformed(text, attribute->type + "=" + attribute->value + " is refused: " + take_openssl_errors());
  }
  return made;
}

Result<GeneralNamesPtr> alternative_names(const std::vector<std::string>& texts) {
  GeneralNamesPtr names(GENERAL_NAMES_new());
  for (const std::string& text : texts) {
    Result<GeneralNamePtr> name = general_name(text, false);
    if (!name) return name.error();
    if (!names || sk_GENERAL_NAME_push(names.get(), name->get()) <= 0)
      return openssl_error("an alternative name cannot be stored");
    name->release();
  }
  return names;
}

Result<NameConstraintsPtr> constraints_on_names(const NameConstraints& stated) {
  NameConstraintsPtr constraints(NAME_CONSTRAINTS_new());
  if (!constraints) return openssl_error("name constraints cannot be made");
  if (const auto added = add_subtrees(&constraints->permittedSubtrees, stated.permitted); !added) return added.error();
  if (const auto added = add_subtrees(&constraints->excludedSubtrees, stated.excluded); !added) return added.error();
  return constraints;
}

}  // namespace mtls::pki
