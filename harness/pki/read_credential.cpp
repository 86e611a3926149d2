// A user's certificate, key, chain, trust store and revocation lists, out of files.
#include <openssl/pem.h>
#include <openssl/pkcs7.h>
#include <openssl/x509v3.h>

#include <algorithm>

#include <fmt/format.h>

#include "harness/base/files.h"
#include "harness/base/quiet_errors.h"
#include "harness/base/text.h"
#include "harness/pki/handles.h"
#include "harness/pki/pki.h"
#include "harness/pki/possession.h"
#include "harness/pki/read_key.h"
#include "harness/pki/user_file.h"

namespace mtls::pki {
namespace {

using Pkcs7Ptr = std::unique_ptr<PKCS7, Freed<PKCS7_free>>;

Error found_instead(const std::string& wanted, const UserFile& file) {
  return {"read", "holds no " + wanted + "; found " + contents_of(file), file.path};
}

std::vector<CertificateRef> certificates_of(PKCS7* bundle) {
  std::vector<CertificateRef> all;
  if (bundle == nullptr || !PKCS7_type_is_signed(bundle) || bundle->d.sign == nullptr) return all;
  const STACK_OF(X509)* const stack = bundle->d.sign->cert;
  for (int i = 0; i < sk_X509_num(stack); ++i) {
    X509_up_ref(sk_X509_value(stack, i));
    all.push_back(own(sk_X509_value(stack, i)));
  }
  return all;
}

std::vector<CertificateRef> from_der(const UserFile& file) {
  const QuietErrors quiet;
  std::vector<CertificateRef> all;
  const auto* from = reinterpret_cast<const unsigned char*>(file.bytes.data());
  const auto* const end = from + file.bytes.size();
  while (from < end) {
    X509* const certificate = d2i_X509(nullptr, &from, end - from);
    if (certificate == nullptr) break;
    all.push_back(own(certificate));
  }
  if (!all.empty()) return all;
  const auto* again = reinterpret_cast<const unsigned char*>(file.bytes.data());
  return certificates_of(Pkcs7Ptr(d2i_PKCS7(nullptr, &again, static_cast<long>(file.bytes.size()))).get());
}

std::vector<CertificateRef> from_pkcs7_pem(const UserFile& file) {
  const QuietErrors quiet;
  const BioPtr bio(BIO_new_mem_buf(file.bytes.data(), static_cast<int>(file.bytes.size())));
  return certificates_of(Pkcs7Ptr(PEM_read_bio_PKCS7(bio.get(), nullptr, nullptr, nullptr)).get());
}

Result<std::vector<CertificateRef>> certificates_in(const UserFile& file) {
  std::vector<CertificateRef> all;
  if (!file.pem) {
    all = from_der(file);
  } else if (has_label(file, "CERTIFICATE") && !has_label(file, "CERTIFICATE REQUEST")) {
    if (labels_of(file).front() == "TRUSTED CERTIFICATE")
      return Error{"read", "holds a certificate in OpenSSL's own form; write it anew: openssl x509 -in FILE -out NEW",
                   file.path};
    auto read = certificates_from_pem(file.bytes, file.path);
    if (!read) {
      const std::string lines = trouble_of_lines(file);
      return Error{"read", lines.empty() ? read.error().what : "no certificate can be read: " + lines, file.path};
    }
    all = std::move(*read);
  } else if (has_label(file, "PKCS7")) {
    all = from_pkcs7_pem(file);
  }
  if (!all.empty()) return all;
  return found_instead("certificate", file);
}

Result<std::optional<std::string>> passphrase_in(const std::filesystem::path& path) {
  if (path.empty()) return std::optional<std::string>();
  std::error_code failed;
  if (std::filesystem::is_directory(path, failed))
    return Error{"read", "is a directory; name the file with the passphrase in it", sanitise_line(path.string())};
  const auto text = read_file(path, 64 * 1024);
  if (!text) return Error{"read", text.error().what, sanitise_line(path.string())};
  std::string line = text->substr(0, text->find('\n'));
  if (line.starts_with("\xef\xbb\xbf")) line.erase(0, 3);
  if (!line.empty() && line.back() == '\r') line.pop_back();
  return std::optional<std::string>(std::move(line));
}

bool issued(X509* issuer, X509* subject) {
  return X509_check_issued(issuer, subject) == X509_V_OK;
}

// The key that belongs to one of the certificates, else the first one.
KeyRef take_key(const std::vector<KeyRef>& keys, const std::vector<CertificateRef>& all, std::size_t& number) {
  const QuietErrors quiet;
  const auto fits = [&](const KeyRef& key) {
    return std::any_of(all.begin(), all.end(),
                       [&](const CertificateRef& one) { return X509_check_private_key(one.get(), key.get()) == 1; });
  };
  const auto found = std::find_if(keys.begin(), keys.end(), fits);
  const KeyRef& taken = found == keys.end() ? keys.front() : *found;
  number = found == keys.end() ? 1 : static_cast<std::size_t>(found - keys.begin()) + 1;
  return taken;
}

// Takes the leaf out of the certificates: the one that the key belongs to, else the first one that issued no other.
CertificateRef take_leaf(std::vector<CertificateRef>& all, EVP_PKEY* key, bool& was_first) {
  const QuietErrors quiet;
  auto leaf = std::find_if(all.begin(), all.end(),
                           [&](const CertificateRef& one) { return X509_check_private_key(one.get(), key) == 1; });
  if (leaf == all.end()) {
    leaf = std::find_if(all.begin(), all.end(), [&](const CertificateRef& one) {
      return std::none_of(all.begin(), all.end(),
                          [&](const CertificateRef& other) { return other != one && issued(one.get(), other.get()); });
    });
  }
  if (leaf == all.end()) leaf = all.begin();
  was_first = leaf == all.begin();
  const CertificateRef taken = *leaf;
  all.erase(leaf);
  return taken;
}

// Issuer after issuer; what belongs to no path stays behind, in its own order.
std::vector<CertificateRef> in_order(X509* leaf, std::vector<CertificateRef> rest) {
  const QuietErrors quiet;
  std::vector<CertificateRef> chain;
  for (X509* last = leaf; !rest.empty();) {
    const auto next =
        std::find_if(rest.begin(), rest.end(), [&](const CertificateRef& one) { return issued(one.get(), last); });
    if (next == rest.end()) break;
    chain.push_back(*next);
    last = next->get();
    rest.erase(next);
  }
  chain.insert(chain.end(), rest.begin(), rest.end());
  return chain;
}

Result<ReadCredential> from_pkcs12(const CredentialFiles& files, const std::optional<std::string>& passphrase) {
  const auto file = read_user_file(files.pkcs12);
  if (!file) return file.error();
  if (file->pem)
    return Error{"read", "is no PKCS#12 bundle but " + contents_of(*file) + "; use --cert and --key", file->path};
  take_openssl_errors();
  auto opened = unpack(file->bytes, passphrase.value_or(""));
  if (opened) {
    opened->chain = in_order(opened->certificate.get(), std::move(opened->chain));
    return ReadCredential{std::move(*opened), {}};
  }
  const std::string words = opened.error().what;
  if (contents_of(*file) != "a PKCS#12 bundle") {
    return Error{"read", "is no PKCS#12 bundle; found " + contents_of(*file), file->path};
  }
  if (words.find("unsupported") != std::string::npos) {
    return Error{"read",
                 "the bundle is encrypted with an old cipher that OpenSSL 3 does not read by default; pack it anew: "
                 "openssl pkcs12 -legacy -in FILE -nodes | openssl pkcs12 -export -out NEW",
                 file->path};
  }
  if (words.find("mac verify") != std::string::npos || words.find("does not open") != std::string::npos) {
    return Error{"read",
                 passphrase ? "the passphrase does not open the bundle"
                            : "the bundle does not open without a passphrase; name a file with it: --pass-file FILE",
                 file->path};
  }
  return Error{"read", words, file->path};
}

}  // namespace

Result<ReadCredential> read_credential(const CredentialFiles& files) {
  const auto passphrase = passphrase_in(files.passphrase);
  if (!passphrase) return passphrase.error();
  if (!files.pkcs12.empty()) return from_pkcs12(files, *passphrase);
  const auto file = read_user_file(files.certificate);
  if (!file) return file.error();
  auto all = certificates_in(*file);
  if (!all) {
    Error error = all.error();
    if (error.what.ends_with("PKCS#12 bundle")) error.what += "; give it with --pkcs12";
    return error;
  }
  const auto key_file = files.key.empty() ? file : read_user_file(files.key);
  if (!key_file) return key_file.error();
  const auto keys = read_keys(*key_file, *passphrase);
  if (!keys) return keys.error();
  ReadCredential read;
  bool leaf_was_first = true;
  std::size_t key_number = 1;
  read.credential.name = "credential";
  read.credential.key = take_key(*keys, *all, key_number);
  if (key_number > 1) {
    read.notes.push_back(
        fmt::format("{}: key {} of {} belongs to the certificate; most programs take the first one and fail",
                    key_file->path, key_number, keys->size()));
  }
  read.credential.certificate = take_leaf(*all, read.credential.key.get(), leaf_was_first);
  if (!leaf_was_first) {
    read.notes.push_back(
        fmt::format("{}: the client's certificate is not the first one; most programs take the first "
                    "one for it and fail",
                    file->path));
  }
  const std::vector<CertificateRef> as_given = *all;
  read.credential.chain = in_order(read.credential.certificate.get(), std::move(*all));
  if (read.credential.chain != as_given) {
    read.notes.push_back(fmt::format("{}: the chain was not in order; it was put in order of issuers", file->path));
  }
  return read;
}

Result<std::vector<CertificateRef>> read_certificates(const std::filesystem::path& path) {
  const auto file = read_user_file(path);
  if (!file) return file.error();
  return certificates_in(*file);
}

Result<std::vector<CrlRef>> read_crls(const std::filesystem::path& path) {
  const auto file = read_user_file(path);
  if (!file) return file.error();
  const QuietErrors quiet;
  std::vector<CrlRef> lists;
  const BioPtr bio(BIO_new_mem_buf(file->bytes.data(), static_cast<int>(file->bytes.size())));
  if (file->pem) {
    while (X509_CRL* list = PEM_read_bio_X509_CRL(bio.get(), nullptr, nullptr, nullptr)) lists.push_back(own(list));
  } else if (X509_CRL* list = d2i_X509_CRL_bio(bio.get(), nullptr)) {
    lists.push_back(own(list));
  }
  if (lists.empty()) return found_instead("revocation list", *file);
  return lists;
}

}  // namespace mtls::pki
