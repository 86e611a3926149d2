// Plain services: what is answered, what is noted, when take() waits, and what hostile peers cannot do.
#include "harness/upstream/upstream.h"

#include <atomic>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/upstream/test_upstreams.h"

namespace mtls::upstream {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;
using testing::StartsWith;

TEST_F(PlainUpstream, AnswersAndNotesARequest) {
  const Endpoint at = open();
  TestClient client(at);
  ASSERT_TRUE(client.send(get("n-1", "1.1", "X-Client-DN: CN=alice\r\nConnection: close\r\n")));
  const std::string answer = client.read_all();
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(answer, HasSubstr("nonce=n-1\nidentity=CN=alice\nclient=-\n"));

  const Seen seen = upstream_.take(at, patience);
  EXPECT_EQ(seen.connections, 1);
  EXPECT_THAT(seen.handshakes, IsEmpty());
  ASSERT_THAT(seen.requests, SizeIs(1));
  const UpstreamRequest& request = seen.requests[0];
  EXPECT_EQ(request.nonce, "n-1");
  EXPECT_EQ(request.method, "GET");
  EXPECT_EQ(request.path, "/a/path?q=1");
  EXPECT_EQ(request.host, "upstream.test");
  EXPECT_EQ(request.answered, 200);
  EXPECT_EQ(request.client_subject, "");
  EXPECT_THAT(request.headers, Contains(Pair("X-Client-DN", "CN=alice")));

  const Seen again = upstream_.take(at, patience);
  EXPECT_EQ(again.connections, 0);
  EXPECT_THAT(again.requests, IsEmpty());
}

TEST_F(PlainUpstream, KeepsAConnectionAliveAndDoesNotWaitForAnIdleOne) {
  const Endpoint at = open();
  TestClient client(at);
  ASSERT_TRUE(client.send(get("n-1")));
  EXPECT_THAT(client.read_until("client=-\n"), HasSubstr("nonce=n-1\n"));
  ASSERT_TRUE(client.send(get("n-2")));
  EXPECT_THAT(client.read_until("client=-\n"), HasSubstr("nonce=n-2\n"));

  const Clock::time_point before = Clock::now();
  const Seen seen = upstream_.take(at, seconds(30));
  EXPECT_LT(Clock::now() - before, seconds(10));
  EXPECT_EQ(seen.connections, 1);
  EXPECT_THAT(seen.requests, SizeIs(2));

  ASSERT_TRUE(client.send(get("n-3")));
  EXPECT_THAT(client.read_until("client=-\n"), HasSubstr("nonce=n-3\n"));
  const Seen later = upstream_.take(at, patience);
  EXPECT_EQ(later.connections, 0);
  EXPECT_THAT(later.requests, SizeIs(1));
}

TEST_F(PlainUpstream, AnswersRequestsThatComeInOnePiece) {
  const Endpoint at = open();
  TestClient client(at);
  const std::string body = "POST / HTTP/1.1\r\nHost: h\r\nX-Mtlscheck-Nonce: n-2\r\nContent-Length: 5\r\n\r\na\nb\nc";
  const std::string chunked =
      "POST / HTTP/1.1\r\nHost: h\r\nX-Mtlscheck-Nonce: n-3\r\nTransfer-Encoding: "
      "chunked\r\n\r\n3\r\na\nb\r\n0\r\n\r\n";
  ASSERT_TRUE(client.send(get("n-1") + body + chunked + get("n-4", "1.1", "Connection: close\r\n")));
  const std::string answers = client.read_all();
  for (const char* nonce : {"nonce=n-1\n", "nonce=n-2\n", "nonce=n-3\n", "nonce=n-4\n"}) {
    EXPECT_THAT(answers, HasSubstr(nonce));
  }
  EXPECT_THAT(upstream_.take(at, patience).requests, SizeIs(4));
}

TEST_F(PlainUpstream, ClosesAfterAnHttp10RequestUnlessAskedNotTo) {
  const Endpoint at = open();
  TestClient closing(at);
  ASSERT_TRUE(closing.send(get("n-1", "1.0")));
  EXPECT_THAT(closing.read_all(), HasSubstr("nonce=n-1\n"));
  TestClient staying(at);
  ASSERT_TRUE(staying.send(get("n-2", "1.0", "Connection: keep-alive\r\n")));
  EXPECT_THAT(staying.read_until("client=-\n"), HasSubstr("nonce=n-2\n"));
  ASSERT_TRUE(staying.send(get("n-3", "1.0")));
  EXPECT_THAT(staying.read_all(), HasSubstr("nonce=n-3\n"));
}

TEST_F(PlainUpstream, AnswersHeadWithoutContent) {
  const Endpoint at = open();
  TestClient client(at);
  ASSERT_TRUE(client.send("HEAD / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"));
  const std::string answer = client.read_all();
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(answer, testing::EndsWith("\r\n\r\n"));
}

TEST_F(PlainUpstream, AnswersAPeerThatClosedItsOwnSide) {
  const Endpoint at = open();
  TestClient client(at);
  ASSERT_TRUE(client.send(get("n-1")));
  shutdown(client.fd(), SHUT_WR);
  EXPECT_THAT(client.read_all(), HasSubstr("nonce=n-1\n"));
}

TEST_F(PlainUpstream, GivesOneTrialItsOwnRequestsOnly) {
  const Endpoint at = open();
  for (const char* nonce : {"a", "b", "a"}) {
    TestClient client(at);
    ASSERT_TRUE(client.send(get(nonce, "1.1", "Connection: close\r\n")));
    client.read_all();
  }
  EXPECT_THAT(upstream_.take_nonce(at, "a").requests, SizeIs(2));
  EXPECT_THAT(upstream_.take_nonce(at, "a").requests, IsEmpty());
  EXPECT_THAT(upstream_.take_nonce(at, "b").requests, SizeIs(1));
  const Seen rest = upstream_.take(at, patience);
  EXPECT_EQ(rest.connections, 3);
  EXPECT_THAT(rest.requests, IsEmpty());
}

TEST_F(PlainUpstream, WaitsForARequestThatIsNotAnswered) {
  const Endpoint at = open();
  TestClient client(at);
  const std::string whole = get("n-1", "1.1", "Connection: close\r\n");
  ASSERT_TRUE(client.send(whole.substr(0, 20)));
  std::atomic<bool> sent = false;
  std::thread later([&] {
    const Deadline pause(milliseconds(50));
    wait_readable(client.fd(), pause);  // nothing comes: this is the pause
    sent = true;
    client.send(whole.substr(20));
  });
  const Seen seen = upstream_.take(at, seconds(20));
  EXPECT_TRUE(sent);
  EXPECT_THAT(seen.requests, SizeIs(1));
  later.join();
}

TEST_F(PlainUpstream, WaitsForAConnectionThatIsNotAcceptedYet) {
  const Endpoint at = open();
  for (int i = 0; i < 50; ++i) {
    TestClient client(at);
    client.send(get("n"));
    client.close();
    const Seen seen = upstream_.take(at, patience);
    EXPECT_EQ(seen.connections, 1);
    EXPECT_THAT(seen.requests, SizeIs(1));
  }
}

TEST_F(PlainUpstream, SilentNotesTheRequestAndNeverAnswers) {
  const Endpoint at = open(Behaviour::silent);
  TestClient client(at);
  ASSERT_TRUE(client.send(get("n-1")));
  EXPECT_FALSE(wait_readable(client.fd(), Deadline(milliseconds(100))));
  client.close();
  const Seen seen = upstream_.take(at, patience);
  ASSERT_THAT(seen.requests, SizeIs(1));
  EXPECT_EQ(seen.requests[0].answered, 0);
}

TEST_F(PlainUpstream, GivesUpWaitingWhenPatienceEndsAndDoesNotWaitAgain) {
  const Endpoint at = open(Behaviour::silent);
  TestClient client(at);
  ASSERT_TRUE(client.send(get("n-1")));
  EXPECT_EQ(upstream_.take(at, milliseconds(50)).connections, 1);
  const Clock::time_point before = Clock::now();
  EXPECT_EQ(upstream_.take(at, seconds(20)).connections, 0);
  EXPECT_LT(Clock::now() - before, seconds(10));
}

TEST_F(PlainUpstream, ClosesAtOnce) {
  const Endpoint at = open(Behaviour::closing);
  TestClient client(at);
  EXPECT_EQ(client.read_all(), "");
  EXPECT_EQ(upstream_.take(at, patience).connections, 1);
}

TEST_F(PlainUpstream, AnswersSlowlyButWhole) {
  const Endpoint at = open(Behaviour::slow);
  TestClient client(at);
  const Clock::time_point before = Clock::now();
  ASSERT_TRUE(client.send(get("n-1", "1.1", "Connection: close\r\n")));
  const std::string answer = client.read_all();
  EXPECT_GE(Clock::now() - before, milliseconds(answer.size()));
  EXPECT_THAT(answer, HasSubstr("nonce=n-1\nidentity=-\nclient=-\n"));
  EXPECT_THAT(upstream_.take(at, patience).requests, SizeIs(1));
}

TEST_F(PlainUpstream, RefusesConnectionsWhereItIsDown) {
  const Endpoint at = open(Behaviour::down);
  EXPECT_NE(at.port, 0);
  EXPECT_EQ(TestClient(at).connect_error, "refused");
  EXPECT_FALSE(listen_tcp(at)) << "the port is to be held";
  EXPECT_EQ(upstream_.take(at, patience).connections, 0);
}

TEST_F(PlainUpstream, TellsTlsOnAPlainPort) {
  const Endpoint at = open();
  TestClient client(at);
  ASSERT_TRUE(client.send(std::string_view("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11)));
  EXPECT_THAT(client.read_all(), StartsWith("HTTP/1.1 400 "));
  const Seen seen = upstream_.take(at, patience);
  EXPECT_THAT(seen.requests, IsEmpty());
  ASSERT_THAT(seen.handshakes, SizeIs(1));
  EXPECT_FALSE(seen.handshakes[0].completed);
  EXPECT_EQ(seen.handshakes[0].failure, "TLS ClientHello on a plaintext service");
}

TEST_F(PlainUpstream, StopsPromptlyWithConnectionsOpen) {
  const Endpoint at = open(Behaviour::silent);
  TestClient client(at);
  client.send("GET");
  const Clock::time_point before = Clock::now();
  upstream_ = std::move(Upstream::start()).value();
  EXPECT_LT(Clock::now() - before, seconds(2));
  EXPECT_EQ(client.read_all(), "");
}

TEST_F(PlainUpstream, SaysWhyAPortCannotBeHad) {
  const Endpoint at = open();
  for (const Behaviour behaviour : {Behaviour::answering, Behaviour::down}) {
    Service service;
    service.at = at;
    service.spec.behaviour = behaviour;
    EXPECT_FALSE(upstream_.add(std::move(service)));
  }
  Service nowhere;
  nowhere.at = {"no address", 0};
  EXPECT_FALSE(upstream_.add(std::move(nowhere)));
  EXPECT_EQ(upstream_.take({"127.0.0.1", 1}, patience).connections, 0);
}

}  // namespace
}  // namespace mtls::upstream
