// Key material is never written: the gate knows every shape of it, and writers remove what peers said.
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "harness/base/files.h"
#include "harness/base/text.h"
#include "reports/fixed_report.h"
#include "reports/reports.h"

namespace mtls::reports {
namespace {

using testing::HasSubstr;
using testing::Not;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

Key make_key(const std::string& sort) {
  if (sort == "RSA") return {EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{2048}), EVP_PKEY_free};
  if (sort == "ED25519") return {EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), EVP_PKEY_free};
  return {EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", sort.c_str()), EVP_PKEY_free};
}

std::string taken(BIO* bio) {
  char* data = nullptr;
  const auto size = BIO_get_mem_data(bio, &data);
  std::string text(data, static_cast<std::size_t>(size));
  BIO_free(bio);
  return text;
}

std::string pem(EVP_PKEY* key) {
  BIO* bio = BIO_new(BIO_s_mem());
  EXPECT_EQ(PEM_write_bio_PKCS8PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr), 1);
  return taken(bio);
}

std::string base64_of(const std::string& der) {
  return base64({reinterpret_cast<const unsigned char*>(der.data()), der.size()});
}

std::string pkcs8(EVP_PKEY* key) {
  BIO* bio = BIO_new(BIO_s_mem());
  EXPECT_EQ(i2d_PKCS8PrivateKey_bio(bio, key, nullptr, nullptr, 0, nullptr, nullptr), 1);
  return base64_of(taken(bio));
}

std::string traditional(EVP_PKEY* key) {
  BIO* bio = BIO_new(BIO_s_mem());
  EXPECT_EQ(i2d_PrivateKey_bio(bio, key), 1);
  return base64_of(taken(bio));
}

std::string pkcs12(EVP_PKEY* key) {
  X509* certificate = X509_new();
  X509_set_pubkey(certificate, key);
  X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 60);
  X509_sign(certificate, key, EVP_sha256());
  PKCS12* bundle = PKCS12_create("open", "test", key, certificate, nullptr, 0, 0, 0, 0, 0);
  BIO* bio = BIO_new(BIO_s_mem());
  EXPECT_EQ(i2d_PKCS12_bio(bio, bundle), 1);
  PKCS12_free(bundle);
  X509_free(certificate);
  return base64_of(taken(bio));
}

std::string without_marks(const std::string& text) {
  std::string body;
  for (const auto& line : split(text, '\n')) {
    if (line.rfind("-----", 0) != 0) body += line + "\n";
  }
  return body;
}

// The secret half of every key, as text; not what could be its public key or structure.
struct Secret {
  std::string about;
  std::string text;
  std::string tail;  // a piece of it that must not be left
};

std::vector<Secret> secrets() {
  std::vector<Secret> list;
  for (const auto* sort : {"RSA", "ED25519", "P-256", "P-384"}) {
    const auto key = make_key(sort);
    const auto armoured = pem(key.get());
    const auto body = without_marks(armoured);
    const auto tail = body.substr(body.size() / 2, 24);
    list.push_back({std::string(sort) + " PEM", armoured, tail});
    list.push_back({std::string(sort) + " PEM without its first line", armoured.substr(armoured.find('\n') + 1), tail});
    list.push_back({std::string(sort) + " body of the PEM", body, tail});
    const auto one_line = pkcs8(key.get());
    list.push_back({std::string(sort) + " PKCS#8", one_line, one_line.substr(one_line.size() / 2, 24)});
    if (std::string(sort) == "ED25519") continue;
    const auto old = traditional(key.get());
    list.push_back({std::string(sort) + " traditional", old, old.substr(old.size() / 2, 24)});
    const auto bundle = pkcs12(key.get());
    list.push_back({std::string(sort) + " PKCS#12", bundle, bundle.substr(bundle.size() / 2, 24)});
  }
  const std::string hex(64, 'c');
  for (const auto* label : {"CLIENT_RANDOM", "CLIENT_HANDSHAKE_TRAFFIC_SECRET", "SERVER_TRAFFIC_SECRET_0",
                            "CLIENT_EARLY_TRAFFIC_SECRET", "EXPORTER_SECRET", "EARLY_EXPORTER_SECRET"}) {
    list.push_back({label, std::string(label) + " " + std::string(64, 'd') + " " + hex, hex});
  }
  return list;
}

