// Certificates and revocation lists read into plain values; both are hostile input.
#include <arpa/inet.h>
#include <openssl/bn.h>
#include <openssl/x509v3.h>

#include <ctime>
#include <utility>

#include "harness/base/openssl.h"
#include "harness/base/quiet_errors.h"
#include "harness/base/text.h"

namespace mtls {
namespace {

std::string text_of(const X509_NAME* name) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  const unsigned long flags = XN_FLAG_RFC2253 & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB);
  if (name == nullptr || X509_NAME_print_ex(bio.get(), name, 0, flags) < 0) return "(unreadable name)";
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return size <= 0 ? std::string() : sanitise_line({data, static_cast<std::size_t>(size)});
}

std::string serial_of(const ASN1_INTEGER* serial) {
  const std::unique_ptr<BIGNUM, decltype(&BN_free)> number(ASN1_INTEGER_to_BN(serial, nullptr), BN_free);
  if (!number) return "";
  char* text = BN_bn2hex(number.get());
  const std::string result = text == nullptr ? "" : text;
  OPENSSL_free(text);
  return result;
}

std::int64_t seconds_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return 0;
  return timegm(&parts);
}

std::span<const unsigned char> bytes_of(const ASN1_STRING* string) {
  const int size = string == nullptr ? 0 : ASN1_STRING_length(string);
  if (size <= 0) return {};
  return {ASN1_STRING_get0_data(string), static_cast<std::size_t>(size)};
}

std::string chars_of(const ASN1_STRING* string) {
  const std::span<const unsigned char> bytes = bytes_of(string);
  return sanitise_line({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

std::string oid_of(const ASN1_OBJECT* object) {
  char text[128] = "";
  OBJ_obj2txt(text, sizeof text, object, 1);
  return text;
}

std::string address_of(const ASN1_OCTET_STRING* string) {
  const std::span<const unsigned char> bytes = bytes_of(string);
  char text[INET6_ADDRSTRLEN] = "";
  if (bytes.size() == 4) inet_ntop(AF_INET, bytes.data(), text, sizeof text);
  if (bytes.size() == 16) inet_ntop(AF_INET6, bytes.data(), text, sizeof text);
  return text[0] != '\0' ? std::string(text) : hex(bytes);
}

std::string text_of(const GENERAL_NAME* name) {
  int type = 0;
  const void* value = GENERAL_NAME_get0_value(name, &type);
  const auto* string = static_cast<const ASN1_STRING*>(value);
  switch (type) {
    case GEN_DNS: return "DNS:" + chars_of(string);
    case GEN_URI: return "URI:" + chars_of(string);
    case GEN_EMAIL: return "email:" + chars_of(string);
    case GEN_IPADD: return "IP:" + address_of(string);
    case GEN_DIRNAME: return "DirName:" + text_of(static_cast<const X509_NAME*>(value));
    case GEN_RID: return "RID:" + oid_of(static_cast<const ASN1_OBJECT*>(value));
  }
  return "other:" + std::to_string(type);
}

std::vector<std::string> sans_of(X509* certificate) {
  std::vector<std::string> sans;
  auto* names = static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; i < sk_GENERAL_NAME_num(names); ++i) sans.push_back(text_of(sk_GENERAL_NAME_value(names, i)));
  GENERAL_NAMES_free(names);
  return sans;
}

std::vector<std::string> key_usage_of(X509* certificate) {
  static constexpr std::pair<std::uint32_t, const char*> bits[] = {{KU_DIGITAL_SIGNATURE, "digitalSignature"},
                                                                   {KU_NON_REPUDIATION, "nonRepudiation"},
                                                                   {KU_KEY_ENCIPHERMENT, "keyEncipherment"},
                                                                   {KU_DATA_ENCIPHERMENT, "dataEncipherment"},
                                                                   {KU_KEY_AGREEMENT, "keyAgreement"},
                                                                   {KU_KEY_CERT_SIGN, "keyCertSign"},
                                                                   {KU_CRL_SIGN, "cRLSign"},
                                                                   {KU_ENCIPHER_ONLY, "encipherOnly"},
                                                                   {KU_DECIPHER_ONLY, "decipherOnly"}};
  std::vector<std::string> usage;
  const std::uint32_t given = X509_get_key_usage(certificate);
  for (const auto& [bit, word] : bits) {
    if ((given & bit) != 0) usage.emplace_back(word);
  }
  return usage;
}

std::vector<std::string> extended_key_usage_of(X509* certificate) {
  std::vector<std::string> usage;
  auto* purposes = static_cast<EXTENDED_KEY_USAGE*>(X509_get_ext_d2i(certificate, NID_ext_key_usage, nullptr, nullptr));
  for (int i = 0; i < sk_ASN1_OBJECT_num(purposes); ++i) {
    const ASN1_OBJECT* purpose = sk_ASN1_OBJECT_value(purposes, i);
    const int nid = OBJ_obj2nid(purpose);
    usage.push_back(nid == NID_undef ? oid_of(purpose) : OBJ_nid2sn(nid));
  }
  EXTENDED_KEY_USAGE_free(purposes);
  return usage;
}

std::vector<std::string> unknown_critical_extensions_of(X509* certificate) {
  std::vector<std::string> unknown;
  for (int i = 0; i < X509_get_ext_count(certificate); ++i) {
    X509_EXTENSION* extension = X509_get_ext(certificate, i);
    if (X509_EXTENSION_get_critical(extension) == 0 || X509_supported_extension(extension) != 0) continue;
    unknown.push_back(oid_of(X509_EXTENSION_get_object(extension)));
  }
  return unknown;
}

std::string curve_of(EVP_PKEY* key) {
  char group[80] = "";
  if (EVP_PKEY_get_group_name(key, group, sizeof group, nullptr) != 1) return "explicit";
  const std::string name = group;
  if (name == "prime256v1") return "P-256";
  if (name == "secp384r1") return "P-384";
  if (name == "secp521r1") return "P-521";
  return name;
}

std::string kind_of(EVP_PKEY* key) {
  const std::string bits = std::to_string(EVP_PKEY_get_bits(key));
  switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA: return "RSA-" + bits;
    case EVP_PKEY_RSA_PSS: return "RSA-PSS-" + bits;
    case EVP_PKEY_DSA: return "DSA-" + bits;
    case EVP_PKEY_EC: return "EC-" + curve_of(key);
    case EVP_PKEY_ED25519: return "Ed25519";
    case EVP_PKEY_ED448: return "Ed448";
  }
  const char* name = EVP_PKEY_get0_type_name(key);
  return name == nullptr ? "unknown" : sanitise_line(name);
}

std::string signature_of(const X509* certificate) {
  const int nid = X509_get_signature_nid(certificate);
  if (nid != NID_undef) return OBJ_nid2ln(nid);
  const X509_ALGOR* algorithm = nullptr;
  const ASN1_OBJECT* object = nullptr;
  X509_get0_signature(nullptr, &algorithm, certificate);
  X509_ALGOR_get0(&object, nullptr, nullptr, algorithm);
  return oid_of(object);
}

void see_key(X509* certificate, CertificateView& view) {
  EVP_PKEY* key = X509_get0_pubkey(certificate);
  if (key == nullptr) {
    view.key = "unreadable";
    return;
  }
  view.key = kind_of(key);
  view.key_bits = EVP_PKEY_get_bits(key);
  view.security_bits = EVP_PKEY_get_security_bits(key);
}

void see_extensions(X509* certificate, CertificateView& view) {
  const std::uint32_t flags = X509_get_extension_flags(certificate);
  view.authority = (flags & EXFLAG_BCONS) != 0 && (flags & EXFLAG_CA) != 0;
  if (const long length = X509_get_pathlen(certificate); length >= 0) view.path_length = length;
  view.has_key_usage = X509_get_ext_by_NID(certificate, NID_key_usage, -1) >= 0;
  if (view.has_key_usage) view.key_usage = key_usage_of(certificate);
  view.has_extended_key_usage = X509_get_ext_by_NID(certificate, NID_ext_key_usage, -1) >= 0;
  view.extended_key_usage = extended_key_usage_of(certificate);
  view.unknown_critical_extensions = unknown_critical_extensions_of(certificate);
  view.sans = sans_of(certificate);
  view.subject_key_id = hex(bytes_of(X509_get0_subject_key_id(certificate)));
  view.authority_key_id = hex(bytes_of(X509_get0_authority_key_id(certificate)));
}

}  // namespace

