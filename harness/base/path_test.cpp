// Path validation: each fault is found, several at once are all kept, and a right path stays right.
#include <gmock/gmock.h>

#include "harness/base/minted_for_test.h"
#include "harness/base/openssl.h"

namespace mtls {
namespace {

using test::day;
using test::mint;
using test::Minting;
using test::now;
using test::revoke;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class PathTest : public ::testing::Test {
 protected:
  Credential leaf(Minting wanted = {}) const { return mint(wanted, &ca_); }
  PathInput input(const Credential& credential) const {
    return {.certificate = credential.certificate.get(),
            .untrusted = {ca_.certificate},
            .trust = {root_.certificate},
            .crls = {},
            .purpose = X509_PURPOSE_SSL_CLIENT,
            .at = now,
            .name = ""};
  }
  VerifyResult validate(const Credential& credential) const { return validate_path(input(credential)); }

  Credential root_ = mint({.name = "root", .serial = 1, .authority = true});
  Credential ca_ = mint({.name = "ca", .serial = 2, .authority = true}, &root_);
};

TEST_F(PathTest, ARightPathIsOk) {
  const VerifyResult result = validate(leaf());
  EXPECT_EQ(result.code, X509_V_OK);
  EXPECT_EQ(result.name, "ok");
  EXPECT_THAT(result.all, IsEmpty());
}

TEST_F(PathTest, TimeIsTheGivenOne) {
  const Credential credential = leaf();
  PathInput later = input(credential);
  later.at = now + 2 * day;
  EXPECT_EQ(validate_path(later).code, X509_V_ERR_CERT_HAS_EXPIRED);
  later.at = now - 2 * day;
  EXPECT_EQ(validate_path(later).code, X509_V_ERR_CERT_NOT_YET_VALID);
}

TEST_F(PathTest, NamesTheCertificateThatTheFirstErrorIsAbout) {
  const VerifyResult result = validate(leaf({.not_after = now - 1}));
  EXPECT_EQ(result.code, X509_V_ERR_CERT_HAS_EXPIRED);
  EXPECT_EQ(result.name, "certificate has expired");
  EXPECT_EQ(result.depth, 0);
  const Credential old = mint({.name = "old", .not_after = now - 1, .authority = true}, &root_);
  const Credential below = mint({}, &old);
  PathInput with = input(below);
  with.untrusted = {old.certificate};
  EXPECT_EQ(validate_path(with).code, X509_V_ERR_CERT_HAS_EXPIRED);
  EXPECT_EQ(validate_path(with).depth, 1);
}

TEST_F(PathTest, KeepsEveryError) {
  const Credential credential = leaf({.not_after = now - 1, .sans = "DNS:a.test", .extended_key_usage = "serverAuth"});
  PathInput with = input(credential);
  with.name = "b.test";
  const VerifyResult result = validate_path(with);
  EXPECT_THAT(result.all, Contains(X509_V_ERR_CERT_HAS_EXPIRED));
  EXPECT_THAT(result.all, Contains(X509_V_ERR_INVALID_PURPOSE));
  EXPECT_THAT(result.all, Contains(X509_V_ERR_HOSTNAME_MISMATCH));
  EXPECT_EQ(result.code, result.all.front());
}

TEST_F(PathTest, FindsAMissingIntermediateAndAForeignRoot) {
  const Credential credential = leaf();
  PathInput alone = input(credential);
  alone.untrusted.clear();
  EXPECT_EQ(validate_path(alone).code, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
  PathInput foreign = input(credential);
  const Credential other = mint({.name = "other", .authority = true});
  foreign.trust = {other.certificate};
  foreign.untrusted = {ca_.certificate, root_.certificate};
  EXPECT_EQ(validate_path(foreign).code, X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN);
  const Credential lonely = mint({.name = "lonely"});
  EXPECT_EQ(validate(lonely).code, X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT);
  PathInput nobody = input(credential);
  nobody.trust.clear();
  EXPECT_NE(validate_path(nobody).code, X509_V_OK);
}

TEST_F(PathTest, PurposeIsCheckedOnlyWhereThereIsOne) {
  const Credential credential = leaf({.extended_key_usage = "serverAuth"});
  PathInput with = input(credential);
  EXPECT_EQ(validate_path(with).code, X509_V_ERR_INVALID_PURPOSE);
  with.purpose = X509_PURPOSE_SSL_SERVER;
  EXPECT_EQ(validate_path(with).code, X509_V_OK);
  with.purpose = 0;
  EXPECT_EQ(validate_path(with).code, X509_V_OK);
}

TEST_F(PathTest, NamesAndAddressesAreMatchedAgainstSans) {
  const Credential credential = leaf({.name = "cn.test", .sans = "DNS:*.a.test,DNS:b.test,IP:127.0.0.1,IP:::1"});
  const auto with = [&](const std::string& name) {
    PathInput asked = input(credential);
    asked.name = name;
    return validate_path(asked).code;
  };
  for (const std::string name : {"x.a.test", "b.test", "B.TEST", "127.0.0.1", "::1"})
    EXPECT_EQ(with(name), X509_V_OK) << name;
  for (const std::string name : {"a.test", "x.y.a.test", "c.test"}) {
    EXPECT_EQ(with(name), X509_V_ERR_HOSTNAME_MISMATCH) << name;
  }
  EXPECT_EQ(with("127.0.0.2"), X509_V_ERR_IP_ADDRESS_MISMATCH);
}

TEST_F(PathTest, TheCommonNameIsNoIdentity) {
  const Credential credential = leaf({.name = "cn.test"});
  PathInput asked = input(credential);
  asked.name = "cn.test";
  EXPECT_EQ(validate_path(asked).code, X509_V_ERR_HOSTNAME_MISMATCH);
}

TEST_F(PathTest, FindsWeakKeysAndDigests) {
  const Credential weak = mint({}, &ca_, own(EVP_RSA_gen(1024)));
  EXPECT_EQ(validate(weak).code, X509_V_ERR_EE_KEY_TOO_SMALL);
  EXPECT_EQ(validate(leaf({.digest = EVP_sha1()})).code, X509_V_ERR_CA_MD_TOO_WEAK);
}

TEST_F(PathTest, RevocationIsCheckedForTheWholeChain) {
  const Credential credential = leaf({.serial = 77});
  PathInput with = input(credential);
  with.crls = {revoke(ca_, {}), revoke(root_, {})};
  EXPECT_EQ(validate_path(with).code, X509_V_OK);
  with.crls = {revoke(ca_, {77}), revoke(root_, {})};
  EXPECT_EQ(validate_path(with).code, X509_V_ERR_CERT_REVOKED);
  with.crls = {revoke(ca_, {}), revoke(root_, {2})};
  EXPECT_EQ(validate_path(with).code, X509_V_ERR_CERT_REVOKED);
  EXPECT_EQ(validate_path(with).depth, 1);
  with.crls = {revoke(ca_, {})};
  EXPECT_EQ(validate_path(with).code, X509_V_ERR_UNABLE_TO_GET_CRL);
  with.crls = {revoke(ca_, {}, now - 1), revoke(root_, {})};
  EXPECT_THAT(validate_path(with).all, ElementsAre(X509_V_ERR_CRL_HAS_EXPIRED));
}

TEST_F(PathTest, NothingToValidateIsNotOk) {
  EXPECT_NE(validate_path({}).code, X509_V_OK);
}

TEST_F(PathTest, LeavesNoErrorsBehind) {
  validate(leaf({.not_after = now - 1}));
  EXPECT_EQ(take_openssl_errors(), "");
}

class CredentialTest : public PathTest {
 protected:
  Credential complete(Minting wanted = {}) const {
    Credential credential = leaf(wanted);
    credential.chain = {ca_.certificate};
    return credential;
  }
  PathInput trust(std::vector<CrlRef> crls = {}) const {
    return {.certificate = nullptr,
            .untrusted = {},
            .trust = {root_.certificate},
            .crls = std::move(crls),
            .at = now,
            .name = ""};
  }
};

TEST_F(CredentialTest, IsSeenWithItsChain) {
  const CredentialView view = see(complete(), trust());
  EXPECT_EQ(view.leaf.subject, "CN=leaf");
  ASSERT_EQ(view.chain.size(), 1u);
  EXPECT_EQ(view.chain[0].subject, "CN=ca");
  EXPECT_TRUE(view.key_matches);
  ASSERT_TRUE(view.verify);
  EXPECT_EQ(view.verify->code, X509_V_OK);
  EXPECT_FALSE(view.listed_as_revoked);
  EXPECT_FALSE(view.chain_listed_as_revoked);
}

TEST_F(CredentialTest, IsNotValidatedWithoutTrust) {
  EXPECT_FALSE(see(complete(), {}).verify);
}

TEST_F(CredentialTest, KnowsAForeignKey) {
  Credential credential = complete();
  credential.key = test::ec_key();
  EXPECT_FALSE(see(credential, trust()).key_matches);
  EXPECT_EQ(take_openssl_errors(), "");
  credential.key = nullptr;
  EXPECT_TRUE(see(credential, trust()).key_matches);
}

TEST_F(CredentialTest, IsListedWhateverTheDatesOfTheList) {
  const Credential credential = complete({.serial = 77});
  EXPECT_TRUE(see(credential, trust({revoke(ca_, {5, 77}, now - 1)})).listed_as_revoked);
  EXPECT_FALSE(see(credential, trust({revoke(ca_, {5})})).listed_as_revoked);
  const CredentialView other = see(credential, trust({revoke(root_, {77})}));
  EXPECT_FALSE(other.listed_as_revoked) << "another issuer's list has the same number";
  const CredentialView chain = see(credential, trust({revoke(root_, {2})}));
  EXPECT_FALSE(chain.listed_as_revoked);
  EXPECT_TRUE(chain.chain_listed_as_revoked);
  PathInput only_lists = trust({revoke(ca_, {77})});
  only_lists.trust.clear();
  EXPECT_TRUE(see(credential, only_lists).listed_as_revoked);
}

TEST_F(CredentialTest, NothingIsSeenOfNothing) {
  const CredentialView view = see(Credential{}, trust());
  EXPECT_EQ(view.leaf.subject, "");
  EXPECT_FALSE(view.verify);
}

}  // namespace
}  // namespace mtls
