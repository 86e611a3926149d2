// Reads private keys in the shapes that people have them in.
#include "harness/pki/read_key.h"

#include <openssl/pem.h>

#include <algorithm>
#include <cstring>

#include "harness/pki/handles.h"

namespace mtls::pki {
namespace {

struct Passphrase {
  const std::optional<std::string>& given;
  bool wanted = false;
};

int give_passphrase(char* buffer, int size, int, void* data) {
  auto& passphrase = *static_cast<Passphrase*>(data);
  passphrase.wanted = true;
  if (!passphrase.given) return -1;
  const auto length = std::min(passphrase.given->size(), static_cast<std::size_t>(size));
  std::memcpy(buffer, passphrase.given->data(), length);
  return static_cast<int>(length);
}

EVP_PKEY* read_der(const UserFile& file, Passphrase& passphrase) {
  const auto* from = reinterpret_cast<const unsigned char*>(file.bytes.data());
  if (EVP_PKEY* key = d2i_AutoPrivateKey(nullptr, &from, static_cast<long>(file.bytes.size()))) return key;
  const BioPtr bio(BIO_new_mem_buf(file.bytes.data(), static_cast<int>(file.bytes.size())));
  return d2i_PKCS8PrivateKey_bio(bio.get(), nullptr, give_passphrase, &passphrase);
}

std::vector<KeyRef> read_pem(const UserFile& file, Passphrase& passphrase) {
  const BioPtr bio(BIO_new_mem_buf(file.bytes.data(), static_cast<int>(file.bytes.size())));
  std::vector<KeyRef> keys;
  while (EVP_PKEY* key = PEM_read_bio_PrivateKey(bio.get(), nullptr, give_passphrase, &passphrase))
    keys.push_back(own(key));
  return keys;
}

Error unreadable(const UserFile& file, const Passphrase& passphrase, const std::string& words) {
  if (passphrase.wanted && !passphrase.given) {
    return {"read", "the private key is encrypted and no passphrase was given; name a file with it: --pass-file FILE",
            file.path};
  }
  if (passphrase.wanted && passphrase.given->empty())
    return {"read", "the private key is encrypted and the first line of the passphrase file is empty", file.path};
  if (passphrase.wanted) return {"read", "the passphrase does not open the private key", file.path};
  if (has_label(file, "OPENSSH PRIVATE KEY"))
    return {"read",
            "holds a private key in the form of OpenSSH; turn a copy of it into PEM: ssh-keygen -p -m PEM -f COPY",
            file.path};
  if (file.pem && !has_label(file, "PRIVATE KEY")) {
    return {"read", "holds no private key; found " + contents_of(file), file.path};
  }
  if (const std::string lines = trouble_of_lines(file); !lines.empty())
    return {"read", "the private key cannot be read: " + lines, file.path};
  return {"read", "the private key cannot be read; found " + contents_of(file) + (words.empty() ? "" : ": " + words),
          file.path};
}

}  // namespace

Result<std::vector<KeyRef>> read_keys(const UserFile& file, const std::optional<std::string>& passphrase) {
  Passphrase asked{passphrase};
  take_openssl_errors();
  std::vector<KeyRef> keys;
  if (file.pem) {
    keys = read_pem(file, asked);
  } else if (EVP_PKEY* key = read_der(file, asked)) {
    keys.push_back(own(key));
  }
  const std::string words = take_openssl_errors();
  if (keys.empty()) return unreadable(file, asked, words);
  return keys;
}

}  // namespace mtls::pki
