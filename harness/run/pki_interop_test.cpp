// The standard PKI on disk, judged by other programs: openssl, GnuTLS's certtool and curl say of every credential and
// list what fixtures/pki/standard.json says.
#include <cstdlib>
#include <functional>
#include <map>
#include <optional>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/base/files.h"
#include "harness/base/process.h"
#include "harness/base/text.h"
#include "harness/base/time.h"
#include "harness/catalog/catalog.h"
#include "harness/pki/pki.h"

namespace mtls {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr std::chrono::seconds patience{20};

// Nobody's trust store holds these, so a verifier that is asked about the whole PKI gets every root but them.
const std::set<std::string> untrusted_roots{"other-root", "look-alike-root"};

bool is_server(const CredentialSpec& spec) {
  const std::string& name = spec.certificate.name;
  return name.rfind("server", 0) == 0 || name.rfind("upstream", 0) == 0;
}

bool is_about_revocation(const CredentialSpec& spec) {
  return spec.fault.size() > 8 && spec.fault.substr(spec.fault.size() - 8) == "-revoked";
}

// The standard PKI, minted and written once for all tests.
struct Written {
  PkiSpec spec;
  pki::Material material;
  std::optional<TempDir> folder;
  std::map<std::string, std::string> chains;  // what follows the leaf, as a file each

  fs::path path(const fs::path& below) const { return folder->path() / below; }
  std::string text(const fs::path& below) const { return path(below).string(); }
  const CredentialSpec& credential(const std::string& name) const {
    for (const CredentialSpec& one : spec.credentials)
      if (one.certificate.name == name) return one;
    throw std::runtime_error("the standard PKI has no credential " + name);
  }
};

template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(to_string(result.error()));
  return std::move(*result);
}

std::unique_ptr<Written> write_standard() {
  auto written = std::make_unique<Written>();
  written->spec = must(catalog::read_pki(fs::path(MTLSCHECK_SOURCE_DIR) / "fixtures" / "pki" / "standard.json"));
  // Four kilobits take seconds to make, and no program here tells them from two.
  for (CredentialSpec& one : written->spec.credentials)
    if (one.certificate.key == KeyType::rsa4096) one.certificate.key = KeyType::rsa2048;
  pki::KeyPool keys;
  written->material = must(pki::mint(written->spec, keys, now_seconds()));
  written->folder.emplace(must(TempDir::make()));
  std::string trust, lists;
  for (const CertificateSpec& one : written->spec.authorities)
    if (one.issuer.empty() && untrusted_roots.count(one.name) == 0)
      trust += to_pem(written->material.authorities.at(one.name).certificate.get());
  for (const char* list : {"root-crl", "intermediate-crl", "revoked-intermediate-crl"})
    lists += to_pem(written->material.crls.at(list).get());
  bool good = static_cast<bool>(pki::write_material(written->material, written->folder->path()));
  good = good && write_file(written->path("trust.pem"), trust) && write_file(written->path("lists.pem"), lists);
  for (const auto& [name, credential] : written->material.credentials) {
    std::string chain;
    for (const CertificateRef& link : credential.chain) chain += to_pem(link.get());
    if (chain.empty()) continue;
    written->chains[name] = written->text("rest-of-" + name + ".pem");
    good = good && write_file(written->chains[name], chain);
  }
  if (!good) throw std::runtime_error("the standard PKI could not be written");
  return written;
}

class StandardPki : public testing::Test {
 protected:
  static void SetUpTestSuite() { written = write_standard(); }
  static void TearDownTestSuite() { written.reset(); }

  static Output run(const std::string& program, const std::vector<std::string>& arguments) {
    ProcessSpec spec;
    spec.program = find_program(program);
    spec.arguments = arguments;
    return must(run_to_end(spec, patience));
  }

  static std::unique_ptr<Written> written;
};
std::unique_ptr<Written> StandardPki::written;

#define NEEDS(program) \
  if (find_program(program).empty()) GTEST_SKIP() << program << " is not installed: nothing was compared with it"

// The number of the first error that `openssl verify` prints; 0 where it says OK.
int verify_with_openssl(const Written& written, const CredentialSpec& spec,
                        const std::function<Output(const std::vector<std::string>&)>& openssl) {
  const std::string& name = spec.certificate.name;
  std::vector<std::string> arguments{"verify",
                                     "-CAfile",
                                     written.text("trust.pem"),
                                     "-no-CApath",
                                     "-no-CAstore",
                                     "-purpose",
                                     is_server(spec) ? "sslserver" : "sslclient",
                                     "-auth_level",
                                     "2"};
  if (const auto chain = written.chains.find(name); chain != written.chains.end())
    arguments.insert(arguments.end(), {"-untrusted", chain->second});
  if (is_about_revocation(spec))
    arguments.insert(arguments.end(), {"-crl_check_all", "-CRLfile", written.text("lists.pem")});
  arguments.push_back(written.text(fs::path("credentials") / name / "leaf.crt"));
  const Output output = openssl(arguments);
  const std::size_t error = output.text.find("error ");
  if (error != std::string::npos) return std::atoi(output.text.c_str() + error + 6);
  return output.exit.code == 0 && output.text.find(": OK") != std::string::npos ? 0 : -1;
}

