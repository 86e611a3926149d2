// The OCSP responder: POST and GET, and its ways to misbehave.
#include <span>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/base/text.h"
#include "harness/upstream/test_client.h"
#include "harness/upstream/upstream.h"

namespace mtls::upstream {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

// Bytes whose base64 has both '+' and '/', and padding.
const std::string question("\x30\x03\x00\xfb\xef\xbe\xff\xff\xff\x00", 10);

class OcspResponder : public testing::Test {
 protected:
  OcspResponder() : upstream_(std::move(Upstream::start()).value()) {}

  Endpoint open(Responder behaviour) {
    return std::move(upstream_.add_responder(
                         {"127.0.0.1", 0}, behaviour,
                         [](const std::string& der) { return der == question ? "RESPONSE" : std::string(); }))
        .value();
  }
  static std::string post(const std::string& body) {
    return "POST / HTTP/1.0\r\nContent-Type: application/ocsp-request\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\n\r\n" + body;
  }
  static std::string ask(const Endpoint& at, const std::string& request) {
    TestClient client(at);
    client.send(request);
    return client.read_all();
  }

  Upstream upstream_;
};

TEST_F(OcspResponder, AnswersPost) {
  const std::string answer = ask(open(Responder::answering), post(question));
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(answer, HasSubstr("application/ocsp-response"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\nRESPONSE"));
}

TEST_F(OcspResponder, AnswersGetWithEscapedAndPlainBase64) {
  const Endpoint at = open(Responder::answering);
  const std::string plain = base64(std::span(reinterpret_cast<const unsigned char*>(question.data()), question.size()));
  ASSERT_THAT(plain, testing::AllOf(HasSubstr("+"), HasSubstr("/"), HasSubstr("=")));
  std::string escaped;
  for (const char c : plain) escaped += c == '+' ? "%2B" : c == '/' ? "%2f" : c == '=' ? "%3D" : std::string(1, c);
  EXPECT_THAT(ask(at, "GET /" + plain + " HTTP/1.0\r\n\r\n"), EndsWith("RESPONSE"));
  EXPECT_THAT(ask(at, "GET /" + escaped + " HTTP/1.0\r\n\r\n"), EndsWith("RESPONSE"));
}

TEST_F(OcspResponder, RefusesWhatIsNoRequest) {
  const Endpoint at = open(Responder::answering);
  EXPECT_THAT(ask(at, "GET / HTTP/1.0\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(ask(at, "GET /$$$$ HTTP/1.0\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(ask(at, post("")), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(ask(at, post("unknown")), StartsWith("HTTP/1.1 500 "));
}

TEST_F(OcspResponder, CanFailBeSilentAndBeDown) {
  EXPECT_THAT(ask(open(Responder::error), post(question)), StartsWith("HTTP/1.1 500 "));
  TestClient silent(open(Responder::silent));
  silent.send(post(question));
  EXPECT_FALSE(wait_readable(silent.fd(), Deadline(std::chrono::milliseconds(100))));
  EXPECT_EQ(TestClient(open(Responder::down)).connect_error, "refused");
  EXPECT_THAT(ask(open(Responder::unknown), post(question)), EndsWith("RESPONSE"));
}

}  // namespace
}  // namespace mtls::upstream
