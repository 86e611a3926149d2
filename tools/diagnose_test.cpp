// The diagnosis of live endpoints: a real nginx with several policies, and the program run against it.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/base/files.h"
#include "harness/base/process.h"
#include "tools/nginx_under_test.h"
#include "tools/program_under_test.h"

namespace mtls::tools {
namespace {

using testing::HasSubstr;
using testing::Not;
using Words = std::vector<std::string>;

class Diagnose : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (nginx_is_installed()) nginx = Nginx::start();
  }
  static void TearDownTestSuite() { nginx.reset(); }
  void SetUp() override {
    if (!nginx_is_installed()) GTEST_SKIP() << "skipped, because nginx is not installed";
    ASSERT_TRUE(nginx);
  }

  // With the right name and trust store, unless `more` says otherwise.
  static Ran diagnose(const std::string& policy, const Words& more, const Words& usual) {
    Words words{"diagnose", nginx->at(policy)};
    words.insert(words.end(), usual.begin(), usual.end());
    words.insert(words.end(), more.begin(), more.end());
    return mtlscheck(words);
  }
  static Ran diagnose(const std::string& policy, const Words& more = {}) {
    return diagnose(policy, more, {"--sni", "gateway.test", "--cacert", nginx->file("authorities/root.crt")});
  }
  static Ran as(const std::string& credential, const std::string& policy = "mutual", Words more = {}) {
    const Words words = nginx->credential(credential);
    more.insert(more.begin(), words.begin(), words.end());
    return diagnose(policy, more);
  }
  static Ran with_files(const std::string& certificate, const std::string& key, Words more = {}) {
    more.insert(more.begin(), {"--cert", certificate, "--key", key});
    return diagnose("mutual", more);
  }

  static std::unique_ptr<Nginx> nginx;
};
std::unique_ptr<Nginx> Diagnose::nginx;

void expect_problem(const Ran& ran, const std::string& code) {
  EXPECT_EQ(ran.code, 1) << ran.text;
  const std::string first = ran.text.substr(0, ran.text.find('\n'));
  EXPECT_THAT(first, HasSubstr(": " + code + " (")) << ran.text;
}

