// HTTP messages: right ones in any slices, hostile ones within bounds.
#include "harness/base/http.h"

#include <random>

#include <gmock/gmock.h>

namespace mtls {
namespace {

using ::testing::HasSubstr;
using Kind = HttpParser::Kind;

HttpParser parsed(Kind kind, std::string_view bytes, HttpParser::Limits limits = {}) {
  HttpParser parser(kind, limits);
  parser.feed(bytes);
  return parser;
}

TEST(HttpParser, ReadsAResponse) {
  const HttpParser parser = parsed(Kind::response,
                                   "HTTP/1.1 403 Forbidden\r\nServer: x\r\nX-Twice: 1\r\nx-twice: 2\r\n"
                                   "Content-Length: 4\r\n\r\nbody");
  EXPECT_TRUE(parser.done());
  EXPECT_FALSE(parser.truncated());
  EXPECT_EQ(parser.error(), "");
  EXPECT_EQ(parser.message().status, 403);
  EXPECT_EQ(parser.message().reason, "Forbidden");
  EXPECT_EQ(parser.message().version, "1.1");
  EXPECT_EQ(parser.message().body, "body");
  ASSERT_EQ(parser.message().headers.size(), 4u);
  EXPECT_EQ(parser.message().headers[2], std::make_pair(std::string("x-twice"), std::string("2")));
  EXPECT_EQ(header_value(parser.message().headers, "X-TWICE"), "1");
  EXPECT_EQ(header_value(parser.message().headers, "absent"), std::nullopt);
}

TEST(HttpParser, ReadsARequest) {
  const HttpParser parser =
      parsed(Kind::request, format_request("POST", "/a?b=c", "h.test:1", {{"X-Id", "7"}, {"Content-Length", "0"}}));
  EXPECT_TRUE(parser.done());
  EXPECT_EQ(parser.message().method, "POST");
  EXPECT_EQ(parser.message().target, "/a?b=c");
  EXPECT_EQ(header_value(parser.message().headers, "host"), "h.test:1");
  EXPECT_EQ(header_value(parser.message().headers, "x-id"), "7");
  EXPECT_EQ(header_value(parser.message().headers, "connection"), "close");
}

TEST(HttpParser, ReadsChunksAndTrailersByteByByte) {
  const std::string bytes =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n1\r\n!\r\n0\r\nX-Trailer: t\r\n\r\n";
  HttpParser parser(Kind::response);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    EXPECT_FALSE(parser.done()) << i;
    parser.feed(std::string_view(bytes).substr(i, 1));
  }
  EXPECT_TRUE(parser.done()) << parser.error();
  EXPECT_EQ(parser.message().body, "hello!");
}

TEST(HttpParser, TakesTheEndOfTheStreamAsTheEndOfABodyWithoutLength) {
  HttpParser parser = parsed(Kind::response, "HTTP/1.0 200 OK\r\n\r\nabc");
  EXPECT_TRUE(parser.headers_done());
  EXPECT_FALSE(parser.done());
  parser.end_of_stream();
  EXPECT_TRUE(parser.done());
  EXPECT_FALSE(parser.truncated());
  EXPECT_EQ(parser.message().version, "1.0");
  EXPECT_EQ(parser.message().body, "abc");
}

TEST(HttpParser, SkipsInterimResponses) {
  HttpParser parser(Kind::response);
  parser.feed("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 20");
  EXPECT_FALSE(parser.done());
  parser.feed("1 Created\r\nContent-Length: 0\r\n\r\n");
  EXPECT_TRUE(parser.done());
  EXPECT_EQ(parser.message().status, 201);
  EXPECT_EQ(header_value(parser.message().headers, "link"), std::nullopt);
}

TEST(HttpParser, IgnoresWhatFollowsAWholeMessage) {
  HttpParser parser = parsed(Kind::response, "HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 500 Oops\r\n\r\n");
  parser.feed("more");
  parser.end_of_stream();
  EXPECT_TRUE(parser.done());
  EXPECT_EQ(parser.message().status, 204);
  EXPECT_EQ(parser.error(), "");
}

TEST(HttpParser, TellsThatTheStreamEndedInsideTheMessage) {
  HttpParser body = parsed(Kind::response, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
  body.end_of_stream();
  EXPECT_FALSE(body.done());
  EXPECT_TRUE(body.truncated());
  EXPECT_NE(body.error(), "");
  EXPECT_EQ(body.message().body, "abc");

  HttpParser header = parsed(Kind::response, "HTTP/1.1 502 Bad Gateway\r\nServer: ng");
  header.end_of_stream();
  EXPECT_TRUE(header.truncated());
  EXPECT_EQ(header.message().status, 502);
  EXPECT_EQ(header.message().reason, "Bad Gateway");

  HttpParser nothing(Kind::response);
  nothing.end_of_stream();
  EXPECT_EQ(nothing.error(), "the stream ended before a message began");
  EXPECT_EQ(nothing.message().status, 0);
}

TEST(HttpParser, KeepsTheBeginningOfALongBody) {
  const HttpParser::Limits limits{1024, 10, 1u << 20};
  const HttpParser parser =
      parsed(Kind::response, "HTTP/1.1 200 OK\r\nContent-Length: 500000\r\n\r\n" + std::string(500000, 'x'), limits);
  EXPECT_TRUE(parser.done());
  EXPECT_TRUE(parser.truncated());
  EXPECT_EQ(parser.message().body, std::string(10, 'x'));
}

TEST(HttpParser, EndsAnEndlessBody) {
  for (const std::string framing : {"", "Transfer-Encoding: chunked\r\n", "Content-Length: 99999999999\r\n"}) {
    HttpParser parser(Kind::response, {1024, 10, 100'000});
    parser.feed("HTTP/1.1 200 OK\r\n" + framing + "\r\n");
    for (int i = 0; i < 1000 && parser.error().empty(); ++i) parser.feed("3e8\r\n" + std::string(1000, 'x') + "\r\n");
    EXPECT_NE(parser.error(), "") << framing;
    EXPECT_EQ(parser.message().status, 200);
    EXPECT_LE(parser.message().body.size(), 10u);
    EXPECT_TRUE(parser.truncated());
  }
}

TEST(HttpParser, EndsAMebibyteOfHeaderAndKeepsTheStatus) {
  const std::vector<std::string> headers = {"X: " + std::string(1u << 20, 'a'), std::string(1u << 20, 'a'),
                                            "X: " + std::string(1u << 20, '\n')};
  for (const std::string& header : headers) {
    for (const std::size_t slice : {std::size_t{1000}, std::size_t{4u << 20}}) {
      const std::string bytes = "HTTP/1.1 431 Too Large\r\n" + header;
      HttpParser parser(Kind::response);
      for (std::size_t i = 0; i < bytes.size(); i += slice) parser.feed(std::string_view(bytes).substr(i, slice));
      parser.end_of_stream();
      EXPECT_NE(parser.error(), "");
      EXPECT_EQ(parser.message().status, 431);
      EXPECT_FALSE(parser.done());
    }
  }
}

TEST(HttpParser, TakesAFieldLargerThanTheParserCanStore) {
  HttpParser parser(Kind::response, {4u << 20, 10, 10});
  parser.feed("HTTP/1.1 200 OK\r\nX: " + std::string(1u << 20, 'a') + "\r\n\r\n");
  parser.end_of_stream();
  EXPECT_NE(parser.error(), "");
  EXPECT_EQ(parser.message().status, 200);
}

TEST(HttpParser, TakesTenThousandHeaderLines) {
  std::string bytes = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 10'000; ++i) bytes += "a: b\r\n";
  const HttpParser all = parsed(Kind::response, bytes + "Content-Length: 0\r\n\r\n", {1u << 20, 10, 10});
  EXPECT_TRUE(all.done());
  EXPECT_EQ(all.message().headers.size(), 10'001u);
  const HttpParser few = parsed(Kind::response, bytes, {10'000, 10, 10});
  EXPECT_NE(few.error(), "");
  EXPECT_EQ(few.message().status, 200);
}

TEST(HttpParser, SaysWhatIsWrongWithMalformedInput) {
  using namespace std::string_literals;
  const std::string malformed[] = {"hello\r\n\r\n",
                                   "\x15\x03\x03\x00\x02\x02\x28"s,
                                   "HTTP/9.9 200 OK\r\n\r\n",
                                   "HTTP/1.1 abc OK\r\n\r\n",
                                   "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
                                   "HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n"s,
                                   "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
                                   "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
                                   "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
                                   "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n"};
  for (const std::string& bytes : malformed) {
    HttpParser parser = parsed(Kind::response, bytes);
    parser.end_of_stream();
    EXPECT_NE(parser.error(), "") << bytes;
    EXPECT_FALSE(parser.done()) << bytes;
    EXPECT_EQ(parser.message().status, bytes.rfind("HTTP/1.1 200", 0) == 0 || bytes.rfind("HTTP/9", 0) == 0 ? 200 : 0)
        << bytes;
  }
}

TEST(HttpParser, KeepsHeaderBytesThatAreNotUtf8) {
  const HttpParser parser = parsed(Kind::response, "HTTP/1.1 200 OK\r\nX: \xFF\xE9\r\nContent-Length: 0\r\n\r\n");
  EXPECT_TRUE(parser.done()) << parser.error();
  EXPECT_EQ(header_value(parser.message().headers, "x"), "\xFF\xE9");
}

TEST(HttpParser, SurvivesNoise) {
  std::mt19937 random(7);
  const std::string seed = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX: y\r\n\r\n4\r\nabcd\r\n0\r\n\r\n";
  for (int round = 0; round < 3000; ++round) {
    std::string bytes = seed;
    for (unsigned n = 1 + random() % 4; n > 0; --n) bytes[random() % bytes.size()] = static_cast<char>(random());
    for (const Kind kind : {Kind::response, Kind::request}) {
      HttpParser parser(kind, {200, 3, 10});
      for (std::size_t i = 0; i < bytes.size();) {
        const std::size_t slice = 1 + random() % 30;
        parser.feed(std::string_view(bytes).substr(i, slice));
        i += slice;
      }
      parser.end_of_stream();
      ASSERT_TRUE(parser.done() || !parser.error().empty());
      ASSERT_LE(parser.message().body.size(), 3u);
      ASSERT_EQ(parser.error().find_first_of("\r\n\x1b"), std::string::npos);
    }
  }
}

TEST(FormatRequest, LetsTheCallerSayHowTheConnectionGoesOn) {
  EXPECT_EQ(format_request("GET", "", "h", {}), "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(format_request("GET", "/", "h", {{"connection", "keep-alive"}}),
            "GET / HTTP/1.1\r\nHost: h\r\nconnection: keep-alive\r\n\r\n");
}

TEST(FormatResponse, FramesItsBody) {
  EXPECT_EQ(format_response(503, {{"A", "b"}}, "xyz"),
            "HTTP/1.1 503 Service Unavailable\r\nA: b\r\nContent-Length: 3\r\n\r\nxyz");
  EXPECT_EQ(format_response(200, {{"content-length", "9"}}, "xyz"), "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nxyz");
  const HttpParser parser = parsed(Kind::response, format_response(799, {}, "xyz"));
  EXPECT_TRUE(parser.done()) << parser.error();
  EXPECT_EQ(parser.message().status, 799);
}

}  // namespace
}  // namespace mtls
