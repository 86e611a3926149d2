// Revocation lists, and the OCSP answers made of them.
#include <openssl/ocsp.h>
#include <openssl/x509v3.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/pki/example_specs.h"
#include "harness/pki/handles.h"
#include "harness/pki/pki.h"

namespace mtls::pki {
namespace {

using testing::IsEmpty;
using testing::UnorderedElementsAre;

PkiSpec pki_with_lists() {
  PkiSpec spec = small_pki();
  spec.authorities.push_back(authority_spec("revoked-ca", "root"));
  spec.authorities.push_back(authority_spec("other"));
  spec.credentials.push_back(leaf_spec("revoked"));
  spec.credentials.push_back(leaf_spec("of-revoked-ca", "revoked-ca"));
  spec.crls = {list_spec("root", "root", {"revoked-ca"}), list_spec("good", "intermediate", {"revoked"}),
               list_spec("empty", "intermediate"),        list_spec("expired", "intermediate"),
               list_spec("future", "intermediate"),       list_spec("wrong-key", "intermediate"),
               list_spec("revoked-ca", "revoked-ca")};
  spec.crls[3].this_update = -std::chrono::hours(3);
  spec.crls[3].next_update = -std::chrono::hours(1);
  spec.crls[4].this_update = std::chrono::hours(1);
  spec.crls[4].next_update = std::chrono::hours(2);
  spec.crls[5].signed_by = "other";
  return spec;
}

class Lists : public testing::Test {
 protected:
  void SetUp() override {
    KeyPool keys;
    auto made = mint(pki_with_lists(), keys, now);
    ASSERT_TRUE(made) << to_string(made.error());
    material = std::move(*made);
  }

  int verified(const std::string& name, const std::vector<std::string>& lists) {
    const Credential& credential = material.credentials.at(name);
    PathInput input;
    input.certificate = credential.certificate.get();
    input.untrusted = credential.chain;
    input.trust = {material.authorities.at("root").certificate};
    for (const std::string& list : lists) input.crls.push_back(material.crls.at(list));
    input.purpose = X509_PURPOSE_SSL_CLIENT;
    input.at = now;
    return validate_path(input).code;
  }

  Material material;
};

TEST_F(Lists, ReadBack) {
  const CrlView root = see(material.crls.at("root").get());
  const CrlView list = see(material.crls.at("good").get());
  EXPECT_EQ(list.issuer, "CN=intermediate,O=mtlscheck TEST ONLY");
  EXPECT_EQ(list.this_update, now - 3600);
  EXPECT_EQ(list.next_update, now + 86400);
  EXPECT_THAT(list.revoked, UnorderedElementsAre(see(material.credentials.at("revoked").certificate.get()).serial));
  EXPECT_THAT(root.revoked, UnorderedElementsAre(see(material.authorities.at("revoked-ca").certificate.get()).serial));
  EXPECT_THAT(see(material.crls.at("empty").get()).revoked, IsEmpty());
}

TEST_F(Lists, CarryNumberAndAuthorityKey) {
  X509_CRL* good = material.crls.at("good").get();
  X509_CRL* empty = material.crls.at("empty").get();
  EXPECT_GE(X509_CRL_get_ext_by_NID(good, NID_authority_key_identifier, -1), 0);
  const IntegerPtr first(static_cast<ASN1_INTEGER*>(X509_CRL_get_ext_d2i(good, NID_crl_number, nullptr, nullptr)));
  const IntegerPtr second(static_cast<ASN1_INTEGER*>(X509_CRL_get_ext_d2i(empty, NID_crl_number, nullptr, nullptr)));
  ASSERT_TRUE(first && second);
  EXPECT_LT(ASN1_INTEGER_cmp(first.get(), second.get()), 0);
}

TEST_F(Lists, DecideAsTheyAreCalled) {
  EXPECT_EQ(verified("client", {"root", "good"}), X509_V_OK);
  EXPECT_EQ(verified("client", {"root", "empty"}), X509_V_OK);
  EXPECT_EQ(verified("revoked", {"root", "good"}), X509_V_ERR_CERT_REVOKED);
  EXPECT_EQ(verified("revoked", {"root", "empty"}), X509_V_OK);
  EXPECT_EQ(verified("of-revoked-ca", {"root", "revoked-ca"}), X509_V_ERR_CERT_REVOKED);
  EXPECT_EQ(verified("client", {"good"}), X509_V_ERR_UNABLE_TO_GET_CRL);
  EXPECT_EQ(verified("client", {"root"}), X509_V_ERR_UNABLE_TO_GET_CRL);
  EXPECT_EQ(verified("client", {"root", "expired"}), X509_V_ERR_CRL_HAS_EXPIRED);
  EXPECT_EQ(verified("client", {"root", "future"}), X509_V_ERR_CRL_NOT_YET_VALID);
  EXPECT_EQ(verified("client", {"root", "wrong-key"}), X509_V_ERR_CRL_SIGNATURE_FAILURE);
}

struct Asked {
  std::string der;
  std::unique_ptr<OCSP_REQUEST, Freed<OCSP_REQUEST_free>> request;
  OCSP_CERTID* id = nullptr;
};

class Ocsp : public Lists {
 protected:
  Asked ask(const std::string& credential, const std::string& issuer, const EVP_MD* hash = EVP_sha1()) {
    Asked asked;
    asked.request.reset(OCSP_REQUEST_new());
    asked.id = OCSP_cert_to_id(hash, material.credentials.at(credential).certificate.get(),
                               material.authorities.at(issuer).certificate.get());
    OCSP_request_add0_id(asked.request.get(), asked.id);
    OCSP_request_add1_nonce(asked.request.get(), nullptr, -1);
    unsigned char* der = nullptr;
    const int length = i2d_OCSP_REQUEST(asked.request.get(), &der);
    asked.der.assign(reinterpret_cast<const char*>(der), static_cast<std::size_t>(length));
    OPENSSL_free(der);
    return asked;
  }

