// The schema says what the reader does: the same keys everywhere, and the same verdict on documents.
#include <map>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/base/process.h"
#include "harness/base/text.h"
#include "harness/catalog/node.h"
#include "harness/catalog/scenario_reader.h"
#include "harness/catalog/small_standard.h"

namespace mtls::catalog {
namespace {

const std::filesystem::path project = MTLSCHECK_SOURCE_DIR;
const auto schema_file = project / "scenarios" / "scenario.schema.json";

// The keys that the reader accepts where `text` has the key "zzzzzzzz", by its own words.
std::set<std::string> accepted(const std::string& text) {
  const auto read = read_scenario_text(text, {"t/n", "n.json"}, standard());
  if (read) return {};
  const std::string& what = read.error().what;
  const std::string before = "unknown key \"zzzzzzzz\"; expected one of ";
  if (what.substr(0, before.size()) != before) return {what};
  std::set<std::string> keys;
  for (const std::string& quoted : split(what.substr(before.size()), ',')) {
    keys.insert(std::string(trim(quoted).substr(1, trim(quoted).size() - 2)));
  }
  return keys;
}

std::set<std::string> keys_of(const Node& object) {
  std::set<std::string> keys;
  if (const Member* properties = object.find("properties")) {
    for (const Member& member : properties->value.members) keys.insert(member.key);
  }
  return keys;
}

TEST(Schema, HasTheKeysOfTheReader) {
  const auto schema = parse_file(schema_file);
  ASSERT_TRUE(schema) << to_string(schema.error());
  const Node& definitions = schema->find("definitions")->value;
  const std::string head = R"({"title": "t", "references": ["r"], )";
  const std::string z = R"("zzzzzzzz": 1)";
  const std::string steps = R"(, "steps": [{"request": {}, "claims": ["refused"]}]})";
  const auto site = [&](const std::string& part) { return head + R"("sites": {"m": {)" + part + "}}" + steps; };
  const std::map<std::string, std::string> places{
      {"pki", head + R"("pki": {)" + z + "}" + steps},
      {"authority", head + R"("pki": {"authorities": {"a": {"subject": "CN=a", )" + z + "}}}" + steps},
      {"credential", head + R"("pki": {"credentials": {"a": {"subject": "CN=a", )" + z + "}}}" + steps},
      {"crl", head + R"("pki": {"crls": {"a": {"authority": "root", )" + z + "}}}" + steps},
      {"site", site(R"("names": ["a"], )" + z)},
      {"leg", site(R"("leg": {)" + z + "}")},
      {"ocsp", site(R"("ocsp": {)" + z + "}")},
      {"control", site(R"("control": {)" + z + "}")},
      {"upstream", site(R"("upstream": {)" + z + "}")},
      {"versions", site(R"("versions": {)" + z + "}")},
      {"step", head + R"("steps": [{"request": {}, "claims": ["refused"], )" + z + "}]}"},
      {"request", head + R"("steps": [{"request": {)" + z + R"(}, "claims": ["refused"]}]})"},
      {"examine", head + R"("tls": [], "steps": [{"examine": {"credential": "client", )" + z + "}}]}"},
      {"claim_object", head + R"("steps": [{"request": {}, "claims": [{)" + z + "}]}]}"},
  };
  for (const auto& [definition, text] : places) {
    const Member* member = definitions.find(definition);
    ASSERT_TRUE(member) << definition;
    EXPECT_EQ(accepted(text), keys_of(member->value)) << definition;
  }
  EXPECT_EQ(accepted(head + z + steps), keys_of(*schema));
}

TEST(Schema, HasTheCapabilities) {
  const auto schema = parse_file(schema_file);
  ASSERT_TRUE(schema);
  std::set<std::string> words;
  for (const Node& choice : schema->find("definitions")->value.find("capability")->value.find("anyOf")->value.items) {
    if (const Member* all = choice.find("enum")) {
      for (const Node& word : all->value.items) words.insert(word.text);
    }
  }
  EXPECT_EQ(words, std::set<std::string>(capabilities().begin(), capabilities().end()));
}

// Documents whose form alone is right or wrong, for the reader and the schema to agree on.
const std::vector<std::string> good_documents{
    R"({"title": "t", "references": ["r"], "steps": [{"request": {}, "claims": ["refused"]}]})",
    R"({"title": "t ${k}", "references": ["r"], "variants": {"k": ["p256", "rsa2048"]}, "controls": ["F1"],
        "pki": {"credentials": {"c": {"like": "client", "key": "${k}", "key_usage": null, "not_after": "-1h"}}},
        "steps": [{"request": {"present": "c", "sni": null, "timeout": "500ms"},
                   "claims": [{"status": [400], "level": "should"}, {"refused": true}, {"upstream_sni": null}]}]})",
    R"({"title": "t", "references": ["r"], "sort": "detection", "tls": ["1.3"], "requires": ["crl"],
        "sites": {"main": {"like": "mutual", "upstream": {"like": "plain", "behaviour": "silent"},
                  "control": {"wanted": false}, "leg": {"verify": false}, "versions": {"min": "1.3"}}},
        "steps": [{"request": {"headers": [["A", ""]]}, "planted": "upstream-timeout"}]})",
    R"({"title": "t", "references": ["r"], "tls": [], "steps": [{"examine": {"credential": "client"},
        "claims": [{"material_usage": {"lacks": ["serverAuth", "1.2.3"]}}, "material_pkcs12_opens"]}]})"};