TEST_F(Diagnose, Healthy) {
  const Ran ran = as("client");
  EXPECT_EQ(ran.code, 0) << ran.text;
  EXPECT_THAT(ran.text, HasSubstr("HEALTHY"));
}
TEST_F(Diagnose, HealthyOverTls12Only) {
  EXPECT_EQ(as("client", "old").code, 0);
}
TEST_F(Diagnose, HealthyFromPkcs12) {
  ASSERT_TRUE(write_file(nginx->folder() / "pass", "mtlscheck\r\n"));
  const std::string bundle = (nginx->folder() / "made.p12").string();
  ProcessSpec pack;
  pack.program = find_program("openssl");
  pack.arguments = {"pkcs12",   "-export",
                    "-in",      nginx->file("credentials/client/chain.crt"),
                    "-inkey",   nginx->file("credentials/client/key.pem"),
                    "-out",     bundle,
                    "-passout", "pass:mtlscheck"};
  ASSERT_EQ(run_to_end(pack, std::chrono::seconds(20))->exit.code, 0);
  const Ran ran = diagnose("mutual", {"--pkcs12", bundle, "--pass-file", (nginx->folder() / "pass").string()});
  EXPECT_EQ(ran.code, 0) << ran.text;
  ASSERT_TRUE(write_file(nginx->folder() / "wrong", "wrong"));
  expect_problem(diagnose("mutual", {"--pkcs12", bundle, "--pass-file", (nginx->folder() / "wrong").string()}),
                 "client-credential-unreadable");
}
TEST_F(Diagnose, MissingCertificate) {
  expect_problem(diagnose("mutual"), "client-cert-missing");
}
TEST_F(Diagnose, ExpiredCertificate) {
  expect_problem(as("client-expired"), "client-cert-expired");
}
TEST_F(Diagnose, WrongCa) {
  expect_problem(as("client-wrong-ca"), "client-cert-untrusted-issuer");
}
TEST_F(Diagnose, WrongUsage) {
  expect_problem(as("client-wrong-eku"), "client-cert-wrong-eku");
}
TEST_F(Diagnose, ChainIncomplete) {
  expect_problem(as("client-leaf-only"), "client-chain-incomplete");
}
TEST_F(Diagnose, RevokedByTheGatewaysLog) {
  expect_problem(as("client-revoked", "lists", {"--gateway-log", nginx->log(), "--gateway", "nginx"}),
                 "client-cert-revoked");
}
TEST_F(Diagnose, RevokedByTheClientsOwnList) {
  const Ran ran = as("client-revoked", "lists", {"--crl", nginx->file("crls/intermediate-crl.crl")});
  expect_problem(ran, "client-cert-revoked");
  EXPECT_THAT(ran.text, HasSubstr("the lists given do not cover the server's chain"));
}
TEST_F(Diagnose, RevokedAndLetIn) {
  expect_problem(as("client-revoked", "mutual", {"--crl", nginx->file("crls/intermediate-crl.crl")}),
                 "revocation-not-enforced");
}
TEST_F(Diagnose, AKeyWhoseSignaturesTheGatewayDoesNotTake) {
  for (const char* version : {"1.2", "1.3"}) {
    const Ran ran = as("client", "rsa", {"--tls", version});
    expect_problem(ran, "no-shared-signature-algorithm");
    EXPECT_THAT(ran.text,
                HasSubstr("asked for a certificate of CN=Root CA,O=mtlscheck TEST ONLY; signed with rsa_pss_"));
    EXPECT_EQ(as("client-rsa2048", "rsa", {"--tls", version}).code, 0);
  }
}
TEST_F(Diagnose, WrongName) {
  expect_problem(diagnose("mutual", {"--sni", "other.test", "--cacert", nginx->file("authorities/root.crt")}, {}),
                 "server-name-mismatch");
}
TEST_F(Diagnose, UntrustedServer) {
  expect_problem(
      diagnose("mutual", {"--sni", "gateway.test", "--cacert", nginx->file("authorities/other-root.crt")}, {}),
      "server-cert-untrusted");
}
TEST_F(Diagnose, ClientAuthOff) {
  expect_problem(as("client", "off"), "client-auth-not-enforced");
  expect_problem(diagnose("off"), "client-auth-not-enforced");
}
TEST_F(Diagnose, ClientAuthOptional) {
  expect_problem(as("client", "optional"), "client-auth-optional");
}
TEST_F(Diagnose, AnyIssuer) {
  expect_problem(as("client", "any"), "client-auth-any-issuer");
}
TEST_F(Diagnose, IdentityNotAuthorised) {
  expect_problem(as("client", "forbidden", {"--path", "/secret"}), "client-identity-not-authorised");
}
TEST_F(Diagnose, PlaintextPort) {
  expect_problem(as("client", "plain"), "tls-to-plaintext-port");
}
TEST_F(Diagnose, HttpToATlsPort) {
  expect_problem(mtlscheck({"diagnose", "http://" + nginx->at("mutual") + "/"}), "plaintext-to-tls-port");
}
TEST_F(Diagnose, ClosedPort) {
  expect_problem(mtlscheck({"diagnose", nginx->nobody()}), "connection-refused");
}
TEST_F(Diagnose, NameWithoutAddress) {
  expect_problem(mtlscheck({"diagnose", "no-such-host.invalid:443"}), "name-not-resolved");
}

TEST_F(Diagnose, KeyOfAnother) {
  const Ran ran = with_files(nginx->file("credentials/client/chain.crt"), nginx->file("credentials/client-2/key.pem"));
  expect_problem(ran, "client-key-mismatch");
  EXPECT_THAT(ran.text, HasSubstr("Nothing was sent."));
}

TEST_F(Diagnose, CertificateInDer) {
  const std::string der = (nginx->folder() / "leaf.der").string();
  ProcessSpec convert;
  convert.program = find_program("openssl");
  convert.arguments = {"x509", "-in", nginx->file("credentials/client-2/leaf.crt"), "-outform", "DER", "-out", der};
  ASSERT_EQ(run_to_end(convert, std::chrono::seconds(20))->exit.code, 0);
  expect_problem(with_files(der, nginx->file("credentials/client-2/key.pem")), "client-chain-incomplete");
}

