// Reading logs as they grow.
#include "harness/gateway/log_reader.h"

#include <fstream>
#include <optional>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/base/files.h"
#include "harness/gateway/test_gateway.h"

namespace mtls::gateway {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class Log : public ::testing::Test {
 protected:
  void SetUp() override {
    Result<TempDir> made = TempDir::make();
    ASSERT_TRUE(made);
    folder_.emplace(std::move(*made));
  }
  void write(const std::string& text, const std::string& file = "error.log") {
    std::ofstream(folder_->path() / file, std::ios::app) << text;
  }
  LogReader& open() {
    Result<LogReader::Patterns> patterns = LogReader::patterns_of(testing::nginx_kind());
    EXPECT_TRUE(patterns);
    return reader_.emplace(folder_->path(), std::vector<std::string>{"access.log", "error.log"}, std::move(*patterns),
                           "127.255.255.253");
  }
  std::vector<std::string> texts() {
    std::vector<std::string> all;
    for (const LogLine& line : reader_->lines()) all.push_back(line.text);
    return all;
  }
  std::optional<TempDir> folder_;
  std::optional<LogReader> reader_;
};

TEST_F(Log, LinesFollowTheClientNamedBeforeThemWhereTheKindSaysSo) {
  GatewayKind kind = testing::nginx_kind();
  kind.lines_follow = true;
  Result<LogReader::Patterns> patterns = LogReader::patterns_of(kind);
  ASSERT_TRUE(patterns);
  LogReader log(folder_->path(), {"access.log", "error.log"}, std::move(*patterns), "127.255.255.253");
  write("of the start, client: 127.9.9.9\n");
  log.begin();
  write("nobody's\nhello, client: 127.1.2.3\nwhy\nhello, client: 127.255.255.253\nthe harness's own\n");
  write("another file\n", "access.log");
  std::vector<std::string> seen;
  for (const LogLine& line : log.lines()) seen.push_back(line.client + "|" + line.text);
  EXPECT_THAT(seen, ElementsAre("|another file", "|nobody's", "127.1.2.3|hello, client: 127.1.2.3", "127.1.2.3|why"));
}

TEST_F(Log, HoldsWhatCameSinceItBegan) {
  write("of another run\n");
  LogReader& log = open();
  write("of the start\n");
  log.begin();
  write("127.1.2.3 \"GET / HTTP/1.1\" 400\n", "access.log");
  write("2026/11/21 12:00:00 [info] 7#7: *9 client sent no certificate, client: 127.1.2.4, server: a.test\n");
  write("2026/11/21 12:00:00 [notice] 7#7: nobody's\n");
  const std::vector<LogLine> lines = log.lines();
  ASSERT_THAT(lines, SizeIs(3));
  EXPECT_EQ(lines[0].file, "access.log");
  EXPECT_EQ(lines[0].client, "127.1.2.3");
  EXPECT_EQ(lines[1].file, "error.log");
  EXPECT_EQ(lines[1].client, "127.1.2.4");
  EXPECT_EQ(lines[2].client, "");
}

TEST_F(Log, LinesThatGrowAreTakenWhole) {
  LogReader& log = open();
  write("half a li");
  EXPECT_THAT(texts(), IsEmpty());
  write("ne\nlast");
  EXPECT_THAT(texts(), ElementsAre("half a line"));
  log.finish();
  EXPECT_THAT(texts(), ElementsAre("half a line", "last"));
}

TEST_F(Log, LongAndForeignLinesAreCutAndSanitised) {
  open();
  write(std::string(100'000, 'x') + "\nafter \x1b[31m\n");
  const std::vector<std::string> all = texts();
  ASSERT_THAT(all, SizeIs(2));
  EXPECT_LT(all[0].size(), 5000u);
  EXPECT_EQ(all[1], "after \\x1b[31m");
}

TEST_F(Log, ATruncatedFileIsReadAnew) {
  open();
  write("one\ntwo\n");
  EXPECT_THAT(texts(), ElementsAre("one", "two"));
  std::filesystem::resize_file(folder_->path() / "error.log", 0);
  write("three\n");
  EXPECT_THAT(texts(), ElementsAre("one", "two", "three"));
}

TEST_F(Log, OfAHugeFileTheEndIsKept) {
  open();
  write("first\n");
  std::filesystem::resize_file(folder_->path() / "error.log", 80u << 20);
  write("\nlast\n");
  EXPECT_THAT(texts(), ElementsAre("last"));
  EXPECT_THAT(reader_->alarms(), ElementsAre(HasSubstr("more than 64 MiB were written to error.log")));
}

TEST_F(Log, OfManyLinesTheLastAreKept) {
  LogReader& log = open();
  std::string many;
  for (int n = 0; n < 8000; ++n) many += "127.1.2.3 " + std::string(1000, 'x') + "\n";
  EXPECT_THAT(log.alarms(), IsEmpty());
  for (int n = 0; n < 9; ++n) {
    write(many);
    log.alarms();
  }
  EXPECT_LT(log.lines().size(), 67000u);
  EXPECT_THAT(log.alarms(), SizeIs(1));
  EXPECT_THAT(log.missing({"127.1.2.3"}, milliseconds(0)), IsEmpty());
}

TEST_F(Log, QuestionsForReadinessLeaveNoLines) {
  open();
  write("2026/11/21 12:00:00 [info] 7#7: *9 peer closed connection, client: 127.255.255.253, server: x\nother\n");
  EXPECT_THAT(texts(), ElementsAre("other"));
}

TEST_F(Log, AlarmsAreFoundBeforeAndAfterReadiness) {
  LogReader& log = open();
  write("2026/11/21 12:00:00 [alert] 7#7: early\n");
  log.begin();
  write("2026/11/21 12:00:00 [emerg] 7#7: late\n2026/11/21 12:00:00 [error] 7#7: no alarm\n");
  EXPECT_THAT(log.alarms(), SizeIs(2));
  log.expect_end();
  write("2026/11/21 12:00:00 [alert] 7#7: open socket left\n==7==ERROR: LeakSanitizer: detected memory leaks\n");
  log.finish();
  EXPECT_THAT(log.alarms(), SizeIs(3));
}

TEST_F(Log, SanitizersAreHeardButNotWhereAClientSpeaks) {
  LogReader& log = open();
  write("127.0.0.1 \"GET /==7==ERROR:AddressSanitizer HTTP/1.1\" 200 [alert] x.c:1:2: runtime error: \n", "access.log");
  EXPECT_THAT(log.alarms(), IsEmpty());
  write("==7==ERROR: AddressSanitizer: heap-use-after-free on address\n");
  write("src/ngx_http.c:10:5: runtime error: signed integer overflow\n");
  write("WARNING: ThreadSanitizer: data race (pid=7)\n");
  EXPECT_THAT(log.alarms(), SizeIs(3));
}

TEST_F(Log, WithoutAPatternNoClientIsWaitedFor) {
  LogReader log(folder_->path(), {"access.log"}, {}, "");
  write("127.1.1.1 \"GET\"\n", "access.log");
  EXPECT_THAT(log.missing({"127.1.1.2"}, std::chrono::hours(1)), IsEmpty());
  EXPECT_THAT(log.lines(), ElementsAre(::testing::Field(&LogLine::client, "")));
}

TEST_F(Log, WaitsForClientsAndTexts) {
  LogReader& log = open();
  EXPECT_THAT(log.missing({"127.1.1.1"}, milliseconds(10)), ElementsAre("127.1.1.1"));
  std::thread writer([this] { write("127.1.1.1 \"GET\"\n", "access.log"); });
  EXPECT_THAT(log.missing({"127.1.1.1"}, milliseconds(5000)), IsEmpty());
  writer.join();
  EXPECT_THAT(log.missing_texts({"GET", "PUT"}, milliseconds(10)), ElementsAre("PUT"));
}

TEST(LastLines, AreFewSanitisedAndFromTheEnd) {
  Result<TempDir> folder = TempDir::make();
  ASSERT_TRUE(folder);
  ASSERT_TRUE(write_file(folder->path() / "x", "a\n\nb\x01\nc\n"));
  EXPECT_THAT(last_lines(folder->path() / "x", 2), ElementsAre("b\\x01", "c"));
  EXPECT_THAT(last_lines(folder->path() / "absent", 2), IsEmpty());
}

}  // namespace
}  // namespace mtls::gateway