TEST(Gate, knows_every_shape_of_key_material) {
  for (const auto& secret : secrets()) {
    EXPECT_NE(key_material_in("before " + secret.text + " after"), std::nullopt) << secret.about;
  }
}

TEST(Gate, lets_ordinary_text_pass) {
  EXPECT_EQ(key_material_in(""), std::nullopt);
  EXPECT_EQ(key_material_in(write_json(fixed_report())), std::nullopt);
  EXPECT_EQ(key_material_in("no private key, ticket, secret or password"), std::nullopt);
  const auto key = make_key("P-256");
  X509* certificate = X509_new();
  X509_set_pubkey(certificate, key.get());
  X509_sign(certificate, key.get(), EVP_sha256());
  BIO* bio = BIO_new(BIO_s_mem());
  EXPECT_EQ(PEM_write_bio_X509(bio, certificate), 1);
  EXPECT_EQ(PEM_write_bio_PUBKEY(bio, key.get()), 1);
  X509_free(certificate);
  EXPECT_EQ(key_material_in(taken(bio)), std::nullopt);
}

std::string leaking(const Report&) {
  return "CLIENT_RANDOM 00 11";
}

TEST(Gate, writes_nothing_that_holds_key_material) {
  auto folder = TempDir::make();
  ASSERT_TRUE(folder) << to_string(folder.error());
  const auto path = folder->path() / "report.json";
  const auto written = write_report({"leaking", "", leaking}, Report{}, path);
  ASSERT_FALSE(written);
  EXPECT_THAT(written.error().what, HasSubstr("the leaking report would hold a TLS secret; nothing was written"));
  EXPECT_FALSE(std::filesystem::exists(path));
  EXPECT_TRUE(std::filesystem::is_empty(folder->path()));
}

TEST(Gate, an_earlier_report_stays_where_the_new_one_is_refused) {
  auto folder = TempDir::make();
  ASSERT_TRUE(folder) << to_string(folder.error());
  const auto path = folder->path() / "report.json";
  ASSERT_TRUE(write_report(*find_format("json"), fixed_report(), path));
  ASSERT_FALSE(write_report({"leaking", "", leaking}, Report{}, path));
  EXPECT_EQ(*read_file(path), write_json(fixed_report()));
}

TEST(Writers, remove_what_a_peer_said_and_keep_the_report) {
  for (const auto& secret : secrets()) {
    auto report = fixed_report();
    auto& record = report.cases[2];
    auto& step = record.steps[0];
    record.reason = step.diagnoses[0].evidence[0] = step.verdict.findings[0].observed = secret.text;
    step.observation.gateway.log = {secret.text};
    step.observation.client.http->body = "<html>" + secret.text;
    step.observation.client.http->headers = {{"X-Key", secret.text}};
    step.observation.upstream.requests[0].headers = {{"X-Key", secret.text}};
    for (const auto& format : formats()) {
      const auto text = format.write(report);
      EXPECT_EQ(key_material_in(text), std::nullopt) << secret.about << " in " << format.name;
      EXPECT_THAT(text, Not(HasSubstr(secret.tail))) << secret.about << " in " << format.name;
    }
  }
}

TEST(Writers, mask_credentials_in_headers) {
  const auto text = write_json(fixed_report());
  EXPECT_THAT(text, Not(HasSubstr("not-for-reports")));
  EXPECT_THAT(text, HasSubstr("[masked]"));
}

}  // namespace
}  // namespace mtls::reports