const std::vector<std::string> bad_documents{
    R"([])",
    R"({"title": "", "references": ["r"], "steps": [{"request": {}, "claims": ["refused"]}]})",
    R"({"title": "t", "references": [], "steps": [{"request": {}, "claims": ["refused"]}]})",
    R"({"title": "t", "references": ["r"], "steps": []})",
    R"({"title": "t", "references": ["r"], "steps": [{"claims": ["refused"]}]})",
    R"({"title": "t", "references": ["r"], "steps": [{"request": {}, "claims": ["alert"]}]})",
    R"({"title": "t", "references": ["r"], "steps": [{"request": {}, "claims": [{"level": "must"}]}]})",
    R"({"title": "t", "references": ["r"], "steps": [{"request": {}, "claims": [{"status": [400], "alert": [1]}]}]})",
    R"({"title": "t", "references": ["r"], "steps": [{"request": {}, "claims": [{"status": 400}]}]})",
    R"({"title": "t", "references": ["r"], "tls": ["1.1"], "steps": [{"request": {}, "claims": ["refused"]}]})",
    R"({"title": "t", "references": ["r"], "sites": {}, "steps": [{"request": {}, "claims": ["refused"]}]})",
    R"({"title": "t", "references": ["r"], "sites": {"Main": {"like": "mutual"}},
        "steps": [{"request": {}, "claims": ["refused"]}]})",
    R"({"title": "t", "references": ["r"], "pki": {"credentials": {"c": {"like": "client", "not_after": "1 h"}}},
        "steps": [{"request": {}, "claims": ["refused"]}]})",
    R"({"title": "t", "references": ["r"], "variants": {"tls": ["1.2"]},
        "steps": [{"request": {}, "claims": ["refused"]}]})",
    R"({"title": "t", "references": ["r"], "steps": [{"request": {"timeout": "-1s"}, "claims": ["refused"]}]})"};

TEST(Schema, AgreesWithTheReaderOnDocumentsAndScenarios) {
  const Folder folder;
  for (std::size_t i = 0; i < good_documents.size(); ++i) {
    const auto read = read_scenario_text(good_documents[i], {"t/n", "n.json"}, standard());
    EXPECT_TRUE(read) << i << " " << to_string(read.error());
    folder.write("good/" + std::to_string(i) + ".json", good_documents[i]);
  }
  for (std::size_t i = 0; i < bad_documents.size(); ++i) {
    EXPECT_FALSE(read_scenario_text(bad_documents[i], {"t/n", "n.json"}, standard())) << bad_documents[i];
    folder.write("bad/" + std::to_string(i) + ".json", bad_documents[i]);
  }
  const auto python = find_program("python3");
  if (python.empty()) GTEST_SKIP() << "python3 is not installed: the schema was NOT held against any document";
  ProcessSpec spec;
  spec.program = python;
  spec.arguments = {(project / "harness" / "catalog" / "check_schema.py").string(),
                    schema_file.string(),
                    "--good",
                    (folder.path() / "good").string(),
                    (project / "scenarios").string(),
                    "--bad",
                    (folder.path() / "bad").string()};
  const auto output = run_to_end(spec, std::chrono::seconds(60));
  ASSERT_TRUE(output) << to_string(output.error());
  if (output->exit.code == 77) GTEST_SKIP() << output->text << ": the schema was NOT held against any document";
  EXPECT_EQ(output->exit.code, 0) << output->text;
}

}  // namespace
}  // namespace mtls::catalog
