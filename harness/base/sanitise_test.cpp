// Foreign bytes: what becomes visible, what is replaced, what is cut, and that every output is harmless.
#include <random>

#include <gmock/gmock.h>

#include "harness/base/text.h"

namespace mtls {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string replacement = "\xEF\xBF\xBD";
const std::string note = "[private key removed]";

std::string pem(const std::string& label, const std::string& body) {
  return "-----BEGIN " + label + "-----\n" + body + "\n-----END " + label + "-----\n";
}

TEST(Sanitise, LeavesHarmlessTextAsItIs) {
  const std::string text = "plain \\ <b> & \"q\" \t\n gr\xC3\xBC\xC3\x9F \xE2\x82\xAC \xF0\x9F\x94\x92";
  EXPECT_EQ(sanitise(text), text);
  EXPECT_EQ(sanitise(""), "");
}

TEST(Sanitise, MakesControlCharactersVisible) {
  EXPECT_EQ(sanitise(std::string("\0\x1b[31m\r\n\x7f", 9)), "\\x00\\x1b[31m\\x0d\n\\x7f");
  EXPECT_EQ(sanitise("\xC2\x80\xC2\x85\xC2\x9B\xC2\xA0"), "\\x80\\x85\\x9b\xC2\xA0");
}

TEST(Sanitise, MakesDeceptiveCharactersVisible) {
  EXPECT_EQ(sanitise("a\xE2\x80\xAE"
                     "b\xE2\x81\xA6\xE2\x80\xA8\xE2\x80\xA9"),
            "a\\u202eb\\u2066\\u2028\\u2029");
  EXPECT_EQ(sanitise("\xEF\xBF\xBE\xEF\xBF\xBF\xE2\x80\x8F\xD8\x9C"), "\\ufffe\\uffff\\u200f\\u061c");
}

TEST(Sanitise, ReplacesBrokenSequences) {
  EXPECT_EQ(sanitise("a\xFF"
                     "b"),
            "a" + replacement + "b");
  EXPECT_EQ(sanitise("\xC0\xAF"), replacement + replacement);
  EXPECT_EQ(sanitise("\xED\xA0\x80"), replacement + replacement + replacement);
  EXPECT_EQ(sanitise("\xE2\x82"), replacement);
  EXPECT_EQ(sanitise("\xE2\x82"
                     "A"),
            replacement + "A");
  EXPECT_EQ(sanitise("\xF4\x90\x80\x80"), replacement + replacement + replacement + replacement);
  EXPECT_EQ(sanitise("\x80\xBF"), replacement + replacement);
  EXPECT_EQ(sanitise("\xF0\x9F\x94"), replacement);
}

TEST(Sanitise, CutsAtTheLimitBetweenCharacters) {
  EXPECT_EQ(sanitise("abcdef", 6), "abcdef");
  EXPECT_EQ(sanitise("abcdef", 4), "abcd [2 bytes left out]");
  EXPECT_EQ(sanitise("abc\xE2\x82\xAC", 4), "abc [3 bytes left out]");
  EXPECT_EQ(sanitise(std::string(10, '\x01'), 7), "\\x01 [9 bytes left out]");
  EXPECT_EQ(sanitise("a", 0), " [1 bytes left out]");
}

TEST(SanitiseLine, KeepsOneLine) {
  EXPECT_EQ(sanitise_line("a\nb\tc\r\n"), "a\\nb\tc\\x0d\\n");
  EXPECT_LT(sanitise_line(std::string(100000, 'x')).size(), 5000u);
}

TEST(Sanitise, RemovesPrivateKeysOfEveryLabel) {
  for (const std::string label :
       {"PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "OPENSSH PRIVATE KEY"}) {
    EXPECT_EQ(sanitise("before\n" + pem(label, "MIIBsecret") + "after"), "before\n" + note + "\nafter");
  }
  EXPECT_EQ(sanitise("x " + pem("RSA PRIVATE KEY", "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES,00\n\nMIIBsecret")),
            "x " + note + "\n");
  EXPECT_EQ(sanitise(pem("PRIVATE KEY", "one") + pem("CERTIFICATE", "two") + pem("PRIVATE KEY", "three")),
            note + "\n" + pem("CERTIFICATE", "two") + note + "\n");
}

TEST(Sanitise, RemovesKeysThatAreEscapedOrIncomplete) {
  EXPECT_EQ(sanitise("{\"key\":\"-----BEGIN PRIVATE KEY-----\\nMIIBsecret\\n-----END PRIVATE KEY-----\\n\"}"),
            "{\"key\":\"" + note + "\\n\"}");
  EXPECT_EQ(sanitise("a -----BEGIN PRIVATE KEY-----\nMIIBsecret"), "a " + note);
  EXPECT_EQ(sanitise("a line\nMIIB\r\nc2VjcmV0\n-----END PRIVATE KEY-----\nb"), "a line\n" + note + "\nb");
  EXPECT_EQ(sanitise(pem("PRIVATE KEY", std::string(100000, 'A')), 4096), note + "\n");
}

TEST(Sanitise, LeavesCertificatesAndTalkOfKeys) {
  const std::string certificate = pem("CERTIFICATE", "MIIB");
  EXPECT_EQ(sanitise(certificate), certificate);
  EXPECT_EQ(sanitise("Expecting: ANY PRIVATE KEY"), "Expecting: ANY PRIVATE KEY");
  EXPECT_EQ(sanitise("-----BEGIN "), "-----BEGIN ");
}

TEST(Sanitise, TakesLinearTimeOnManyMarks) {
  std::string hostile;
  for (int i = 0; i < 50000; ++i) hostile += "-----END PRIVATE KEY-----AAAA\nAAAA\n";
  EXPECT_THAT(sanitise(hostile), Not(HasSubstr("-----END")));
  hostile.clear();
  for (int i = 0; i < 50000; ++i) hostile += "-----BEGIN -----BEGIN CERTIFICATE-----";
  EXPECT_THAT(sanitise(hostile), HasSubstr("left out"));
}

// A decoder of its own, so that the two cannot share a mistake: counts in bits, not in tables.
bool is_valid_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const unsigned char first = static_cast<unsigned char>(text[i]);
    int length = 0;
    while (length < 8 && ((first << length) & 0x80) != 0) ++length;
    if (length == 1 || length > 4 || i + std::max(length, 1) > text.size()) return false;
    std::uint32_t point = length == 0 ? first : first & (0x7F >> length);
    for (int k = 1; k < length; ++k) {
      const unsigned char next = static_cast<unsigned char>(text[i + static_cast<std::size_t>(k)]);
      if ((next & 0xC0) != 0x80) return false;
      point = point << 6 | (next & 0x3F);
    }
    static constexpr std::uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (point < least[length] || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) return false;
    if ((point < 0x20 && point != '\t' && point != '\n') || (point >= 0x7F && point < 0xA0)) return false;
    if (point == 0xFFFE || point == 0xFFFF) return false;
    i += static_cast<std::size_t>(std::max(length, 1));
  }
  return true;
}

