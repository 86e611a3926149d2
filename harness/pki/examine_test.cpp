// Looking at material, and writing it down.
#include <openssl/x509v3.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/base/files.h"
#include "harness/pki/example_specs.h"
#include "harness/pki/pki.h"

namespace mtls::pki {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class Examined : public testing::Test {
 protected:
  void SetUp() override {
    PkiSpec spec = small_pki();
    spec.credentials.push_back(leaf_spec("revoked"));
    spec.credentials.push_back(leaf_spec("server", "intermediate", ExtendedKeyUsage::server_auth));
    spec.credentials[0].pkcs12_passphrase = "right";
    spec.crls = {list_spec("root", "root"), list_spec("intermediate", "intermediate", {"revoked"})};
    KeyPool keys;
    auto made = mint(spec, keys, now);
    ASSERT_TRUE(made) << to_string(made.error());
    material = std::move(*made);
  }

  MaterialView look(const ExamineInput& input) {
    auto view = examine(material, input, now);
    if (!view) throw std::runtime_error(to_string(view.error()));
    return std::move(*view);
  }

  Material material;
};

TEST_F(Examined, AGoodClient) {
  const MaterialView view = look({"client", {"root"}, {"root", "intermediate"}, true});
  ASSERT_TRUE(view.credential.verify.has_value());
  EXPECT_EQ(view.credential.verify->code, X509_V_OK);
  EXPECT_THAT(view.credential.leaf.extended_key_usage, testing::ElementsAre("clientAuth"));
  EXPECT_EQ(view.credential.chain.size(), 1u);
  EXPECT_TRUE(view.credential.key_matches);
  EXPECT_FALSE(view.credential.listed_as_revoked);
  EXPECT_EQ(view.pkcs12_opens, true);
  EXPECT_EQ(view.crls.size(), 2u);
  EXPECT_TRUE(view.crl_for_every_authority);
}

TEST_F(Examined, ARevokedClient) {
  const MaterialView view = look({"revoked", {"root"}, {"root", "intermediate"}});
  EXPECT_EQ(view.credential.verify->code, X509_V_ERR_CERT_REVOKED);
  EXPECT_TRUE(view.credential.listed_as_revoked);
  EXPECT_FALSE(view.pkcs12_opens.has_value());
}

TEST_F(Examined, AServerIsValidatedAsOne) {
  ExamineInput input{"server", {"root"}, {}};
  EXPECT_EQ(look(input).credential.verify->code, X509_V_ERR_INVALID_PURPOSE);
  input.server = true;
  EXPECT_EQ(look(input).credential.verify->code, X509_V_OK);
}

TEST_F(Examined, EveryAuthorityNeedsItsList) {
  EXPECT_FALSE(look({"client", {"root"}, {"root"}}).crl_for_every_authority);
  EXPECT_FALSE(look({"client", {"root"}, {"intermediate"}}).crl_for_every_authority);
  EXPECT_FALSE(look({"client", {"root"}, {}}).crl_for_every_authority);
}

TEST_F(Examined, AnotherPassphraseDoesNotOpenTheBundle) {
  material.passphrases["client"] = "wrong";
  EXPECT_EQ(look({"client", {"root"}, {}, true}).pkcs12_opens, false);
}

TEST_F(Examined, AnotherCredentialsBundleIsNotItsOwn) {
  material.pkcs12["revoked"] = material.pkcs12.at("client");
  material.passphrases["revoked"] = "right";
  EXPECT_EQ(look({"revoked", {"root"}, {}, true}).pkcs12_opens, false);
}

TEST_F(Examined, UnknownNamesAreNamed) {
  EXPECT_EQ(examine(material, {"nobody", {}, {}}, now).error().where, "credential nobody");
  EXPECT_EQ(examine(material, {"client", {"nobody"}, {}}, now).error().where, "authority nobody");
  EXPECT_EQ(examine(material, {"client", {"root"}, {"nobody"}}, now).error().where, "crl nobody");
  EXPECT_EQ(examine(material, {"revoked", {"root"}, {}, true}, now).error().where, "PKCS#12 bundle revoked");
}

using Written = Examined;

fs::perms mode(const fs::path& path) {
  return fs::status(path).permissions();
}

TEST_F(Written, EveryFileIsWhereItBelongs) {
  const auto folder = TempDir::make();
  ASSERT_TRUE(folder);
  const fs::path out = folder->path() / "deep" / "out";
  const auto written = write_material(material, out);
  ASSERT_TRUE(written) << to_string(written.error());
  const auto chain = certificates_from_pem(*read_file(out / "credentials/client/chain.crt"), "chain.crt");
  ASSERT_TRUE(chain);
  ASSERT_EQ(chain->size(), 2u);
  EXPECT_EQ(X509_cmp((*chain)[0].get(), material.credentials.at("client").certificate.get()), 0);
  EXPECT_EQ(X509_cmp((*chain)[1].get(), material.authorities.at("intermediate").certificate.get()), 0);
  EXPECT_EQ(certificates_from_pem(*read_file(out / "credentials/client/leaf.crt"), "leaf.crt")->size(), 1u);
  EXPECT_THAT(*read_file(out / "credentials/client/key.pem"), HasSubstr("PRIVATE KEY"));
  EXPECT_EQ(*read_file(out / "credentials/client/bundle.p12"), material.pkcs12.at("client"));
  EXPECT_FALSE(fs::exists(out / "credentials/revoked/bundle.p12"));
  EXPECT_THAT(*read_file(out / "crls/intermediate.crl"), HasSubstr("BEGIN X509 CRL"));
  EXPECT_TRUE(fs::exists(out / "authorities/root.crt"));
  for (const char* secret : {"authorities/root.key", "credentials/client/key.pem", "credentials/client/bundle.p12"})
    EXPECT_EQ(mode(out / secret), fs::perms::owner_read | fs::perms::owner_write) << secret;
  for (const char* closed : {"", "authorities", "credentials", "credentials/client", "crls"})
    EXPECT_EQ(mode(out / closed), fs::perms::owner_all) << closed;
}

TEST_F(Written, NoNameLeadsOutOfTheFolder) {
  const auto folder = TempDir::make();
  ASSERT_TRUE(folder);
  for (const char* name : {"../escape", "a/b", "", ".hidden", "a b"}) {
    Material bad = material;
    bad.credentials[name] = bad.credentials.at("client");
    EXPECT_FALSE(write_material(bad, folder->path() / "out")) << name;
  }
  EXPECT_FALSE(fs::exists(folder->path() / "out"));
}

TEST_F(Written, AFolderThatCannotBeMadeIsAnError) {
  const auto folder = TempDir::make();
  ASSERT_TRUE(folder);
  ASSERT_TRUE(write_file(folder->path() / "file", "x"));
  EXPECT_FALSE(write_material(material, folder->path() / "file" / "below"));
}

}  // namespace
}  // namespace mtls::pki