TEST_F(StandardPki, EveryCredentialSaysWhatVerificationGives) {
  ASSERT_GT(written->spec.credentials.size(), 50u);
  for (const CredentialSpec& spec : written->spec.credentials) {
    EXPECT_TRUE(spec.expect_verify.has_value()) << spec.certificate.name;
    EXPECT_FALSE(spec.certificate.about.empty()) << spec.certificate.name;
    if (spec.fault.empty()) {
      EXPECT_EQ(spec.expect_verify, 0) << spec.certificate.name;
    }
  }
}

TEST_F(StandardPki, OpensslVerifyAgrees) {
  NEEDS("openssl");
  for (const CredentialSpec& spec : written->spec.credentials)
    EXPECT_EQ(verify_with_openssl(*written, spec, [](const auto& arguments) { return run("openssl", arguments); }),
              spec.expect_verify)
        << spec.certificate.name << ": " << spec.certificate.about;
}

TEST_F(StandardPki, OpensslOpensThePkcs12WithItsPassphraseOnly) {
  NEEDS("openssl");
  const std::string bundle = written->text("credentials/client-pkcs12/bundle.p12");
  const std::string passphrase = written->credential("client-pkcs12").pkcs12_passphrase;
  ASSERT_FALSE(passphrase.empty());
  const auto open = [&](const std::string& with) {
    return run("openssl", {"pkcs12", "-in", bundle, "-nokeys", "-passin", "pass:" + with});
  };
  const Output right = open(passphrase);
  EXPECT_EQ(right.exit.code, 0) << right.text;
  EXPECT_THAT(right.text, HasSubstr("CN = client-pkcs12"));
  EXPECT_THAT(right.text, HasSubstr("CN = Intermediate CA"));
  const Output wrong = open(passphrase + "x");
  EXPECT_NE(wrong.exit.code, 0);
  EXPECT_THAT(wrong.text, HasSubstr("invalid password"));
}

TEST_F(StandardPki, OpensslCrlAgreesOnEveryList) {
  NEEDS("openssl");
  for (const CrlSpec& spec : written->spec.crls) {
    const std::string file = written->text(fs::path("crls") / (spec.name + ".crl"));
    const std::string authority = written->text(fs::path("authorities") / (spec.authority + ".crt"));
    const Output output =
        run("openssl", {"crl", "-in", file, "-CAfile", authority, "-no-CApath", "-no-CAstore", "-noout", "-text"});
    EXPECT_THAT(output.text, HasSubstr(spec.signed_by.empty() ? "verify OK" : "verify failure")) << spec.name;
    EXPECT_THAT(output.text, HasSubstr("X509v3 CRL Number")) << spec.name;
    EXPECT_EQ(output.text.find("No Revoked Certificates") != std::string::npos, spec.revoked.empty()) << spec.name;
    for (const std::string& name : spec.revoked) {
      const auto leaf = written->material.credentials.find(name);
      const Credential& one =
          leaf != written->material.credentials.end() ? leaf->second : written->material.authorities.at(name);
      EXPECT_THAT(output.text, HasSubstr("Serial Number: " + see(one.certificate.get()).serial)) << spec.name;
    }
  }
}

// GnuTLS accepts these two, as RFC 5280, 4.2.1.12 and its own reading of key usage allow.
const std::set<std::string> gnutls_is_milder{"client-any-eku", "client-wrong-key-usage"};

TEST_F(StandardPki, CerttoolAgrees) {
  NEEDS("certtool");
  for (const CredentialSpec& spec : written->spec.credentials) {
    const std::string& name = spec.certificate.name;
    if (gnutls_is_milder.count(name) != 0) continue;
    const std::string purpose = is_server(spec) ? "1.3.6.1.5.5.7.3.1" : "1.3.6.1.5.5.7.3.2";
    std::vector<std::string> arguments{"--verify",
                                       "--load-ca-certificate",
                                       written->text("trust.pem"),
                                       "--verify-profile",
                                       "medium",
                                       "--verify-purpose",
                                       purpose,
                                       "--infile",
                                       written->text(fs::path("credentials") / name / "chain.crt")};
    if (is_about_revocation(spec)) arguments.insert(arguments.end(), {"--load-crl", written->text("lists.pem")});
    const Output output = run("certtool", arguments);
    EXPECT_EQ(output.exit.code == 0, spec.expect_verify == 0) << name << ": " << output.text;
    EXPECT_THAT(output.text, HasSubstr("Chain verification output: ")) << name;
  }
}

