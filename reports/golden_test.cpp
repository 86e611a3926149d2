// Every format of one fixed report against its golden file; MTLSCHECK_UPDATE_GOLDEN=1 writes them anew.
#include <cstdlib>

#include <gtest/gtest.h>

#include "harness/base/files.h"
#include "reports/fixed_report.h"
#include "reports/reports.h"

namespace mtls::reports {
namespace {

const std::filesystem::path folder = std::filesystem::path(MTLSCHECK_SOURCE_DIR) / "reports/golden";

void expect_golden(const std::string& file, const std::string& text) {
  const auto path = folder / file;
  if (std::getenv("MTLSCHECK_UPDATE_GOLDEN") != nullptr) {
    const auto written = write_file(path, text);
    ASSERT_TRUE(written) << to_string(written.error());
    return;
  }
  const auto golden = read_file(path);
  ASSERT_TRUE(golden) << to_string(golden.error()) << " (MTLSCHECK_UPDATE_GOLDEN=1 writes it)";
  EXPECT_EQ(text, *golden) << "changed on purpose? MTLSCHECK_UPDATE_GOLDEN=1 writes " << file << " anew";
}

TEST(Golden, json) {
  expect_golden("report.json", write_json(fixed_report()));
}
TEST(Golden, junit) {
  expect_golden("TEST-report.xml", write_junit(fixed_report()));
}
TEST(Golden, csv) {
  expect_golden("report.csv", write_csv(fixed_report()));
}
TEST(Golden, github_summary) {
  expect_golden("summary.md", github_summary(fixed_report()));
}
TEST(Golden, github_annotations) {
  expect_golden("annotations.txt", github_annotations(fixed_report()));
}
TEST(Golden, terminal) {
  expect_golden("terminal.txt", find_format("text")->write(fixed_report()));
}

TEST(Golden, terminal_of_one_gateway) {
  auto report = fixed_report();
  report.gateways.resize(1);
  std::vector<CaseRecord> cases;
  for (const auto& record : report.cases) {
    if (record.gateway == "nginx") cases.push_back(record);
  }
  report.cases = cases;
  expect_golden("terminal-one-gateway.txt", closing(report, Style{}));
}

TEST(Golden, manifest) {
  PkiSpec spec;
  CertificateSpec root;
  root.name = "root";
  root.about = "The trust anchor.";
  root.subject = "CN=root,O=TEST ONLY";
  root.authority = true;
  root.key_usage = {{KeyUsage::key_cert_sign, KeyUsage::crl_sign}};
  auto intermediate = root;
  intermediate.name = "intermediate";
  intermediate.issuer = "root";
  intermediate.path_length = 0;
  CredentialSpec client;
  client.certificate.name = "client-expired";
  client.certificate.issuer = "intermediate";
  client.certificate.not_before = std::chrono::hours(-48);
  client.certificate.not_after = std::chrono::hours(-24);
  client.certificate.extended_key_usage = {{ExtendedKeyUsage::client_auth}};
  client.fault = "client-cert-expired";
  client.expect_verify = 10;
  client.pkcs12_passphrase = "open";
  spec.authorities = {root, intermediate};
  spec.credentials = {client};
  CrlSpec crl;
  crl.name = "root-crl";
  crl.authority = "root";
  crl.revoked = {"intermediate"};
  spec.crls = {crl};
  expect_golden("manifest.json", write_manifest(spec, fixed_now));
}

}  // namespace
}  // namespace mtls::reports
