// Certificates and revocation lists as plain values, odd ones included.
#include <openssl/err.h>
#include <openssl/rsa.h>

#include <random>

#include <gmock/gmock.h>

#include "harness/base/minted_for_test.h"
#include "harness/base/openssl.h"
#include "harness/base/text.h"

namespace mtls {
namespace {

using test::add_extension;
using test::day;
using test::mint;
using test::Minting;
using test::now;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

CertificateView view_of(const Minting& wanted) {
  return see(mint(wanted).certificate.get());
}

TEST(SeeCertificate, ReadsALeaf) {
  const Credential ca = mint({.name = "ca", .authority = true});
  const Credential leaf =
      mint({.sans = "DNS:a.test,IP:127.0.0.1,IP:::1,URI:spiffe://t/x,email:a@b.test,RID:1.2.3",
            .extended_key_usage = "clientAuth,serverAuth,anyExtendedKeyUsage,1.2.3.4",
            .before_signing =
                [](X509* certificate) {
                  add_extension(certificate, certificate, NID_key_usage, "digitalSignature,decipherOnly");
                }},
           &ca);
  const CertificateView view = see(leaf.certificate.get());
  EXPECT_EQ(view.subject, "CN=leaf");
  EXPECT_EQ(view.issuer, "CN=ca");
  EXPECT_EQ(view.serial, "0A1B");
  EXPECT_THAT(view.sans,
              ElementsAre("DNS:a.test", "IP:127.0.0.1", "IP:::1", "URI:spiffe://t/x", "email:a@b.test", "RID:1.2.3"));
  EXPECT_EQ(view.not_before, now - day);
  EXPECT_EQ(view.not_after, now + day);
  EXPECT_EQ(view.sha256.size(), 64u);
  EXPECT_EQ(view.key, "EC-P-256");
  EXPECT_EQ(view.key_bits, 256);
  EXPECT_EQ(view.security_bits, 128);
  EXPECT_EQ(view.signature, "ecdsa-with-SHA256");
  EXPECT_EQ(view.version, 3);
  EXPECT_FALSE(view.authority);
  EXPECT_EQ(view.path_length, std::nullopt);
  EXPECT_TRUE(view.has_key_usage);
  EXPECT_THAT(view.key_usage, ElementsAre("digitalSignature", "decipherOnly"));
  EXPECT_TRUE(view.has_extended_key_usage);
  EXPECT_THAT(view.extended_key_usage, ElementsAre("clientAuth", "serverAuth", "anyExtendedKeyUsage", "1.2.3.4"));
  EXPECT_THAT(view.unknown_critical_extensions, IsEmpty());
  EXPECT_EQ(view.subject_key_id.size(), 40u);
  EXPECT_EQ(view.authority_key_id, see(ca.certificate.get()).subject_key_id);
  EXPECT_FALSE(view.self_signed);
}

TEST(SeeCertificate, ReadsAnAuthority) {
  const CertificateView view = view_of({.name = "root", .authority = true});
  EXPECT_TRUE(view.authority);
  EXPECT_EQ(view.path_length, 2);
  EXPECT_THAT(view.key_usage, ElementsAre("keyCertSign", "cRLSign"));
  EXPECT_FALSE(view.has_extended_key_usage);
  EXPECT_TRUE(view.self_signed);
  EXPECT_EQ(view.authority_key_id, "");
}

TEST(SeeCertificate, SelfSignedMeansThatTheSignatureVerifies) {
  const Credential ca = mint({.name = "same", .authority = true});
  const Credential namesake = mint({.name = "same"}, &ca);
  EXPECT_FALSE(see(namesake.certificate.get()).self_signed);
}

TEST(SeeCertificate, NamesKeys) {
  const auto key_of = [](KeyRef key, const EVP_MD* digest) {
    return see(mint({.digest = digest}, nullptr, std::move(key)).certificate.get());
  };
  EXPECT_EQ(key_of(test::ec_key("P-384"), EVP_sha384()).key, "EC-P-384");
  EXPECT_EQ(key_of(test::ec_key("P-521"), EVP_sha512()).key, "EC-P-521");
  EXPECT_EQ(key_of(test::ec_key("secp256k1"), EVP_sha256()).key, "EC-secp256k1");
  const CertificateView ed = key_of(own(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")), nullptr);
  EXPECT_EQ(ed.key, "Ed25519");
  EXPECT_EQ(ed.signature, "ED25519");
  const CertificateView weak = key_of(own(EVP_RSA_gen(1024)), EVP_sha1());
  EXPECT_EQ(weak.key, "RSA-1024");
  EXPECT_EQ(weak.security_bits, 80);
  EXPECT_EQ(weak.signature, "sha1WithRSAEncryption");
}

TEST(SeeCertificate, PrintsOddNamesHarmlessly) {
  using namespace std::string_literals;
  EXPECT_EQ(view_of({.name = "good.test\0.evil.test"s}).subject, "CN=good.test\\00.evil.test");
  EXPECT_EQ(view_of({.name = "a\nb\x1b[31m"}).subject, "CN=a\\0Ab\\1B[31m");
  EXPECT_EQ(view_of({.name = "a,b+c=d\"e\\f"}).subject, "CN=a\\,b\\+c=d\\\"e\\\\f");
  EXPECT_EQ(view_of({.name = "gr\xC3\xBC\xC3\x9F"}).subject, "CN=gr\xC3\xBC\xC3\x9F");
  EXPECT_EQ(view_of({.name = "a\xE2\x80\xAE"
                             "b"})
                .subject,
            "CN=a\\u202eb");
}

TEST(SeeCertificate, ListsNamesInTheOrderOfRfc4514) {
  const CertificateView view = view_of({.before_signing = [](X509* certificate) {
    X509_NAME* name = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(name, "O", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("Org"), -1, 0, 0);
  }});
  EXPECT_EQ(view.subject, "CN=leaf,O=Org");
}

// A SAN that no configuration syntax can express.
void add_dns_bytes(X509* certificate, const std::string& bytes) {
  GENERAL_NAMES* names = sk_GENERAL_NAME_new_null();
  GENERAL_NAME* name = GENERAL_NAME_new();
  ASN1_IA5STRING* string = ASN1_IA5STRING_new();
  ASN1_STRING_set(string, bytes.data(), static_cast<int>(bytes.size()));
  GENERAL_NAME_set0_value(name, GEN_DNS, string);
  sk_GENERAL_NAME_push(names, name);
  X509_add1_ext_i2d(certificate, NID_subject_alt_name, names, 0, X509V3_ADD_APPEND);
  GENERAL_NAMES_free(names);
}

TEST(SeeCertificate, PrintsOddSansHarmlessly) {
  using namespace std::string_literals;
  const auto sans = [](const std::string& bytes) {
    return view_of({.before_signing = [&](X509* certificate) { add_dns_bytes(certificate, bytes); }}).sans;
  };
  EXPECT_THAT(sans("a\0b\n\xff"s), ElementsAre("DNS:a\\x00b\\n\xEF\xBF\xBD"));
  EXPECT_THAT(sans(""), ElementsAre("DNS:"));
  EXPECT_THAT(sans(std::string(20'000, 'a')), ElementsAre(HasSubstr("left out]")));
}

void add_bytes(X509* certificate, const char* oid, bool critical, const std::string& bytes) {
  const std::unique_ptr<ASN1_OBJECT, decltype(&ASN1_OBJECT_free)> object(OBJ_txt2obj(oid, 1), ASN1_OBJECT_free);
  const std::unique_ptr<ASN1_OCTET_STRING, decltype(&ASN1_OCTET_STRING_free)> value(ASN1_OCTET_STRING_new(),
                                                                                    ASN1_OCTET_STRING_free);
  ASN1_OCTET_STRING_set(value.get(), reinterpret_cast<const unsigned char*>(bytes.data()),
                        static_cast<int>(bytes.size()));
  X509_EXTENSION* extension = X509_EXTENSION_create_by_OBJ(nullptr, object.get(), critical ? 1 : 0, value.get());
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

TEST(SeeCertificate, FindsCriticalExtensionsThatNobodyKnows) {
  const CertificateView view = view_of({.before_signing = [](X509* certificate) {
    add_bytes(certificate, "1.3.6.1.4.1.99999.1", true, "\x05");
    add_bytes(certificate, "1.3.6.1.4.1.99999.2", false, "\x05");
  }});
  EXPECT_THAT(view.unknown_critical_extensions, ElementsAre("1.3.6.1.4.1.99999.1"));
}

TEST(SeeCertificate, TakesExtensionsThatAreNotWhatTheySay) {
  const Credential odd = mint({.before_signing = [](X509* certificate) {
    for (const char* oid : {"2.5.29.17", "2.5.29.37", "2.5.29.15"})
      add_bytes(certificate, oid, true, "\x30\x80garbage");
  }});
  ERR_clear_error();
  const CertificateView view = see(odd.certificate.get());
  EXPECT_EQ(view.subject, "CN=leaf");
  EXPECT_TRUE(view.has_key_usage);
  EXPECT_TRUE(view.has_extended_key_usage);
  EXPECT_THAT(view.sans, IsEmpty());
  EXPECT_EQ(take_openssl_errors(), "");
}

TEST(SeeCertificate, LeavesTheErrorQueueAsItWas) {
  ERR_clear_error();
  ERR_raise(ERR_LIB_USER, 1);
  view_of({.before_signing = [](X509* certificate) { add_bytes(certificate, "2.5.29.17", false, "garbage"); }});
  const std::string left = take_openssl_errors();
  EXPECT_THAT(left, HasSubstr("error:"));
  EXPECT_EQ(left.find("; "), std::string::npos);
}

TEST(SeeCertificate, IsEmptyForNothing) {
  EXPECT_EQ(see(static_cast<X509*>(nullptr)).subject, "");
  EXPECT_EQ(see(own(X509_new()).get()).key, "unreadable");
  EXPECT_EQ(see(static_cast<X509_CRL*>(nullptr)).issuer, "");
}

TEST(SeeCertificate, SurvivesFlippedBytes) {
  const std::vector<unsigned char> whole =
      to_der(mint({.sans = "DNS:a.test,IP:1.2.3.4,URI:u:x", .extended_key_usage = "clientAuth"}).certificate.get());
  std::mt19937 random(11);
  int parsed = 0;
  for (int round = 0; round < 1500; ++round) {
    std::vector<unsigned char> der = whole;
    for (unsigned n = 1 + random() % 3; n > 0; --n) der[random() % der.size()] = static_cast<unsigned char>(random());
    const unsigned char* at = der.data();
    const CertificateRef certificate = own(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
    ERR_clear_error();
    if (!certificate) continue;
    ++parsed;
    const CertificateView view = see(certificate.get());
    ASSERT_EQ(sanitise_line(view.subject), view.subject);
    for (const std::string& san : view.sans) ASSERT_EQ(sanitise_line(san), san);
    ASSERT_EQ(take_openssl_errors(), "");
    validate_path({.certificate = certificate.get(), .untrusted = {}, .trust = {certificate}, .crls = {}, .name = "a"});
    ASSERT_EQ(take_openssl_errors(), "");
  }
  EXPECT_GT(parsed, 200);
}

TEST(SeeCrl, ReadsAList) {
  const Credential ca = mint({.name = "ca", .authority = true});
  const CrlView view = see(test::revoke(ca, {0xBEEF, 0x1}).get());
  EXPECT_EQ(view.issuer, "CN=ca");
  EXPECT_EQ(view.this_update, now - day);
  EXPECT_EQ(view.next_update, now + day);
  EXPECT_THAT(view.revoked, ::testing::UnorderedElementsAre("BEEF", "01"));
  EXPECT_EQ(see(test::revoke(ca, {}, 0).get()).next_update, 0);
}

}  // namespace
}  // namespace mtls
