// String operations: what they do at their edges.
#include "harness/base/text.h"

#include <set>

#include <gmock/gmock.h>

namespace mtls {
namespace {

using ::testing::ElementsAre;

std::span<const unsigned char> bytes(std::string_view text) {
  return {reinterpret_cast<const unsigned char*>(text.data()), text.size()};
}

TEST(Hex, IsLowerCaseAndTwoDigitsAByte) {
  EXPECT_EQ(hex(bytes(std::string("\x00\x0f\xff", 3))), "000fff");
  EXPECT_EQ(hex({}), "");
}

TEST(RandomHex, HasTheLengthAndDiffers) {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) seen.insert(random_hex(16));
  EXPECT_EQ(seen.size(), 100u);
  EXPECT_EQ(seen.begin()->size(), 32u);
  EXPECT_EQ(seen.begin()->find_first_not_of("0123456789abcdef"), std::string::npos);
  EXPECT_EQ(random_hex(0), "");
}

TEST(Base64, FollowsTheVectorsOfRfc4648) {
  EXPECT_EQ(base64({}), "");
  EXPECT_EQ(base64(bytes("f")), "Zg==");
  EXPECT_EQ(base64(bytes("fo")), "Zm8=");
  EXPECT_EQ(base64(bytes("foo")), "Zm9v");
  EXPECT_EQ(base64(bytes("foobar")), "Zm9vYmFy");
  EXPECT_EQ(base64(bytes(std::string(100, '\xff'))).size(), 136u);
}

TEST(Split, KeepsEmptyParts) {
  EXPECT_THAT(split("a,,b,", ','), ElementsAre("a", "", "b", ""));
  EXPECT_THAT(split("", ','), ElementsAre(""));
  EXPECT_THAT(split("abc", ','), ElementsAre("abc"));
}

TEST(Join, UndoesSplit) {
  EXPECT_EQ(join({}, ", "), "");
  EXPECT_EQ(join({"", "a"}, ", "), ", a");
  for (const char* text : {"", ",", "a,,b,", "abc"}) EXPECT_EQ(join(split(text, ','), ","), text);
}

TEST(Trim, TakesWhiteSpaceOffBothEnds) {
  EXPECT_EQ(trim(" \t\r\n a b \n"), "a b");
  EXPECT_EQ(trim("  "), "");
  EXPECT_EQ(trim(""), "");
}

TEST(Lower, ChangesAsciiOnly) {
  EXPECT_EQ(lower("AbZ[\xC3\x84"), "abz[\xC3\x84");
}

TEST(Glob, CoversTheWholeText) {
  EXPECT_TRUE(glob_matches("*", ""));
  EXPECT_TRUE(glob_matches("", ""));
  EXPECT_TRUE(glob_matches("client/*", "client/expired/leaf"));
  EXPECT_TRUE(glob_matches("*expired*", "client/expired"));
  EXPECT_TRUE(glob_matches("a?c", "abc"));
  EXPECT_TRUE(glob_matches("*ab*ab", "abxababab"));
  EXPECT_FALSE(glob_matches("", "a"));
  EXPECT_FALSE(glob_matches("client", "client/x"));
  EXPECT_FALSE(glob_matches("a?c", "ac"));
  EXPECT_FALSE(glob_matches("*ab*abc", "abxabab"));
  EXPECT_TRUE(glob_matches("[a]", "[a]"));
}

TEST(Glob, TakesNoExponentialTime) {
  EXPECT_FALSE(glob_matches("*a*a*a*a*a*a*a*a*a*a*b", std::string(5000, 'a')));
}

TEST(ShellQuote, QuotesWhereAShellNeedsIt) {
  EXPECT_EQ(shell_quote("plain-1.2/x:y=@%+,_"), "plain-1.2/x:y=@%+,_");
  EXPECT_EQ(shell_quote(""), "''");
  EXPECT_EQ(shell_quote("a b"), "'a b'");
  EXPECT_EQ(shell_quote("it's"), "'it'\\''s'");
  EXPECT_EQ(shell_quote("$(x)`y`\\"), "'$(x)`y`\\'");
  EXPECT_EQ(shell_quote("~"), "'~'");
}

TEST(Nearest, FindsTheSlipOfAPen) {
  const std::vector<std::string> words = {"expired", "revoked", "unknown_ca", "ca"};
  EXPECT_EQ(nearest("expird", words), "expired");
  EXPECT_EQ(nearest("REVOKED", words), "revoked");
  EXPECT_EQ(nearest("unknow-ca", words), "unknown_ca");
  EXPECT_EQ(nearest("banana", words), "");
  EXPECT_EQ(nearest("xy", words), "");
  EXPECT_EQ(nearest("", words), "");
  EXPECT_EQ(nearest("x", {}), "");
  EXPECT_EQ(nearest(std::string(100000, 'a'), words), "");
}

TEST(Nearest, TakesTwoNeighboursExchangedForOneSlip) {
  EXPECT_EQ(nearest("egde", {"edge"}), "edge");
  EXPECT_EQ(nearest("eg", {"ge"}), "ge");
  EXPECT_EQ(nearest("ngixn-stream", {"nginx", "nginx-stream"}), "nginx-stream");
  EXPECT_EQ(nearest("deeg", {"edge"}), "");
}

}  // namespace
}  // namespace mtls
