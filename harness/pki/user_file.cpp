// Reads a user's file and tells what stands in it.
#include "harness/pki/user_file.h"

#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "harness/base/files.h"
#include "harness/base/quiet_errors.h"
#include "harness/base/text.h"
#include "harness/pki/handles.h"

namespace mtls::pki {
namespace {

constexpr std::size_t largest_file = 16u << 20;
constexpr std::string_view begin_mark = "-----BEGIN ";
constexpr std::string_view end_mark = "-----END ";
constexpr std::string_view dashes = "-----";

using BundlePtr = std::unique_ptr<PKCS12, Freed<PKCS12_free>>;
using CertificatePtr = std::unique_ptr<X509, Freed<X509_free>>;
using CertificateRequestPtr = std::unique_ptr<X509_REQ, Freed<X509_REQ_free>>;
using ListPtr = std::unique_ptr<X509_CRL, Freed<X509_CRL_free>>;
using AnyKeyPtr = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;

template <class Owner, class Read>
bool is_der(const std::string& bytes, Read read) {
  const auto* from = reinterpret_cast<const unsigned char*>(bytes.data());
  return Owner(read(nullptr, &from, static_cast<long>(bytes.size()))) != nullptr;
}

bool is_base64(const std::string& text) {
  return text.size() > 64 && std::all_of(text.begin(), text.end(), [](unsigned char c) {
           return std::isalnum(c) || std::isspace(c) || c == '+' || c == '/' || c == '=';
         });
}

bool ends_line(char c) {
  return c == '\n' || c == '\r';
}

std::string trouble_of_block(const std::string& bytes, std::size_t at) {
  const std::size_t label_end = bytes.find(dashes, at + begin_mark.size());
  const std::size_t end = bytes.find(end_mark, at);
  if (label_end == std::string::npos || end == std::string::npos)
    return "it is cut off: a block has no -----END line; copy the whole file";
  const std::size_t after = bytes.find_first_not_of(" \t", label_end + dashes.size());
  if (bytes.compare(std::min(after, bytes.size()), 2, "\\n") == 0)
    return "its lines are parted by the two characters \\n; put real line ends there: printf '%b'";
  if (after == std::string::npos || !ends_line(bytes[after]))
    return "its line ends are missing; -----BEGIN, every 64 characters and -----END want lines of their own";
  if (at > 0 && !ends_line(bytes[at - 1]))
    return "a -----BEGIN does not stand at the beginning of its line; take out what stands before it";
  return {};
}

std::string der_contents(const std::string& bytes) {
  const QuietErrors quiet;
  if (is_der<CertificatePtr>(bytes, d2i_X509)) return "a certificate in DER";
  if (is_der<BundlePtr>(bytes, d2i_PKCS12)) return "a PKCS#12 bundle";
  if (is_der<ListPtr>(bytes, d2i_X509_CRL)) return "a revocation list in DER";
  if (is_der<CertificateRequestPtr>(bytes, d2i_X509_REQ)) return "a certificate request in DER";
  if (is_der<AnyKeyPtr>(bytes, d2i_AutoPrivateKey)) return "a private key in DER";
  if (is_base64(bytes))
    return "base64 alone: put a line -----BEGIN CERTIFICATE----- before it and -----END CERTIFICATE----- after it";
  return "neither PEM (no line begins with -----BEGIN) nor DER that is known";
}

}  // namespace

Result<UserFile> read_user_file(const std::filesystem::path& path) {
  UserFile file;
  file.path = sanitise_line(path.string());
  std::error_code failed;
  if (std::filesystem::is_directory(path, failed)) {
    return Error{"read", "is a directory; name the file in it", file.path};
  }
  Result<std::string> bytes = read_file(path, largest_file);
  if (!bytes) return Error{"read", bytes.error().what, file.path};
  file.bytes = std::move(*bytes);
  if (trim(file.bytes).empty()) return Error{"read", "is empty", file.path};
  if (file.bytes.starts_with("\xff\xfe") || file.bytes.starts_with("\xfe\xff")) {
    return Error{"read", "is text in UTF-16; save it as UTF-8 or ASCII", file.path};
  }
  if (file.bytes.starts_with("\xef\xbb\xbf")) file.bytes.erase(0, 3);
  file.pem = file.bytes.find(begin_mark) != std::string::npos;
  return file;
}

std::vector<std::string> labels_of(const UserFile& file) {
  std::vector<std::string> labels;
  for (auto at = file.bytes.find(begin_mark); at != std::string::npos; at = file.bytes.find(begin_mark, at + 1)) {
    const std::size_t from = at + begin_mark.size();
    const std::size_t to = file.bytes.find("-----", from);
    if (to == std::string::npos || to - from > 64) continue;
    labels.push_back(sanitise_line(std::string_view(file.bytes).substr(from, to - from)));
  }
  return labels;
}

bool has_label(const UserFile& file, std::string_view word) {
  const auto labels = labels_of(file);
  return std::any_of(labels.begin(), labels.end(),
                     [&](const std::string& label) { return label.find(word) != std::string::npos; });
}

std::string contents_of(const UserFile& file) {
  if (!file.pem) return der_contents(file.bytes);
  std::vector<std::string> labels = labels_of(file);
  if (labels.size() > 5) labels.resize(5);
  return labels.empty() ? "broken PEM" : "PEM with " + join(labels, ", ");
}

std::string trouble_of_lines(const UserFile& file) {
  for (auto at = file.bytes.find(begin_mark); at != std::string::npos; at = file.bytes.find(begin_mark, at + 1))
    if (std::string trouble = trouble_of_block(file.bytes, at); !trouble.empty()) return trouble;
  return {};
}

}  // namespace mtls::pki
