// The line patterns that are delivered: their real examples lead to their causes, and ordinary lines lead to none.
#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/catalog/catalog.h"
#include "harness/diagnose/diagnose.h"
#include "harness/run/delivered_rules.h"

namespace mtls::run {
namespace {

std::string first_cause(const std::string& text, const std::string& side) {
  const auto found = diagnose::explain(text, side, delivered_rules());
  return found.empty() ? "nothing" : found[0].code;
}

// One line each; "\\n" stands for the end of a line inside a pasted text.
std::vector<std::string> ordinary_lines() {
  std::ifstream file(std::string(MTLSCHECK_SOURCE_DIR) + "/harness/run/ordinary_lines.txt");
  std::vector<std::string> texts;
  for (std::string line; std::getline(file, line);) {
    for (std::size_t at; (at = line.find("\\n")) != std::string::npos;) line.replace(at, 2, "\n");
    texts.push_back(line);
  }
  return texts;
}

TEST(DeliveredLines, EachIsExplainedByOneOfItsExamples) {
  for (const LinePattern& line : delivered_rules().book().lines) {
    if (line.causes.empty()) continue;
    const bool explained = std::any_of(line.examples.begin(), line.examples.end(), [&](const std::string& example) {
      return first_cause(example, line.side) == line.causes[0].first;
    });
    EXPECT_TRUE(explained) << line.id << ": " << line.examples[0] << " is " << first_cause(line.examples[0], line.side);
  }
}

TEST(DeliveredLines, EachSaysWhereItComesFrom) {
  for (const LinePattern& line : delivered_rules().book().lines) EXPECT_FALSE(line.source.empty()) << line.id;
}

TEST(DeliveredLines, ExamplesMeanTheSameWhenTheyArePasted) {
  std::map<std::string, std::set<std::string>> causes;  // of each example, by the patterns that it stands for
  for (const LinePattern& line : delivered_rules().book().lines) {
    if (line.causes.empty()) continue;
    for (const std::string& example : line.examples) causes[example].insert(line.causes[0].first);
  }
  for (const auto& [example, expected] : causes)
    EXPECT_THAT(expected, ::testing::Contains(first_cause(example, ""))) << example;
}

// Only lines that lead to a cause count, and a producer counts where it has such a line.
TEST(DeliveredLines, AreManyOfManyProducers) {
  std::set<std::string> examples, producers;
  for (const LinePattern& line : delivered_rules().book().lines) {
    if (line.causes.empty()) continue;
    producers.insert(line.producer);
    examples.insert(line.examples.begin(), line.examples.end());
  }
  EXPECT_GE(examples.size(), 250u);
  EXPECT_GE(producers.size(), 20u);
  for (const char* producer : {"apache",  "apisix",  "caddy",  "chrome", "cloud",    "curl",    "envoy",   "gnutls",
                               "go",      "haproxy", "iis",    "java",   "kong",     "nginx",   "node",    "nss",
                               "openssl", "python",  "rustls", "safari", "schannel", "stunnel", "traefik", "wget"})
    EXPECT_TRUE(producers.contains(producer)) << producer;
}

TEST(DeliveredLines, KeepSilentAboutOrdinaryLines) {
  const auto texts = ordinary_lines();
  EXPECT_GE(texts.size(), 60u);
  for (const std::string& text : texts) EXPECT_EQ(first_cause(text, ""), "nothing") << text;
}

}  // namespace
}  // namespace mtls::run