CertificateView see(X509* certificate) {
  CertificateView view;
  if (certificate == nullptr) return view;
  const QuietErrors quiet;
  view.subject = text_of(X509_get_subject_name(certificate));
  view.issuer = text_of(X509_get_issuer_name(certificate));
  view.serial = serial_of(X509_get0_serialNumber(certificate));
  view.not_before = seconds_of(X509_get0_notBefore(certificate));
  view.not_after = seconds_of(X509_get0_notAfter(certificate));
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  if (X509_digest(certificate, EVP_sha256(), digest, &size) == 1) view.sha256 = hex({digest, size});
  view.signature = signature_of(certificate);
  view.version = static_cast<int>(X509_get_version(certificate)) + 1;
  view.self_signed = X509_self_signed(certificate, 1) == 1;
  see_key(certificate, view);
  see_extensions(certificate, view);
  return view;
}

CrlView see(X509_CRL* crl) {
  CrlView view;
  if (crl == nullptr) return view;
  const QuietErrors quiet;
  view.issuer = text_of(X509_CRL_get_issuer(crl));
  view.this_update = seconds_of(X509_CRL_get0_lastUpdate(crl));
  view.next_update = seconds_of(X509_CRL_get0_nextUpdate(crl));
  const STACK_OF(X509_REVOKED)* revoked = X509_CRL_get_REVOKED(crl);
  for (int i = 0; i < sk_X509_REVOKED_num(revoked); ++i) {
    view.revoked.push_back(serial_of(X509_REVOKED_get0_serialNumber(sk_X509_REVOKED_value(revoked, i))));
  }
  return view;
}

}  // namespace mtls