  std::unique_ptr<OCSP_RESPONSE, Freed<OCSP_RESPONSE_free>> answer(const std::string& request,
                                                                   OcspAnswer kind = OcspAnswer::good_or_revoked) {
    const std::vector<Credential> issuers{material.authorities.at("root"), material.authorities.at("intermediate")};
    const auto der = answer_ocsp(request, issuers, {material.crls.at("root"), material.crls.at("good")}, kind, now);
    EXPECT_TRUE(der) << to_string(der.error());
    const auto* from = reinterpret_cast<const unsigned char*>(der->data());
    return std::unique_ptr<OCSP_RESPONSE, Freed<OCSP_RESPONSE_free>>(
        d2i_OCSP_RESPONSE(nullptr, &from, static_cast<long>(der->size())));
  }

  // The certificate's status; -1 where the response is not one that a client would believe.
  int status(const Asked& asked, OcspAnswer kind = OcspAnswer::good_or_revoked) {
    const auto response = answer(asked.der, kind);
    if (!response || OCSP_response_status(response.get()) != OCSP_RESPONSE_STATUS_SUCCESSFUL) return -1;
    const std::unique_ptr<OCSP_BASICRESP, Freed<OCSP_BASICRESP_free>> basic(OCSP_response_get1_basic(response.get()));
    if (OCSP_check_nonce(asked.request.get(), basic.get()) != 1) return -1;
    const StorePtr store(X509_STORE_new());
    X509_STORE_add_cert(store.get(), material.authorities.at("root").certificate.get());
    X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store.get()), now);
    if (OCSP_basic_verify(basic.get(), nullptr, store.get(), 0) != 1) return -1;
    int found = -1;
    OCSP_resp_find_status(basic.get(), asked.id, &found, nullptr, nullptr, nullptr, nullptr);
    return found;
  }
};

TEST_F(Ocsp, SaysWhatTheListsSay) {
  EXPECT_EQ(status(ask("client", "intermediate")), V_OCSP_CERTSTATUS_GOOD);
  EXPECT_EQ(status(ask("client", "intermediate", EVP_sha256())), V_OCSP_CERTSTATUS_GOOD);
  EXPECT_EQ(status(ask("revoked", "intermediate")), V_OCSP_CERTSTATUS_REVOKED);
}

TEST_F(Ocsp, SaysUnknownWhereTold) {
  EXPECT_EQ(status(ask("revoked", "intermediate"), OcspAnswer::unknown), V_OCSP_CERTSTATUS_UNKNOWN);
}

TEST_F(Ocsp, RefusesForForeignIssuersAndWhenTold) {
  const auto foreign = answer(ask("of-revoked-ca", "revoked-ca").der);
  EXPECT_EQ(OCSP_response_status(foreign.get()), OCSP_RESPONSE_STATUS_UNAUTHORIZED);
  const auto later = answer(ask("client", "intermediate").der, OcspAnswer::try_later);
  EXPECT_EQ(OCSP_response_status(later.get()), OCSP_RESPONSE_STATUS_TRYLATER);
}

TEST_F(Ocsp, NonsenseIsAnError) {
  for (const char* bytes : {"", "GET / HTTP/1.1", "\x30\x80"})
    EXPECT_FALSE(answer_ocsp(bytes, {material.authorities.at("root")}, {}, OcspAnswer::unknown, now)) << bytes;
}

}  // namespace
}  // namespace mtls::pki