TEST_F(Diagnose, EncryptedKey) {
  const std::string key = (nginx->folder() / "encrypted.pem").string();
  ProcessSpec convert;
  convert.program = find_program("openssl");
  convert.arguments = {"pkcs8", "-topk8", "-in",      nginx->file("credentials/client/key.pem"),
                       "-out",  key,      "-passout", "pass:open sesame"};
  ASSERT_EQ(run_to_end(convert, std::chrono::seconds(20))->exit.code, 0);
  ASSERT_TRUE(write_file(nginx->folder() / "sesame", "open sesame\n"));
  const std::string certificate = nginx->file("credentials/client/chain.crt");
  const Ran opened = with_files(certificate, key, {"--pass-file", (nginx->folder() / "sesame").string()});
  EXPECT_EQ(opened.code, 0) << opened.text;
  const Ran closed = with_files(certificate, key);
  expect_problem(closed, "client-credential-unreadable");
  EXPECT_THAT(closed.text, HasSubstr("--pass-file"));
}

TEST_F(Diagnose, ChainInAnyOrderWithByteOrderMarkAndCarriageReturns) {
  const std::string chain = read_file(nginx->file("credentials/client/chain.crt")).value();
  const auto second = chain.find("-----BEGIN", 10);
  std::string turned = "\xef\xbb\xbf";
  for (const char c : chain.substr(second) + chain.substr(0, second)) turned += c == '\n' ? "\r\n" : std::string(1, c);
  ASSERT_TRUE(write_file(nginx->folder() / "turned.crt", turned));
  const Ran ran = with_files((nginx->folder() / "turned.crt").string(), nginx->file("credentials/client/key.pem"));
  EXPECT_EQ(ran.code, 0) << ran.text;
  EXPECT_THAT(ran.text, HasSubstr("is not the first one"));
}

TEST_F(Diagnose, UnreadableFilesAreNamedWithWhatWasFound) {
  const std::string key = nginx->file("credentials/client/key.pem");
  ASSERT_TRUE(write_file(nginx->folder() / "empty", ""));
  const std::vector<std::pair<std::string, std::string>> files{
      {(nginx->folder() / "empty").string(), "is empty"},
      {nginx->folder().string(), "is a directory"},
      {(nginx->folder() / "absent").string(), "No such file"},
      {key, "holds no certificate; found PEM with PRIVATE KEY"},
      {nginx->file("crls/root-crl.crl"), "found PEM with X509 CRL"}};
  for (const auto& [file, words] : files) {
    const Ran ran = with_files(file, key);
    expect_problem(ran, "client-credential-unreadable");
    EXPECT_THAT(ran.text, HasSubstr(words)) << file;
  }
  expect_problem(diagnose("mutual", {"--cacert", (nginx->folder() / "empty").string()}, {}), "client-trust-unreadable");
}

