// Reads a user's file and tells what stands in it.
#include "harness/pki/user_file.h"

#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#include <algorithm>

#include <fmt/format.h>

#include "harness/base/files.h"
#include "harness/base/quiet_errors.h"
#include "harness/base/text.h"
#include "harness/pki/handles.h"

namespace mtls::pki {
namespace {

constexpr std::size_t largest_file = 16u << 20;
constexpr std::string_view begin_mark = "-----BEGIN ";

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

std::string der_contents(const std::string& bytes) {
  const QuietErrors quiet;
  if (is_der<CertificatePtr>(bytes, d2i_X509)) return "a certificate in DER";
  if (is_der<BundlePtr>(bytes, d2i_PKCS12)) return "a PKCS#12 bundle";
  if (is_der<ListPtr>(bytes, d2i_X509_CRL)) return "a revocation list in DER";
  if (is_der<CertificateRequestPtr>(bytes, d2i_X509_REQ)) return "a certificate request in DER";
  if (is_der<AnyKeyPtr>(bytes, d2i_AutoPrivateKey)) return "a private key in DER";
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

}  // namespace mtls::pki