TEST_F(StandardPki, CerttoolReadsCertificatesListsAndBundles) {
  NEEDS("certtool");
  const Output leaf = run("certtool", {"--certificate-info", "--infile", written->text("credentials/server/leaf.crt")});
  EXPECT_THAT(leaf.text, HasSubstr("Subject: CN=gateway.test,O=mtlscheck"));
  EXPECT_THAT(leaf.text, HasSubstr("DNSname: gateway.test"));
  EXPECT_THAT(leaf.text, HasSubstr("TLS WWW Server"));
  const Output list = run("certtool", {"--crl-info", "--infile", written->text("crls/intermediate-crl.crl")});
  EXPECT_THAT(list.text, HasSubstr("Revoked certificates (3)"));
  const std::string& passphrase = written->credential("client-pkcs12").pkcs12_passphrase;
  const std::string bundle = written->text("credentials/client-pkcs12/bundle.p12");
  EXPECT_EQ(run("certtool", {"--p12-info", "--inder", "--infile", bundle, "--password", passphrase}).exit.code, 0);
  EXPECT_NE(run("certtool", {"--p12-info", "--inder", "--infile", bundle, "--password", "wrong"}).exit.code, 0);
}

// `openssl s_server` on a free port of the loopback, asking for a client certificate.
struct Server {
  Child child;
  std::string port;
};

Server serve(const Written& written, const std::string& credential) {
  const fs::path folder = written.path(fs::path("credentials") / credential);
  ProcessSpec spec;
  spec.program = find_program("openssl");
  spec.arguments = {"s_server",
                    "-accept",
                    "127.0.0.1:0",
                    "-www",
                    "-cert",
                    (folder / "leaf.crt").string(),
                    "-key",
                    (folder / "key.pem").string(),
                    "-CAfile",
                    written.text("trust.pem"),
                    "-no-CApath",
                    "-no-CAstore",
                    "-Verify",
                    "5",
                    "-verify_return_error"};
  if (const auto chain = written.chains.find(credential); chain != written.chains.end())
    spec.arguments.insert(spec.arguments.end(), {"-cert_chain", chain->second});
  spec.output = written.path("s_server-" + random_hex(8) + ".txt");
  Child child = must(spawn(spec));
  const Deadline deadline(patience);
  const std::string ready = "ACCEPT 127.0.0.1:";
  for (;;) {
    const auto text = read_file(spec.output);
    const std::size_t at = text ? text->find(ready) : std::string::npos;
    const std::size_t end = at == std::string::npos ? at : text->find('\n', at);
    if (end != std::string::npos) return {std::move(child), text->substr(at + ready.size(), end - at - ready.size())};
    if (deadline.passed() || child.wait_for(std::chrono::milliseconds(5)))
      throw std::runtime_error("s_server did not come up: " + (text ? *text : ""));
  }
}

int curl(const Written& written, const std::string& port, const std::vector<std::string>& presenting) {
  ProcessSpec spec;
  spec.program = find_program("curl");
  spec.arguments = {"--silent",
                    "--show-error",
                    "--max-time",
                    "10",
                    "--cacert",
                    written.text("trust.pem"),
                    "--connect-to",
                    "gateway.test:443:127.0.0.1:" + port,
                    "https://gateway.test/"};
  spec.arguments.insert(spec.arguments.end(), presenting.begin(), presenting.end());
  return must(run_to_end(spec, patience)).exit.code;
}

TEST_F(StandardPki, CurlAgreesOnServers) {
  NEEDS("openssl");
  NEEDS("curl");
  constexpr int peer_failed_verification = 60;
  const std::vector<std::string> client{"--cert", written->text("credentials/client/chain.crt"), "--key",
                                        written->text("credentials/client/key.pem")};
  for (const char* name : {"server", "server-wrong-name", "server-expired", "server-not-yet-valid",
                           "server-self-signed", "server-untrusted", "server-leaf-only", "server-wrong-eku"}) {
    const Server server = serve(*written, name);
    EXPECT_EQ(curl(*written, server.port, client),
              written->credential(name).fault.empty() ? 0 : peer_failed_verification)
        << name;
  }
}

TEST_F(StandardPki, CurlPresentsThePkcs12) {
  NEEDS("openssl");
  NEEDS("curl");
  const Server server = serve(*written, "server");
  const std::string bundle = written->text("credentials/client-pkcs12/bundle.p12");
  const std::string& passphrase = written->credential("client-pkcs12").pkcs12_passphrase;
  constexpr int local_certificate_unusable = 58;
  EXPECT_EQ(curl(*written, server.port, {"--cert-type", "P12", "--cert", bundle + ":" + passphrase}), 0);
  EXPECT_EQ(curl(*written, server.port, {"--cert-type", "P12", "--cert", bundle + ":wrong"}),
            local_certificate_unusable);
  EXPECT_EQ(curl(*written, server.port,
                 {"--cert", written->text("credentials/client-key-mismatch/chain.crt"), "--key",
                  written->text("credentials/client-key-mismatch/key.pem")}),
            local_certificate_unusable);
}

}  // namespace
}  // namespace mtls