TEST(Sanitise, EveryOutputIsHarmlessAndStable) {
  std::mt19937 random(20261121);
  const std::string spice[] = {"\xE2\x80",
                               "\xF0\x9F",
                               "\xC2",
                               "\xED\xA0\x80",
                               "-----BEGIN PRIVATE KEY-----",
                               "-----END PRIVATE KEY-----",
                               "\n",
                               "\x1b[0m",
                               "\xEF\xBF\xBE",
                               "A"};
  for (int round = 0; round < 3000; ++round) {
    std::string input;
    for (unsigned size = random() % 60; input.size() < size;) {
      if (random() % 4 == 0) {
        input += spice[random() % std::size(spice)];
      } else {
        input += static_cast<char>(random());
      }
    }
    const std::string clean = sanitise(input);
    ASSERT_TRUE(is_valid_utf8(clean)) << hex({reinterpret_cast<const unsigned char*>(input.data()), input.size()});
    ASSERT_EQ(sanitise(clean), clean);
    const std::string line = sanitise_line(input, 20);
    ASSERT_TRUE(is_valid_utf8(line));
    ASSERT_EQ(line.find('\n'), std::string::npos);
    ASSERT_LE(line.size(), 20 + std::string(" [60 bytes left out]").size() + 60);
  }
}

}  // namespace
}  // namespace mtls
