// What explain says of codes, texts and logs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/base/files.h"
#include "tools/program_under_test.h"

namespace mtls::tools {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

const std::string expired_line =
    "2026/11/21 10:00:00 [info] 7#7: *1 client SSL certificate verify error: (10:certificate has expired) while "
    "reading "
    "client request headers, client: 192.0.2.1, server: gateway.test";
const std::string missing_line =
    "2026/11/21 10:00:00 [info] 7#7: *1 client sent no required SSL certificate while reading client request headers";

TEST(Explain, ACodesPage) {
  const Ran ran = mtlscheck({"explain", "client-cert-expired"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_THAT(ran.text, StartsWith("client-cert-expired"));
  EXPECT_THAT(ran.text, HasSubstr("Remedy: "));
}

TEST(Explain, ATextInSeveralWords) {
  const Ran ran = mtlscheck({"explain", "client", "sent", "no", "required", "SSL", "certificate"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_THAT(ran.text, StartsWith("client-cert-missing"));
}

TEST(Explain, NeverGuesses) {
  const Ran ran = mtlscheck({"explain", "the cat sat on the mat"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.text, HasSubstr("no match"));
  const Ran json = mtlscheck({"explain", "--json", "the cat sat on the mat"});
  EXPECT_EQ(json.code, 1);
  EXPECT_THAT(json.text, HasSubstr("\"matches\": []"));
}

TEST(Explain, HelpsWithASlipOfTheHand) {
  EXPECT_THAT(mtlscheck({"explain", "client-cert-expird"}).text, HasSubstr("did you mean client-cert-expired?"));
}

TEST(Explain, ALogIsSummedUpByCause) {
  auto folder = TempDir::make();
  ASSERT_TRUE(folder);
  const auto log = folder->path() / "error.log";
  ASSERT_TRUE(write_file(log, "nothing\n" + expired_line + "\n" + missing_line + "\n\n" + expired_line));
  const Ran ran = mtlscheck({"explain", "--log", log.string()});
  EXPECT_EQ(ran.code, 0) << ran.text;
  EXPECT_THAT(ran.text, HasSubstr("client-cert-expired"));
  EXPECT_THAT(ran.text, HasSubstr("2 lines, 2 to 5"));
  EXPECT_THAT(ran.text, HasSubstr("1 line, 3 to 3"));
}

TEST(Explain, ALineOfAnyLengthIsJudgedByItsBeginning) {
  auto folder = TempDir::make();
  ASSERT_TRUE(folder);
  const auto log = folder->path() / "error.log";
  ASSERT_TRUE(write_file(log, expired_line + std::string(8u << 20, 'x') + "\n" + missing_line + "\n"));
  const Ran ran = mtlscheck({"explain", "--log", log.string()});
  EXPECT_THAT(ran.text, HasSubstr("1 line, 1 to 1"));
  EXPECT_THAT(ran.text, HasSubstr("1 line, 2 to 2"));
}

TEST(Explain, ALogThatIsNoPlainTextIsSaidToBeSo) {
  auto folder = TempDir::make();
  ASSERT_TRUE(folder);
  const std::vector<std::pair<std::string, std::string>> contents{{"\xff\xfe"
                                                                   "2\0",
                                                                   "iconv -f UTF-16"},
                                                                  {"\x1f\x8b\x08", "zcat"},
                                                                  {"\x28\xb5\x2f\xfd\x04", "zstdcat"}};
  for (const auto& [bytes, way_out] : contents) {
    ASSERT_TRUE(write_file(folder->path() / "log", bytes));
    const Ran ran = mtlscheck({"explain", "--log", (folder->path() / "log").string()});
    EXPECT_EQ(ran.code, 2);
    EXPECT_THAT(ran.text, HasSubstr(way_out));
  }
  const Ran directory = mtlscheck({"explain", "--log", folder->path().string()});
  EXPECT_EQ(directory.code, 2);
  EXPECT_THAT(directory.text, HasSubstr("is a directory"));
  ASSERT_TRUE(write_file(folder->path() / "log", "\xef\xbb\xbf" + missing_line + "\r\n"));
  const Ran dos = mtlscheck({"explain", "--log", (folder->path() / "log").string()});
  EXPECT_EQ(dos.code, 0);
  EXPECT_THAT(dos.text, HasSubstr("\n  " + missing_line + "\n"));
}

TEST(Explain, MistakesEndWithTwo) {
  EXPECT_EQ(mtlscheck({"explain", " "}).code, 2);
  EXPECT_EQ(mtlscheck({"explain"}).code, 2);
  EXPECT_EQ(mtlscheck({"explain", "--log", "/nonexistent"}).code, 2);
  EXPECT_EQ(mtlscheck({"explain", "--log", "/dev/null", "a text"}).code, 2);
}

}  // namespace
}  // namespace mtls::tools
