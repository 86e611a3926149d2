// Names out of text: what comes back when the certificate is read, and what is refused.
#include "harness/pki/names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mtls::pki {
namespace {

using testing::HasSubstr;

std::string printed(const X509_NAME* name) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253);
  char* data = nullptr;
  const long length = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(length)};
}

class DistinguishedName : public testing::TestWithParam<const char*> {};

TEST_P(DistinguishedName, ReadsBackAsItWasStated) {
  const auto name = distinguished_name(GetParam());
  ASSERT_TRUE(name) << to_string(name.error());
  EXPECT_EQ(printed(name->get()), GetParam());
}
INSTANTIATE_TEST_SUITE_P(Stated, DistinguishedName,
                         testing::Values("", "CN=a", "CN=a,O=b", "CN=a,OU=x,OU=y,O=b,C=DE", "CN=a\\,b,O=c", "CN=a\\+b",
                                         "CN=a=b", "CN=\\\"q\\\"", "DC=example,DC=test"));

TEST(DistinguishedNameText, EscapedBytesAreUtf8) {
  const auto name = distinguished_name("CN=M\\C3\\BCller");
  ASSERT_TRUE(name) << to_string(name.error());
  const auto plain = distinguished_name("CN=M\xC3\xBCller");
  ASSERT_TRUE(plain);
  EXPECT_EQ(X509_NAME_cmp(name->get(), plain->get()), 0);
}

class NoDistinguishedName : public testing::TestWithParam<const char*> {};

TEST_P(NoDistinguishedName, IsRefusedAndQuoted) {
  const auto name = distinguished_name(GetParam());
  ASSERT_FALSE(name);
  EXPECT_THAT(name.error().what, HasSubstr(GetParam()));
  EXPECT_EQ(take_openssl_errors(), "");
}
INSTANTIATE_TEST_SUITE_P(Malformed, NoDistinguishedName,
                         testing::Values("client", "CN=", "CN=a,", "CN=a,,O=b", "XYZ=a", "CN=a\\", "CN=a\\zz",
                                         "CN=a+OU=b", "C=Germany", "CN=\xC3"));

TEST(AlternativeNames, TakesEverySortInOrder) {
  const auto names =
      alternative_names({"dns:*.a.test", "ip:127.0.0.1", "ip:::1", "uri:spiffe://a/b", "email:a@b.test", "dir:CN=x"});
  ASSERT_TRUE(names) << to_string(names.error());
  const std::vector<int> sorts{GEN_DNS, GEN_IPADD, GEN_IPADD, GEN_URI, GEN_EMAIL, GEN_DIRNAME};
  ASSERT_EQ(sk_GENERAL_NAME_num(names->get()), static_cast<int>(sorts.size()));
  for (int i = 0; i < static_cast<int>(sorts.size()); ++i)
    EXPECT_EQ(sk_GENERAL_NAME_value(names->get(), i)->type, sorts[static_cast<std::size_t>(i)]);
}

TEST(AlternativeNames, KeepsAnEmbeddedNul) {
  const auto names = alternative_names({std::string("dns:a.test\0.evil.test", 21)});
  ASSERT_TRUE(names);
  EXPECT_EQ(ASN1_STRING_length(sk_GENERAL_NAME_value(names->get(), 0)->d.dNSName), 17);
}

class NoAlternativeName : public testing::TestWithParam<const char*> {};

TEST_P(NoAlternativeName, IsRefusedAndQuoted) {
  const auto names = alternative_names({GetParam()});
  ASSERT_FALSE(names);
  EXPECT_THAT(names.error().what, HasSubstr(GetParam()));
  EXPECT_EQ(take_openssl_errors(), "");
}
INSTANTIATE_TEST_SUITE_P(Malformed, NoAlternativeName,
                         testing::Values("a.test", "dns:", "dnz:a.test", "ip:localhost", "ip:300.1.1.1",
                                         "ip:10.0.0.0/8", "dns:\xC3\xBC.test", "dir:nonsense", "email:"));

TEST(NameConstraints, MasksAddresses) {
  const auto made = constraints_on_names({{"ip:127.99.1.1/9", "dns:a.test"}, {"dir:O=Evil", "uri:evil.test"}});
  ASSERT_TRUE(made) << to_string(made.error());
  ASSERT_EQ(sk_GENERAL_SUBTREE_num((*made)->permittedSubtrees), 2);
  ASSERT_EQ(sk_GENERAL_SUBTREE_num((*made)->excludedSubtrees), 2);
  const ASN1_OCTET_STRING* range = sk_GENERAL_SUBTREE_value((*made)->permittedSubtrees, 0)->base->d.iPAddress;
  const std::string bytes(reinterpret_cast<const char*>(ASN1_STRING_get0_data(range)),
                          static_cast<std::size_t>(ASN1_STRING_length(range)));
  EXPECT_EQ(bytes, std::string("\x7f\0\0\0\xff\x80\0\0", 8));
}

TEST(NameConstraints, RefusesWhatIsNoRange) {
  for (const char* text : {"ip:127.0.0.1", "ip:127.0.0.0/33", "ip:127.0.0.0/", "ip:127.0.0.0/8x", "ip:/8"})
    EXPECT_FALSE(constraints_on_names({{text}, {}})) << text;
}

}  // namespace
}  // namespace mtls::pki
