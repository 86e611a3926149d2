// PEM and DER round trips, OpenSSL's errors as text, and the names on the wire.
#include "harness/base/openssl.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <gmock/gmock.h>

#include "harness/base/minted_for_test.h"
#include "harness/base/text.h"

namespace mtls {
namespace {

using test::mint;
using ::testing::HasSubstr;

TEST(Pem, RoundTripsABundle) {
  const Credential one = mint({.name = "one"});
  const Credential two = mint({.name = "two"});
  const std::string bundle = "Bag Attributes\n" + to_pem(one.certificate.get()) + to_pem(one.key.get()) + "# words\n" +
                             to_pem(two.certificate.get());
  const auto read = certificates_from_pem(bundle, "bundle");
  ASSERT_TRUE(read) << to_string(read.error());
  ASSERT_EQ(read->size(), 2u);
  EXPECT_EQ(to_der((*read)[0].get()), to_der(one.certificate.get()));
  EXPECT_EQ(to_der((*read)[1].get()), to_der(two.certificate.get()));
  EXPECT_EQ(take_openssl_errors(), "");
}

TEST(Pem, SaysWhatCannotBeRead) {
  const std::string good = to_pem(mint({}).certificate.get());
  const auto why = [](const std::string& pem) {
    const auto read = certificates_from_pem(pem, "place");
    EXPECT_FALSE(read);
    EXPECT_EQ(take_openssl_errors(), "");
    return read ? "" : to_string(read.error());
  };
  EXPECT_EQ(why(""), "place: no certificate in PEM is in it");
  EXPECT_EQ(why(std::string("\0\xff\n", 3)), "place: no certificate in PEM is in it");
  EXPECT_THAT(why(good + "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
              HasSubstr("place: certificate 2 of the file cannot be read: error:"));
  EXPECT_THAT(why(good.substr(0, good.size() / 2)), HasSubstr("certificate 1 of the file"));
  EXPECT_THAT(why("-----BEGIN CERTIFICATE-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,"
                  "00000000000000000000000000000000\n\nAAAA\n-----END CERTIFICATE-----\n"),
              HasSubstr("certificate 1 of the file"));
}

TEST(Pem, WritesKeysAsPkcs8AndRevocationLists) {
  const Credential ca = mint({.name = "ca", .authority = true});
  const std::string key = to_pem(ca.key.get());
  EXPECT_EQ(key.rfind("-----BEGIN PRIVATE KEY-----\n", 0), 0u);
  EXPECT_EQ(sanitise(key), "[private key removed]\n");
  const BioPtr bio(BIO_new_mem_buf(key.data(), static_cast<int>(key.size())));
  const KeyRef read = own(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
  EXPECT_EQ(EVP_PKEY_eq(read.get(), ca.key.get()), 1);
  EXPECT_EQ(to_pem(test::revoke(ca, {}).get()).rfind("-----BEGIN X509 CRL-----\n", 0), 0u);
}

TEST(OpensslErrors, AreTakenOldestFirstAndSanitised) {
  OPENSSL_init_ssl(OPENSSL_INIT_LOAD_SSL_STRINGS, nullptr);
  ERR_clear_error();
  EXPECT_EQ(take_openssl_errors(), "");
  ERR_raise_data(ERR_LIB_SSL, SSL_R_CERTIFICATE_VERIFY_FAILED, "first\x1b\n");
  ERR_raise(ERR_LIB_X509, X509_R_KEY_VALUES_MISMATCH);
  const std::string text = take_openssl_errors();
  EXPECT_THAT(text, HasSubstr("SSL routines::certificate verify failed: first\\x1b\\n; error:"));
  EXPECT_THAT(text, HasSubstr("key values mismatch"));
  EXPECT_EQ(take_openssl_errors(), "");
}

TEST(AlertName, IsTheWordOfTheRfc) {
  EXPECT_EQ(alert_name(0), "close_notify");
  EXPECT_EQ(alert_name(42), "bad_certificate");
  EXPECT_EQ(alert_name(44), "certificate_revoked");
  EXPECT_EQ(alert_name(45), "certificate_expired");
  EXPECT_EQ(alert_name(48), "unknown_ca");
  EXPECT_EQ(alert_name(112), "unrecognized_name");
  EXPECT_EQ(alert_name(116), "certificate_required");
  EXPECT_EQ(alert_name(1), "unknown");
  EXPECT_EQ(alert_name(-1), "unknown");
}

TEST(HandshakeMessageName, IsTheWordOfTheRfc) {
  EXPECT_EQ(handshake_message_name(1), "ClientHello");
  EXPECT_EQ(handshake_message_name(13), "CertificateRequest");
  EXPECT_EQ(handshake_message_name(20), "Finished");
  EXPECT_EQ(handshake_message_name(99), "unknown(99)");
}

TEST(ProtocolNumber, IsOpenssls) {
  EXPECT_EQ(protocol_number(TlsVersion::tls12), TLS1_2_VERSION);
  EXPECT_EQ(protocol_number(TlsVersion::tls13), TLS1_3_VERSION);
}

}  // namespace
}  // namespace mtls
