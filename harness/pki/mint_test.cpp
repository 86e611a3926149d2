// What is minted reads back as it was stated: fields, chains, faults; and what cannot be minted is named.
#include <openssl/x509v3.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/pki/example_specs.h"
#include "harness/pki/pki.h"

namespace mtls::pki {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Error refused(const PkiSpec& spec) {
  KeyPool keys;
  const auto material = mint(spec, keys, now);
  return material ? Error{"", "it was minted", ""} : material.error();
}

CertificateView leaf_of(const Material& material, const std::string& name) {
  return see(material.credentials.at(name).certificate.get());
}

VerifyResult verified(const Material& material, const std::string& name, const std::string& root = "root",
                      int purpose = X509_PURPOSE_SSL_CLIENT) {
  const Credential& credential = material.credentials.at(name);
  PathInput input;
  input.certificate = credential.certificate.get();
  input.untrusted = credential.chain;
  input.trust = {material.authorities.at(root).certificate};
  input.purpose = purpose;
  input.at = now;
  return validate_path(input);
}

TEST(Mint, AGoodClientVerifies) {
  const Material material = minted(small_pki());
  EXPECT_EQ(verified(material, "client").code, X509_V_OK);
  const Credential& client = material.credentials.at("client");
  ASSERT_EQ(client.chain.size(), 1u);
  EXPECT_EQ(client.chain[0], material.authorities.at("intermediate").certificate);
  EXPECT_EQ(X509_check_private_key(client.certificate.get(), client.key.get()), 1);
}

TEST(Mint, EveryFieldReadsBack) {
  PkiSpec spec = small_pki();
  CertificateSpec& stated = spec.credentials[0].certificate;
  stated.subject = "CN=a\\,b,OU=Unit,O=mtlscheck,C=DE";
  stated.sans = {"dns:a.test", "ip:127.0.0.1", "uri:spiffe://a/b", "email:a@b.test"};
  stated.not_before = std::chrono::hours(-2);
  stated.not_after = std::chrono::minutes(30);
  stated.key_usage = {KeyUsage::digital_signature, KeyUsage::key_agreement};
  stated.extended_key_usage = {ExtendedKeyUsage::client_auth, ExtendedKeyUsage::server_auth};
  stated.signature = SignatureHash::sha384;
  const Material material = minted(spec);
  const CertificateView view = leaf_of(material, "client");
  const CertificateView issuer = see(material.authorities.at("intermediate").certificate.get());
  EXPECT_EQ(view.subject, "CN=a\\,b,OU=Unit,O=mtlscheck,C=DE");
  EXPECT_EQ(view.issuer, "CN=intermediate,O=mtlscheck TEST ONLY");
  EXPECT_EQ(view.not_before, now - 7200);
  EXPECT_EQ(view.not_after, now + 1800);
  EXPECT_EQ(view.sans.size(), 4u);
  EXPECT_THAT(view.key_usage, ElementsAre("digitalSignature", "keyAgreement"));
  EXPECT_THAT(view.extended_key_usage, ElementsAre("clientAuth", "serverAuth"));
  EXPECT_EQ(view.signature, "ecdsa-with-SHA384");
  EXPECT_EQ(view.version, 3);
  EXPECT_FALSE(view.authority);
  EXPECT_FALSE(view.self_signed);
  EXPECT_EQ(view.serial.size(), 32u);
  EXPECT_FALSE(view.subject_key_id.empty());
  EXPECT_EQ(view.authority_key_id, issuer.subject_key_id);
}

TEST(Mint, AuthoritiesReadBack) {
  PkiSpec spec = small_pki();
  spec.authorities[1].path_length = 0;
  const Material material = minted(spec);
  const CertificateView root = see(material.authorities.at("root").certificate.get());
  const CertificateView intermediate = see(material.authorities.at("intermediate").certificate.get());
  EXPECT_TRUE(root.self_signed);
  EXPECT_TRUE(root.authority);
  EXPECT_FALSE(root.path_length.has_value());
  EXPECT_EQ(intermediate.path_length, 0);
  EXPECT_THAT(intermediate.key_usage, testing::UnorderedElementsAre("digitalSignature", "keyCertSign", "cRLSign"));
  EXPECT_FALSE(intermediate.has_extended_key_usage);
  EXPECT_EQ(intermediate.not_after, now + 86400);
}

class MintKey : public testing::TestWithParam<std::pair<KeyType, const char*>> {};

TEST_P(MintKey, SignsAndIsCertified) {
  PkiSpec spec = small_pki();
  spec.authorities[0].key = spec.authorities[1].key = GetParam().first;
  spec.credentials[0].certificate.key = GetParam().first;
  const Material material = minted(spec);
  EXPECT_EQ(leaf_of(material, "client").key, GetParam().second);
  EXPECT_EQ(verified(material, "client").code, X509_V_OK);
  const EVP_PKEY* root = material.authorities.at("root").key.get();
  const EVP_PKEY* intermediate = material.authorities.at("intermediate").key.get();
  const EVP_PKEY* leaf = material.credentials.at("client").key.get();
  EXPECT_EQ(EVP_PKEY_eq(root, intermediate), 0);
  EXPECT_EQ(EVP_PKEY_eq(intermediate, leaf), 0);
}
INSTANTIATE_TEST_SUITE_P(All, MintKey,
                         testing::Values(std::pair{KeyType::rsa2048, "RSA-2048"}, std::pair{KeyType::p256, "EC-P-256"},
                                         std::pair{KeyType::p384, "EC-P-384"}, std::pair{KeyType::ed25519, "Ed25519"}));

TEST(Mint, FaultsOfTheLeafAreWhatTheyAreCalled) {
  PkiSpec spec = small_pki();
  const auto add = [&](const std::string& name, auto change) {
    spec.credentials.push_back(leaf_spec(name));
    change(spec.credentials.back().certificate);
  };
  add("expired",
      [](CertificateSpec& c) { c.not_before = -std::chrono::hours(2), c.not_after = -std::chrono::hours(1); });
  add("not-yet", [](CertificateSpec& c) { c.not_before = std::chrono::hours(1), c.not_after = std::chrono::hours(2); });
  add("server-only", [](CertificateSpec& c) { c.extended_key_usage = {ExtendedKeyUsage::server_auth}; });
  add("any", [](CertificateSpec& c) { c.extended_key_usage = {ExtendedKeyUsage::any}; });
  add("no-eku", [](CertificateSpec& c) { c.extended_key_usage.reset(); });
  add("no-key-usage", [](CertificateSpec& c) { c.key_usage.reset(); });
  add("cannot-sign", [](CertificateSpec& c) { c.key_usage = {KeyUsage::key_encipherment}; });
  add("unknown-critical", [](CertificateSpec& c) { c.unknown_critical_extension = true; });
  add("self-signed", [](CertificateSpec& c) { c.issuer.clear(); });
  add("rsa1024", [](CertificateSpec& c) { c.key = KeyType::rsa1024; });
  add("sha1", [](CertificateSpec& c) { c.signature = SignatureHash::sha1; });
  const Material material = minted(spec);
  EXPECT_EQ(verified(material, "expired").code, X509_V_ERR_CERT_HAS_EXPIRED);
  EXPECT_EQ(verified(material, "not-yet").code, X509_V_ERR_CERT_NOT_YET_VALID);
  EXPECT_EQ(verified(material, "server-only").code, X509_V_ERR_INVALID_PURPOSE);
  EXPECT_EQ(verified(material, "server-only", "root", X509_PURPOSE_SSL_SERVER).code, X509_V_OK);
  EXPECT_EQ(verified(material, "any").code, X509_V_ERR_INVALID_PURPOSE);
  EXPECT_EQ(verified(material, "no-eku").code, X509_V_OK);
  EXPECT_EQ(verified(material, "no-key-usage").code, X509_V_OK);
  EXPECT_EQ(verified(material, "cannot-sign").code, X509_V_ERR_INVALID_PURPOSE);
  EXPECT_EQ(verified(material, "unknown-critical").code, X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION);
  EXPECT_EQ(verified(material, "self-signed").code, X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT);
  EXPECT_THAT(material.credentials.at("self-signed").chain, IsEmpty());
  EXPECT_EQ(verified(material, "rsa1024").code, X509_V_ERR_EE_KEY_TOO_SMALL);
  EXPECT_EQ(verified(material, "sha1").code, X509_V_ERR_CA_MD_TOO_WEAK);
}

TEST(Mint, FaultsOfTheChainAreWhatTheyAreCalled) {
  PkiSpec spec = small_pki();
  CertificateSpec look_alike = authority_spec("look-alike");
  look_alike.subject = spec.authorities[0].subject;
  look_alike.distinct = "look-alike";
  CertificateSpec path_zero = authority_spec("path-zero", "root");
  path_zero.path_length = 0;
  CertificateSpec no_ca = authority_spec("no-ca", "root");
  no_ca.authority = false;
  CertificateSpec constrained = authority_spec("constrained", "root");
  constrained.name_constraints.permitted = {"dns:permitted.test"};
  CertificateSpec expired = authority_spec("expired", "root");
  expired.not_after = -std::chrono::minutes(1);
  for (const auto& one : {look_alike, path_zero, authority_spec("below", "path-zero"), no_ca, constrained, expired})
    spec.authorities.push_back(one);
  for (const char* issuer : {"look-alike", "below", "no-ca", "constrained", "expired"})
    spec.credentials.push_back(leaf_spec(std::string("of-") + issuer, issuer));
  spec.credentials[4].certificate.sans = {"dns:elsewhere.test"};
  spec.credentials.push_back(leaf_spec("leaf-only"));
  spec.credentials.back().chain.emplace();
  const Material material = minted(spec);
  EXPECT_EQ(see(material.authorities.at("look-alike").certificate.get()).subject,
            see(material.authorities.at("root").certificate.get()).subject);
  EXPECT_NE(verified(material, "of-look-alike").code, X509_V_OK);
  EXPECT_EQ(verified(material, "of-look-alike", "look-alike").code, X509_V_OK);
  EXPECT_EQ(verified(material, "of-below").code, X509_V_ERR_PATH_LENGTH_EXCEEDED);
  EXPECT_EQ(verified(material, "of-no-ca").code, X509_V_ERR_INVALID_CA);
  EXPECT_EQ(verified(material, "of-constrained").code, X509_V_ERR_PERMITTED_VIOLATION);
  EXPECT_EQ(verified(material, "of-expired").code, X509_V_ERR_CERT_HAS_EXPIRED);
  EXPECT_EQ(verified(material, "leaf-only").code, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
}

TEST(Mint, AnyDepthAndAnyOrder) {
  PkiSpec spec;
  for (int i = 12; i > 0; --i)
    spec.authorities.push_back(authority_spec("ca-" + std::to_string(i), "ca-" + std::to_string(i - 1)));
  spec.authorities.push_back(authority_spec("ca-0"));
  spec.credentials = {leaf_spec("deep", "ca-12")};
  const Material material = minted(spec);
  ASSERT_EQ(material.credentials.at("deep").chain.size(), 12u);
  EXPECT_EQ(material.credentials.at("deep").chain.back(), material.authorities.at("ca-1").certificate);
  EXPECT_EQ(verified(material, "deep", "ca-0").code, X509_V_OK);
}

TEST(Mint, AStatedChainIsSentAsItStands) {
  PkiSpec spec = small_pki();
  spec.credentials[0].chain = {"root", "intermediate", "root"};
  const Material material = minted(spec);
  const CertificateRef& root = material.authorities.at("root").certificate;
  EXPECT_THAT(material.credentials.at("client").chain,
              ElementsAre(root, material.authorities.at("intermediate").certificate, root));
}

TEST(Mint, Version1HasNoExtensions) {
  PkiSpec spec = small_pki();
  CertificateSpec& old = spec.credentials[0].certificate;
  old.version = 1;
  old.sans = {"dns:ignored.test"};
  old.unknown_critical_extension = true;
  const Material material = minted(spec);
  EXPECT_EQ(leaf_of(material, "client").version, 1);
  EXPECT_EQ(X509_get_ext_count(material.credentials.at("client").certificate.get()), 0);
}

TEST(Mint, BasicConstraintsCanBeLeftOut) {
  PkiSpec spec = small_pki();
  spec.credentials[0].certificate.basic_constraints = false;
  const Material material = minted(spec);
  EXPECT_LT(X509_get_ext_by_NID(material.credentials.at("client").certificate.get(), NID_basic_constraints, -1), 0);
}

TEST(Mint, ASubjectLessLeafHasCriticalNames) {
  PkiSpec spec = small_pki();
  spec.credentials[0].certificate.subject.clear();
  spec.credentials[0].certificate.sans = {"uri:spiffe://a/b"};
  const Material material = minted(spec);
  X509* leaf = material.credentials.at("client").certificate.get();
  EXPECT_EQ(X509_EXTENSION_get_critical(X509_get_ext(leaf, X509_get_ext_by_NID(leaf, NID_subject_alt_name, -1))), 1);
}

TEST(Mint, TwoRunsShareNothing) {
  const Material one = minted(small_pki());
  const Material two = minted(small_pki());
  EXPECT_NE(leaf_of(one, "client").serial, leaf_of(two, "client").serial);
  EXPECT_EQ(EVP_PKEY_eq(one.authorities.at("root").key.get(), two.authorities.at("root").key.get()), 0);
}

TEST(Mint, GivenAuthoritiesIssue) {
  const Material users = minted(small_pki());
  Credential test_ca = users.authorities.at("intermediate");
  PkiSpec spec;
  spec.authorities = {authority_spec("sub", "test-ca")};
  spec.credentials = {leaf_spec("direct", "test-ca"), leaf_spec("below", "sub")};
  KeyPool keys;
  const auto material = mint(spec, keys, now, {{"test-ca", test_ca}});
  ASSERT_TRUE(material) << to_string(material.error());
  EXPECT_THAT(material->credentials.at("direct").chain, ElementsAre(test_ca.certificate));
  EXPECT_THAT(material->credentials.at("below").chain,
              ElementsAre(material->authorities.at("sub").certificate, test_ca.certificate));
  PathInput input;
  input.certificate = material->credentials.at("below").certificate.get();
  input.untrusted = material->credentials.at("below").chain;
  input.trust = {users.authorities.at("root").certificate};
  input.at = now;
  EXPECT_EQ(validate_path(input).code, X509_V_OK);
}

struct Impossible {
  const char* title;
  void (*change)(PkiSpec&);
  const char* where;
  const char* what;
};

class MintError : public testing::TestWithParam<Impossible> {};

TEST_P(MintError, NamesTheEntry) {
  PkiSpec spec = small_pki();
  GetParam().change(spec);
  const Error error = refused(spec);
  EXPECT_EQ(error.stage, "mint");
  EXPECT_EQ(error.where, GetParam().where);
  EXPECT_THAT(error.what, HasSubstr(GetParam().what));
}

INSTANTIATE_TEST_SUITE_P(
    All, MintError,
    testing::Values(
        Impossible{"UnknownIssuer", [](PkiSpec& s) { s.credentials[0].certificate.issuer = "nobody"; },
                   "credential client", "no authority \"nobody\""},
        Impossible{"UnknownIssuerOfAuthority", [](PkiSpec& s) { s.authorities[0].issuer = "nobody"; }, "authority root",
                   "no authority \"nobody\""},
        Impossible{"IssuedByItself", [](PkiSpec& s) { s.authorities[0].issuer = "root"; }, "authority root", "circle"},
        Impossible{"Circle", [](PkiSpec& s) { s.authorities[0].issuer = "intermediate"; }, "authority root",
                   "root, issued by intermediate, issued by root"},
        Impossible{"Subject", [](PkiSpec& s) { s.credentials[0].certificate.subject = "client"; }, "credential client",
                   "\"client\""},
        Impossible{"AlternativeName", [](PkiSpec& s) { s.credentials[0].certificate.sans = {"dnz:a"}; },
                   "credential client", "\"dnz:a\""},
        Impossible{"Constraint", [](PkiSpec& s) { s.authorities[1].name_constraints.excluded = {"ip:1.2.3.4"}; },
                   "authority intermediate", "\"ip:1.2.3.4\""},
        Impossible{"NotMarked", [](PkiSpec& s) { s.authorities[1].subject = "CN=Real CA"; }, "authority intermediate",
                   "TEST ONLY"},
        Impossible{"Version", [](PkiSpec& s) { s.credentials[0].certificate.version = 2; }, "credential client",
                   "1 or 3"},
        Impossible{"Chain", [](PkiSpec& s) { s.credentials[0].chain = {"nobody"}; }, "credential client",
                   "no authority \"nobody\""},
        Impossible{"KeyOf", [](PkiSpec& s) { s.credentials[0].key_of = "nobody"; }, "credential client",
                   "no credential \"nobody\""},
        Impossible{"KeyOfItself", [](PkiSpec& s) { s.credentials[0].key_of = "client"; }, "credential client",
                   "itself"},
        Impossible{"TwoOfOneName", [](PkiSpec& s) { s.credentials.push_back(s.credentials[0]); }, "credential client",
                   "two"},
        Impossible{"ListOfNobody", [](PkiSpec& s) { s.crls = {list_spec("l", "nobody")}; }, "crl l",
                   "no authority \"nobody\""},
        Impossible{"ListRevokesNobody", [](PkiSpec& s) { s.crls = {list_spec("l", "root", {"nobody"})}; }, "crl l",
                   "no credential or authority \"nobody\""},
        Impossible{"Year12000",
                   [](PkiSpec& s) { s.credentials[0].certificate.not_after = std::chrono::hours(87'660'000); },
                   "credential client", "9999"}),
    [](const auto& test) { return std::string(test.param.title); });

}  // namespace
}  // namespace mtls::pki
