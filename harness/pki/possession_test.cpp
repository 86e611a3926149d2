// Who holds which key: forged proofs that only a handshake finds, plain mismatches, and PKCS#12.
#include "harness/pki/possession.h"

#include <openssl/err.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/pki/example_specs.h"
#include "harness/pki/pki.h"

namespace mtls::pki {
namespace {

SslPtr party(SSL_CTX* context, const Credential& credential, bool server) {
  SslPtr ssl(SSL_new(context));
  SSL_use_certificate(ssl.get(), credential.certificate.get());
  EXPECT_EQ(SSL_use_PrivateKey(ssl.get(), credential.key.get()), 1);
  if (server) SSL_set_accept_state(ssl.get());
  if (!server) SSL_set_connect_state(ssl.get());
  return ssl;
}

// Whether a server that asks for a certificate, whoever issued it, completes with this client; else OpenSSL's words.
std::string handshake(const Credential& client, const Credential& server, int version) {
  const SslCtxPtr context(SSL_CTX_new(TLS_method()));
  SSL_CTX_set_security_level(context.get(), 0);  // takes the small RSA keys that are quickly made
  SSL_CTX_set_min_proto_version(context.get(), version);
  SSL_CTX_set_max_proto_version(context.get(), version);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                     [](int, X509_STORE_CTX*) { return 1; });
  const SslPtr here = party(context.get(), client, false);
  const SslPtr there = party(context.get(), server, true);
  BIO* left = nullptr;
  BIO* right = nullptr;
  BIO_new_bio_pair(&left, 0, &right, 0);
  SSL_set_bio(here.get(), left, left);
  SSL_set_bio(there.get(), right, right);
  ERR_clear_error();
  for (int round = 0; round < 10; ++round) {
    SSL_do_handshake(here.get());
    ERR_clear_error();
    if (SSL_do_handshake(there.get()) == 1) return "completed";
    if (const std::string words = take_openssl_errors(); !words.empty()) return words;
  }
  return "stuck";
}

class ForgedProof : public testing::TestWithParam<KeyType> {};

TEST_P(ForgedProof, PassesTheLibraryAndFailsTheHandshake) {
  PkiSpec spec = small_pki();
  spec.credentials.push_back(leaf_spec("server", "intermediate", ExtendedKeyUsage::server_auth));
  spec.credentials.push_back(leaf_spec("forged"));
  spec.credentials[0].certificate.key = spec.credentials[2].certificate.key = GetParam();
  spec.credentials[2].forged_proof = true;
  const Material material = minted(spec);
  const Credential& forged = material.credentials.at("forged");
  EXPECT_EQ(X509_check_private_key(forged.certificate.get(), forged.key.get()), 1);
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    EXPECT_EQ(handshake(material.credentials.at("client"), material.credentials.at("server"), version), "completed");
    EXPECT_THAT(handshake(forged, material.credentials.at("server"), version), testing::HasSubstr("bad signature"));
  }
}
INSTANTIATE_TEST_SUITE_P(All, ForgedProof,
                         testing::Values(KeyType::p256, KeyType::p384, KeyType::ed25519, KeyType::rsa1024));

TEST(KeyOf, IsAPlainMismatch) {
  PkiSpec spec = small_pki();
  spec.credentials.push_back(leaf_spec("mismatch"));
  spec.credentials.back().key_of = "client";
  const Material material = minted(spec);
  const Credential& mismatch = material.credentials.at("mismatch");
  EXPECT_EQ(X509_check_private_key(mismatch.certificate.get(), mismatch.key.get()), 0);
  EXPECT_EQ(mismatch.key, material.credentials.at("client").key);
  take_openssl_errors();
}

TEST(KeyOf, IsAMismatchAlsoWhereRsaKeysAreShared) {
  PkiSpec spec = small_pki();
  for (const char* name : {"a", "b", "c"}) {
    spec.credentials.push_back(leaf_spec(name));
    spec.credentials.back().certificate.key = KeyType::rsa1024;
  }
  spec.credentials[2].key_of = "a";
  spec.credentials[3].key_of = "b";
  const Material material = minted(spec);
  for (const char* name : {"b", "c"}) {
    const Credential& held = material.credentials.at(name);
    EXPECT_EQ(X509_check_private_key(held.certificate.get(), held.key.get()), 0) << name;
  }
  take_openssl_errors();
}

TEST(Pkcs12, IsWhatTheCredentialCameFrom) {
  PkiSpec spec = small_pki();
  spec.authorities.push_back(authority_spec("second", "intermediate"));
  spec.credentials[0].certificate.issuer = "second";
  spec.credentials[0].pkcs12_passphrase = "g\xC3\xA4nse f\xC3\xBC\xC3\x9F";
  const Material material = minted(spec);
  const Credential& client = material.credentials.at("client");
  EXPECT_EQ(client.name, "client");
  EXPECT_EQ(X509_check_private_key(client.certificate.get(), client.key.get()), 1);
  ASSERT_EQ(client.chain.size(), 2u);
  EXPECT_EQ(X509_cmp(client.chain[0].get(), material.authorities.at("second").certificate.get()), 0);
  EXPECT_EQ(X509_cmp(client.chain[1].get(), material.authorities.at("intermediate").certificate.get()), 0);
  const auto again = unpack(material.pkcs12.at("client"), spec.credentials[0].pkcs12_passphrase);
  ASSERT_TRUE(again) << to_string(again.error());
  EXPECT_EQ(X509_cmp(again->certificate.get(), client.certificate.get()), 0);
}

TEST(Pkcs12, StaysShutToEveryOtherPassphrase) {
  PkiSpec spec = small_pki();
  spec.credentials[0].pkcs12_passphrase = "right";
  const Material material = minted(spec);
  for (const char* wrong : {"", "Right", "right "}) {
    EXPECT_FALSE(unpack(material.pkcs12.at("client"), wrong)) << wrong;
    EXPECT_EQ(take_openssl_errors(), "");
  }
  EXPECT_FALSE(unpack("no bundle", "right"));
}

TEST(Pkcs12, OfAForgedKeyIsPossible) {
  PkiSpec spec = small_pki();
  spec.credentials[0].pkcs12_passphrase = "right";
  spec.credentials[0].forged_proof = true;
  const Material material = minted(spec);
  const Credential& client = material.credentials.at("client");
  EXPECT_EQ(X509_check_private_key(client.certificate.get(), client.key.get()), 1);
}

}  // namespace
}  // namespace mtls::pki
