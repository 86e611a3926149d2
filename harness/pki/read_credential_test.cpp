// A user's files in every shape that people have them in, and what is said of those that cannot be used.
#include <openssl/pem.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/base/files.h"
#include "harness/pki/example_specs.h"
#include "harness/pki/pki.h"
#include "harness/pki/possession.h"

namespace mtls::pki {
namespace {

using testing::HasSubstr;

const Material& material() {
  static const Material made = [] {
    PkiSpec spec = small_pki();
    spec.credentials.push_back(leaf_spec("other"));
    return minted(spec);
  }();
  return made;
}

const Credential& client() {
  return material().credentials.at("client");
}

std::string contents(BIO* bio) {
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(bio, &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

template <class Write>
std::string written(Write write) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  EXPECT_EQ(write(bio.get()), 1);
  return contents(bio.get());
}

std::string leaf_pem() {
  return to_pem(client().certificate.get());
}
std::string link_pem() {
  return to_pem(client().chain.front().get());
}
std::string key_pem() {
  return to_pem(client().key.get());
}

std::string encrypted_key(const std::string& passphrase) {
  return written([&](BIO* bio) {
    return PEM_write_bio_PKCS8PrivateKey(bio, client().key.get(), EVP_aes_256_cbc(), passphrase.data(),
                                         static_cast<int>(passphrase.size()), nullptr, nullptr);
  });
}

class UsersFiles : public testing::Test {
 protected:
  void SetUp() override {
    auto made = TempDir::make();
    ASSERT_TRUE(made);
    folder_.emplace(std::move(*made));
  }
  std::filesystem::path file(const std::string& name, const std::string& bytes) const {
    EXPECT_TRUE(write_file(folder_->path() / name, bytes));
    return folder_->path() / name;
  }
  std::filesystem::path leaf() const { return file("leaf", leaf_pem()); }
  Result<ReadCredential> with_key(const std::string& bytes, const std::string& passphrase = {}) const {
    CredentialFiles files{leaf(), file("key", bytes), {}, {}};
    if (!passphrase.empty()) files.passphrase = file("pass", passphrase);
    return read_credential(files);
  }
  static void expect_client(const Result<ReadCredential>& read) {
    ASSERT_TRUE(read) << to_string(read.error());
    EXPECT_EQ(see(read->credential.certificate.get()).sha256, see(client().certificate.get()).sha256);
    EXPECT_EQ(X509_check_private_key(read->credential.certificate.get(), read->credential.key.get()), 1);
  }
  static void expect_error(const Result<ReadCredential>& read, const std::string& words) {
    ASSERT_FALSE(read);
    EXPECT_THAT(to_string(read.error()), HasSubstr(words));
  }
  std::optional<TempDir> folder_;
};

TEST_F(UsersFiles, KeysInEveryShape) {
  EVP_PKEY* const key = client().key.get();
  expect_client(with_key(key_pem()));
  expect_client(with_key(written([&](BIO* bio) {
    return PEM_write_bio_PrivateKey_traditional(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
  })));
  expect_client(with_key(written([&](BIO* bio) { return i2d_PrivateKey_bio(bio, key); })));
  expect_client(with_key(
      written([&](BIO* bio) { return i2d_PKCS8PrivateKey_bio(bio, key, nullptr, nullptr, 0, nullptr, nullptr); })));
}

TEST_F(UsersFiles, AnRsaKeyAsPkcs1) {
  PkiSpec spec = small_pki();
  spec.credentials.front().certificate.key = KeyType::rsa1024;
  const Material rsa = minted(spec);
  const Credential& held = rsa.credentials.at("client");
  const std::string key = written([&](BIO* bio) {
    return PEM_write_bio_PrivateKey_traditional(bio, held.key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
  EXPECT_THAT(key, HasSubstr("BEGIN RSA PRIVATE KEY"));
  const auto read = read_credential({file("rsa", to_pem(held.certificate.get())), file("rsa.key", key), {}, {}});
  ASSERT_TRUE(read) << to_string(read.error());
  EXPECT_EQ(X509_check_private_key(read->credential.certificate.get(), read->credential.key.get()), 1);
}

TEST_F(UsersFiles, EncryptedKeysOpenWithTheirPassphraseOnly) {
  const std::string key = encrypted_key("open sesame");
  expect_client(with_key(key, "open sesame\n"));
  expect_client(with_key(key, "\xef\xbb\xbfopen sesame\r\nsecond line"));
  expect_error(with_key(key, "closed"), "the passphrase does not open the private key");
  expect_error(with_key(key), "--pass-file");
}

TEST_F(UsersFiles, EverythingInOneFileInAnyOrder) {
  for (const std::string& text : {leaf_pem() + link_pem() + key_pem(), key_pem() + link_pem() + leaf_pem()}) {
    const auto read = read_credential({file("all", text), {}, {}, {}});
    expect_client(read);
    ASSERT_EQ(read->credential.chain.size(), 1u);
    EXPECT_EQ(see(read->credential.chain.front().get()).sha256, see(client().chain.front().get()).sha256);
  }
  const auto turned = read_credential({file("turned", link_pem() + leaf_pem()), file("key", key_pem()), {}, {}});
  expect_client(turned);
  EXPECT_THAT(turned->notes, testing::Contains(HasSubstr("is not the first one")));
}

TEST_F(UsersFiles, OfSeveralKeysTheOneThatBelongsToTheCertificateIsTaken) {
  const std::string other = to_pem(material().credentials.at("other").key.get());
  const auto first = with_key(key_pem() + other);
  expect_client(first);
  EXPECT_THAT(first->notes, testing::IsEmpty());
  const auto second = with_key(other + key_pem());
  expect_client(second);
  EXPECT_THAT(second->notes, testing::ElementsAre(HasSubstr("key 2 of 2 belongs to the certificate")));
  const auto none = with_key(other + other);
  ASSERT_TRUE(none);
  EXPECT_NE(X509_check_private_key(none->credential.certificate.get(), none->credential.key.get()), 1);
  (void)take_openssl_errors();
}

TEST_F(UsersFiles, PemWithSpoiltLinesIsSaidToBeSo) {
  const auto with_leaf = [&](const std::string& text) { return read_credential({file("spoilt", text), {}, {}, {}}); };
  const std::string pem = leaf_pem();
  std::string indented, one_line, escaped;
  for (const char c : pem) {
    indented += c == '\n' ? "\n  " : std::string(1, c);
    one_line += c == '\n' ? ' ' : c;
    escaped += c == '\n' ? "\\n" : std::string(1, c);
  }
  expect_error(with_leaf("  " + indented), "take out what stands before it");
  expect_error(with_leaf(one_line), "its line ends are missing");
  expect_error(with_leaf(escaped), "the two characters \\n");
  expect_error(with_leaf(pem.substr(0, pem.size() / 2)), "cut off");
  expect_error(with_key(key_pem().substr(0, 100)), "cut off");
  const std::size_t body = pem.find('\n') + 1;
  expect_error(with_leaf(pem.substr(body, pem.find("-----END") - body)), "base64 alone");
}

TEST_F(UsersFiles, FormsOfOtherProgramsAreNamedWithTheWayOut) {
  expect_error(with_key("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n"),
               "ssh-keygen -p -m PEM");
  std::string trusted = leaf_pem();
  for (auto at = trusted.find("CERTIFICATE"); at != std::string::npos; at = trusted.find("CERTIFICATE", at + 20))
    trusted.insert(at, "TRUSTED ");
  expect_error(read_credential({file("trusted", trusted), {}, {}, {}}), "openssl x509 -in FILE");
  expect_error(with_key(encrypted_key("open sesame"), "\n"), "the first line of the passphrase file is empty");
}

TEST_F(UsersFiles, CarriageReturnsAndAByteOrderMark) {
  std::string text = "\xef\xbb\xbf";
  for (const char c : leaf_pem() + link_pem()) text += c == '\n' ? "\r\n" : std::string(1, c);
  expect_client(read_credential({file("dos", text), file("key", key_pem()), {}, {}}));
  expect_error(read_credential({file("wide", "\xff\xfe-\0"), file("key", key_pem()), {}, {}}), "UTF-16");
}

TEST_F(UsersFiles, DerAndPkcs12) {
  const auto der = to_der(client().certificate.get());
  expect_client(read_credential({file("der", std::string(der.begin(), der.end())), file("key", key_pem()), {}, {}}));
  const auto bundle = pack(client(), "secret");
  ASSERT_TRUE(bundle);
  const auto p12 = file("p12", *bundle);
  expect_client(read_credential({{}, {}, p12, file("pass", "secret")}));
  expect_error(read_credential({{}, {}, p12, file("pass", "wrong")}), "the passphrase does not open the bundle");
  expect_error(read_credential({{}, {}, p12, {}}), "--pass-file");
  expect_error(read_credential({p12, file("key", key_pem()), {}, {}}), "give it with --pkcs12");
  expect_error(read_credential({{}, {}, leaf(), {}}), "is no PKCS#12 bundle");
}

TEST_F(UsersFiles, WhatIsNoCredentialIsNamed) {
  expect_error(read_credential({folder_->path(), {}, {}, {}}), "is a directory");
  expect_error(read_credential({folder_->path() / "absent", {}, {}, {}}), "No such file");
  expect_error(read_credential({file("empty", " \n"), {}, {}, {}}), "is empty");
  expect_error(read_credential({file("noise", std::string("\0\1\2\3", 4)), {}, {}, {}}), "neither PEM");
  expect_error(read_credential({file("key", key_pem()), {}, {}, {}}), "holds no certificate");
  expect_error(with_key(leaf_pem()), "holds no private key");
  expect_error(with_key("-----BEGIN PRIVATE KEY-----\nnonsense\n-----END PRIVATE KEY-----\n"), "cannot be read");
}

}  // namespace
}  // namespace mtls::pki