TEST_F(Diagnose, JsonHoldsNoKeyAndFewerThanTwelveProbes) {
  const Ran ran = as("client-expired", "mutual", {"--json"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.text, HasSubstr("\"schema\": \"mtlscheck.diagnosis/1\""));
  EXPECT_THAT(ran.text, Not(HasSubstr("PRIVATE KEY")));
  int probes = 0;
  for (auto at = ran.text.find("\"purpose\""); at != std::string::npos; at = ran.text.find("\"purpose\"", at + 1))
    ++probes;
  EXPECT_GE(probes, 3);
  EXPECT_LE(probes, 12);
}

TEST_F(Diagnose, TextStaysBelowFortyLines) {
  const Ran ran = as("client-wrong-ca", "lists", {"--gateway-log", nginx->log(), "--gateway", "nginx"});
  EXPECT_LT(std::count(ran.text.begin(), ran.text.end(), '\n'), 40) << ran.text;
  EXPECT_THAT(ran.text, HasSubstr("nginx: "));
}

TEST_F(Diagnose, WhatTheGatewayIsSaidToHoldForItsUpstreamMustBeUsable) {
  const std::string certificate = nginx->file("credentials/gateway/chain.crt");
  const std::string key = nginx->file("credentials/gateway/key.pem");
  const Words asked{"--upstream", nginx->at("mutual"), "--upstream-sni", "gateway.test"};
  const auto with = [&](const Words& more) {
    Words words = asked;
    words.insert(words.end(), more.begin(), more.end());
    return as("client", "mutual", words);
  };
  const std::string closed = (nginx->folder() / "closed.pem").string();
  ProcessSpec close;
  close.program = find_program("openssl");
  close.arguments = {"pkcs8", "-topk8", "-in", key, "-out", closed, "-passout", "pass:open sesame"};
  ASSERT_EQ(run_to_end(close, std::chrono::seconds(20))->exit.code, 0);
  ASSERT_TRUE(write_file(nginx->folder() / "opens", "open sesame\n"));
  const std::vector<std::pair<Words, std::string>> wrong{
      {{"--upstream-cert", certificate}, "holds no private key"},
      {{"--upstream-cert", nginx->folder().string(), "--upstream-key", key}, "is a directory"},
      {{"--upstream-cert", certificate, "--upstream-key", closed}, "--upstream-pass-file"},
      {{"--upstream-cert", certificate, "--upstream-key", nginx->file("credentials/client/key.pem")},
       "does not belong"},
      {{"--upstream-cacert", (nginx->folder() / "absent").string()}, "No such file"}};
  for (const auto& [words, says] : wrong) {
    const Ran ran = with(words);
    EXPECT_EQ(ran.code, 2) << ran.text;
    EXPECT_THAT(ran.text, HasSubstr("what the gateway holds for its upstream: "));
    EXPECT_THAT(ran.text, HasSubstr(says));
  }
  const Ran opened =
      with({"--upstream-cert", certificate, "--upstream-key", closed, "--upstream-pass-file",
            (nginx->folder() / "opens").string(), "--upstream-cacert", nginx->file("authorities/root.crt")});
  EXPECT_EQ(opened.code, 0) << opened.text;
}

TEST_F(Diagnose, AKindThatNobodyKnowsIsNotPassedOverInSilence) {
  const Ran ran = as("client", "mutual", {"--gateway", "ngnix"});
  EXPECT_EQ(ran.code, 0) << ran.text;
  EXPECT_THAT(ran.text, HasSubstr("did you mean nginx?"));
}

TEST(DiagnoseUsage, MistakesEndWithTwo) {
  for (const Words& words : std::vector<Words>{{"diagnose"},
                                               {"diagnose", "host:99999"},
                                               {"diagnose", "ftp://host/"},
                                               {"diagnose", "user@host:443"},
                                               {"diagnose", "127.0.0.1:1", "--key", "k"},
                                               {"diagnose", "127.0.0.1:1", "--pass-file", "k"},
                                               {"diagnose", "127.0.0.1:1", "--sni", "a b"},
                                               {"diagnose", "127.0.0.1:1", "--sni", std::string(256, 'a')},
                                               {"diagnose", "127.0.0.1:1", "--host", "a\r\nX-Admin: 1"},
                                               {"diagnose", "127.0.0.1:1", "--path", "/a HTTP/1.1\r\n"},
                                               {"diagnose", "127.0.0.1:1", "--path", "health"},
                                               {"diagnose", "127.0.0.1:1", "--alpn", std::string(256, 'a')},
                                               {"diagnose", "127.0.0.1:1", "--timeout", "0"},
                                               {"diagnose", "127.0.0.1:1", "--tls", "1.1"},
                                               {"diagnose", "127.0.0.1:1", "--report", "pdf=x"},
                                               {"diagnose", "127.0.0.1:1", "--cert", "c", "--pkcs12", "p"},
                                               {"diagnose", "127.0.0.1:1", "--upstream-pass-file", "k"},
                                               {"diagnose", "127.0.0.1:1", "--upstream", "127.0.0.1:0"},
                                               {"diagnose", "127.0.0.1:1", "--upstream-sni", "a.test"},
                                               {"diagnose", "127.0.0.1:1", "--gateway-log", "/nonexistent"},
                                               {"diagnose", "127.0.0.1:1", "--source", "203.0.113.9"}})
    EXPECT_EQ(mtlscheck(words).code, 2) << words.back();
}

}  // namespace
}  // namespace mtls::tools
