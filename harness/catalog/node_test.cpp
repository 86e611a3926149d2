// The tree of a document: order, lines, and what is refused.
#include "harness/catalog/node.h"

#include <ostream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/catalog/small_standard.h"

namespace mtls::catalog {
namespace {

using ::testing::HasSubstr;

Node good(std::string_view text) {
  auto node = parse(text, "file");
  EXPECT_TRUE(node) << to_string(node.error());
  return node ? *node : Node{};
}

TEST(Parse, KeepsTheOrderOfKeys) {
  const Node node = good(R"({"z": 1, "a": 2, "m": {"y": 1, "b": 2}})");
  ASSERT_EQ(node.members.size(), 3u);
  EXPECT_EQ(node.members[0].key, "z");
  EXPECT_EQ(node.members[1].key, "a");
  EXPECT_EQ(node.members[2].value.members[1].key, "b");
}

TEST(Parse, KnowsTheLineOfEveryKindOfValue) {
  const Node node = good(
      "\n{\n\"number\":\n 1\n,\"real\": 0.5\n,\"text\": \"x\",\n\"list\": [\n2\n,\n3\n],\n\"null\": null,\n"
      "\"yes\": true\n}\n");
  EXPECT_EQ(node.line, 2);
  EXPECT_EQ(node.find("number")->line, 3);
  EXPECT_EQ(node.find("number")->value.line, 4);
  EXPECT_EQ(node.find("real")->value.line, 5);
  EXPECT_EQ(node.find("text")->value.line, 6);
  EXPECT_EQ(node.find("list")->value.line, 7);
  EXPECT_EQ(node.find("list")->value.items[0].line, 8);
  EXPECT_EQ(node.find("list")->value.items[1].line, 10);
  EXPECT_EQ(node.find("null")->value.line, 12);
  EXPECT_EQ(node.find("yes")->value.line, 13);
}

TEST(Parse, TellsIntegersFromOtherNumbers) {
  const Node node = good("[1, -2, 0.9, 1e2, 18446744073709551615]");
  EXPECT_EQ(node.items[0].integer, 1);
  EXPECT_EQ(node.items[1].integer, -2);
  EXPECT_EQ(node.items[2].kind, Node::Kind::real);
  EXPECT_EQ(node.items[3].kind, Node::Kind::real);
  EXPECT_EQ(node.items[4].kind, Node::Kind::real);
}

TEST(Parse, KeepsWordsOfOtherLanguages) {
  EXPECT_EQ(good("\"zürich 東京\"").text, "zürich 東京");
}

struct Row {
  std::string name;
  std::string text;
  std::string where;
  std::string what;
};

// googletest prints this instead of the bytes.
void PrintTo(const Row& row, std::ostream* out) {
  *out << row.name;
}

class Refused : public ::testing::TestWithParam<Row> {};

TEST_P(Refused, NamesPlaceAndReason) {
  const auto node = parse(GetParam().text, "file");
  ASSERT_FALSE(node);
  EXPECT_EQ(node.error().stage, "catalog");
  EXPECT_THAT(node.error().where, HasSubstr(GetParam().where));
  EXPECT_THAT(node.error().what, HasSubstr(GetParam().what));
}

std::string spell_name(const ::testing::TestParamInfo<Row>& row) {
  return row.param.name;
}

INSTANTIATE_TEST_SUITE_P(
    Documents, Refused,
    ::testing::Values(Row{"empty", "", "file: / (line 1)", "not JSON"},                  //
                      Row{"cut", "{\n\"a\": [1,\n", "file: /a", "not JSON"},             //
                      Row{"trailing_comma", "{\n\"a\": 1,\n}", "(line 3)", "not JSON"},  //
                      Row{"comment", "{\n// no\n}", "(line 2)", "not JSON"},             //
                      Row{"two_documents", "{}\n{}", "(line 2)", "not JSON"},            //
                      Row{"not_a_number", "[NaN]", "(line 1)", "not JSON"},              //
                      Row{"duplicate", "{\"a\": {\n\"b\": 1,\n\"c\": 2,\n\"b\": 3}}", "file: /a/b (line 4)",
                          "\"b\" stands here twice"},
                      Row{"duplicate_escaped", "{\"a\": 1, \"\\u0061\": 2}", "file: /a (line 1)", "twice"},    //
                      Row{"duplicate_in_list", "[0,\n{\"x\": 1, \"x\": 1}]", "file: /1/x (line 2)", "twice"},  //
                      Row{"byte_order_mark", "\xef\xbb\xbf{}", "(line 1)", "byte order mark"},                 //
                      Row{"utf16", std::string("\xff\xfe{\0}\0", 6), "(line 1)", "byte order mark"},           //
                      Row{"nul_after_end", std::string("{}\n\0", 4), "(line 2)", "NUL"},                       //
                      Row{"escaped_nul", "{\n\"a\": \"x\\u0000y\"}", "(line 2)", "control"},                   //
                      Row{"escape_sequence", "[\"\\u001b[31m\"]", "(line 1)", "control"},                      //
                      Row{"bidirectional", "[\"a\\u202eb\"]", "(line 1)", "invisible"},                        //
                      Row{"control_in_key", "{\"a\\u0007\": 1}", "(line 1)", "a key holds control"},           //
                      Row{"broken_utf8", "{\"a\": \"\xc3(\"}", "(line 1)", "not JSON"},                        //
                      Row{"overlong_utf8", "[\"\xc0\xaf\"]", "(line 1)", "not JSON"},                          //
                      Row{"lone_surrogate", "[\"\\ud800\"]", "(line 1)", "not JSON"},                          //
                      Row{"huge_number", "[1e999]", "(line 1)", "not JSON"},                                   //
                      Row{"newline_in_string", "[\"a\nb\"]", "(line 1)", "not JSON"},                          //
                      Row{"deep", std::string(100000, '['), "(line 1)", "nested deeper than 64"},              //
                      Row{"many",
                          "[" + std::string(400002, ' ') +
                              [] {
                                std::string zeros;
                                for (int i = 0; i < 200001; ++i) zeros += "0,";
                                return zeros;
                              }() +
                              "0]",
                          "(line 1)", "more than 200000 values"},
                      Row{"large", std::string((4u << 20) + 1, ' '), "file", "at most 4194304"}),
    spell_name);

TEST(Parse, FindsADuplicateAmongManyKeysQuickly) {
  std::string text = "{";
  for (int i = 0; i < 100000; ++i) text += "\"k" + std::to_string(i) + "\": 0,\n";
  text += "\"k7\": 0}";
  const auto node = parse(text, "file");
  ASSERT_FALSE(node);
  EXPECT_EQ(node.error().where, "file: /k7 (line 100001)");
}

TEST(ParseFile, WantsAFile) {
  const Folder folder;
  const auto missing = parse_file(folder.path() / "none.json");
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().what, HasSubstr("no such file"));
  EXPECT_THAT(missing.error().where, HasSubstr("none.json"));
  const auto directory = parse_file(folder.path());
  ASSERT_FALSE(directory);
  EXPECT_THAT(directory.error().what, HasSubstr("not a file"));
  EXPECT_TRUE(parse_file(folder.write("some.json", "{}")));
}

TEST(Pointer, EscapesAsTheRfcSays) {
  EXPECT_EQ(pointer_step("a/b~c"), "/a~1b~0c");
}

}  // namespace
}  // namespace mtls::catalog
