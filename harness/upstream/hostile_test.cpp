// Peers that are many, slow, malicious or speak something else: they are noted, bounded, and harm nobody.
#include <atomic>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/upstream/test_upstreams.h"

namespace mtls::upstream {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

TEST_F(PlainUpstream, BoundsWhatAnEndlessHeaderMayTake) {
  const Endpoint at = open();
  TestClient client(at);
  client.send("GET / HTTP/1.1\r\nHost: h\r\n");
  const std::string line = "X-Long: " + std::string(4000, 'a') + "\r\n";
  for (int i = 0; i < 4000 && client.send(line); ++i) continue;
  EXPECT_THAT(client.read_all(), testing::AnyOf(IsEmpty(), StartsWith("HTTP/1.1 400 ")));
  EXPECT_EQ(upstream_.take(at, patience).connections, 1);
}

TEST_F(PlainUpstream, RefusesGarbage) {
  const Endpoint at = open();
  for (const std::string& garbage :
       {std::string("\0\0\0\0\r\n\r\n", 8), std::string("GET\r\n\r\n"), std::string(70'000, 'x'),
        std::string("GET / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n"),
        std::string("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")}) {
    TestClient client(at);
    client.send(garbage);
    EXPECT_THAT(client.read_all(), StartsWith("HTTP/1.1 400 ")) << garbage.substr(0, 60);
  }
  TestClient right(at);
  ASSERT_TRUE(right.send(get("n-1", "1.1", "Connection: close\r\n")));
  EXPECT_THAT(right.read_all(), HasSubstr("nonce=n-1\n"));
}

TEST_F(PlainUpstream, MakesForeignBytesHarmless) {
  const Endpoint at = open();
  TestClient client(at);
  ASSERT_TRUE(client.send(get("n-1", "1.1", "X-Client-DN: CN=\xff\x01\x1b[31m\r\nConnection: close\r\n")));
  const std::string answer = client.read_all();
  EXPECT_EQ(answer.find('\x1b'), std::string::npos);
  for (const UpstreamRequest& request : upstream_.take(at, patience).requests) {
    for (const auto& [name, value] : request.headers) EXPECT_EQ(value.find('\x1b'), std::string::npos);
  }
}

TEST_F(PlainUpstream, OthersAreServedWhileSlowPeersHoldOn) {
  const Endpoint at = open();
  std::vector<std::unique_ptr<TestClient>> slow;
  for (int i = 0; i < 50; ++i) {
    slow.push_back(std::make_unique<TestClient>(at));
    slow.back()->send(i % 2 == 0 ? "GET / HT" : "");
  }
  TestClient client(at);
  ASSERT_TRUE(client.send(get("n-1", "1.1", "Connection: close\r\n")));
  EXPECT_THAT(client.read_all(), HasSubstr("nonce=n-1\n"));
}

TEST_F(PlainUpstream, ServesTwoHundredConnectionsAtOnce) {
  const Endpoint at = open();
  std::vector<std::unique_ptr<TestClient>> clients;
  for (int i = 0; i < 200; ++i) clients.push_back(std::make_unique<TestClient>(at));
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(clients[i]->send(get("n-" + std::to_string(i))));
  for (int i = 0; i < 200; ++i) {
    EXPECT_THAT(clients[i]->read_until("client=-\n"), HasSubstr("nonce=n-" + std::to_string(i) + "\n"));
  }
  const Seen seen = upstream_.take(at, patience);
  EXPECT_EQ(seen.connections, 200);
  std::set<std::string> nonces;
  for (const auto& request : seen.requests) nonces.insert(request.nonce);
  EXPECT_THAT(nonces, SizeIs(200));
}

TEST_F(PlainUpstream, ServesManyThreadsWhileServicesAreAdded) {
  std::vector<std::thread> threads;
  std::atomic<int> right = 0;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 10; ++i) {
        const Endpoint at = open();
        TestClient client(at);
        client.send(get("n", "1.1", "Connection: close\r\n"));
        const bool answered = client.read_all().find("nonce=n\n") != std::string::npos;
        if (answered && upstream_.take(at, patience).requests.size() == 1) ++right;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(right, 40);
}

class TlsService : public TlsUpstream {};
INSTANTIATE_TEST_SUITE_P(Any, TlsService, testing::Values(0));

TEST_P(TlsService, TellsPlaintextHttp) {
  const Endpoint at = open(service());
  TestClient client(at);
  ASSERT_TRUE(client.send(get("n-1")));
  EXPECT_THAT(client.read_all(), StartsWith("HTTP/1.1 400 "));
  const Seen seen = upstream_.take(at, patience);
  EXPECT_THAT(seen.requests, IsEmpty());
  ASSERT_THAT(seen.handshakes, SizeIs(1));
  EXPECT_FALSE(seen.handshakes[0].tls);
  EXPECT_FALSE(seen.handshakes[0].completed);
  EXPECT_EQ(seen.handshakes[0].failure, "plaintext HTTP");
}

TEST_P(TlsService, OutlivesGarbage) {
  const Endpoint at = open(service(ClientAuth::required));
  const std::vector<std::string> all{std::string("\0\1\2\3", 4), std::string("\x80\x2e\1\3\1", 5),
                                     std::string("\x16\x03\x01\x00\x05\xff\xff\xff\xff\xff", 10),
                                     std::string("\x16\x03\x03\x00\x04\x01\x00\x00\x00", 9),
                                     std::string("\x16\x03") + std::string(20'000, '\xff')};
  for (const std::string& garbage : all) {
    TestClient client(at);
    client.send(garbage);
    client.read_all();
  }
  EXPECT_EQ(upstream_.take(at, patience).handshakes.size(), all.size());
  TestClient right(at);
  EXPECT_TRUE(right.shake_hands(offer("gateway")));
}

TEST_P(TlsService, SurvivesAHandshakeCutAnywhere) {
  const Endpoint at = open(service());
  for (const std::size_t length : {1u, 3u, 5u, 6u, 60u}) {
    TestClient client(at);
    const std::string hello = std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11) + std::string(100, 'r');
    client.send(std::string_view(hello).substr(0, length));
  }
  const Seen seen = upstream_.take(at, patience);
  EXPECT_EQ(seen.connections, 5);
  ASSERT_THAT(seen.handshakes, SizeIs(5));
  for (const auto& shake : seen.handshakes) {
    EXPECT_FALSE(shake.completed);
    EXPECT_THAT(shake.failure, HasSubstr("the peer closed the connection"));
  }
}

TEST_P(TlsService, ServesManyAtOnce) {
  const Endpoint at = open(service(ClientAuth::required));
  std::vector<std::thread> threads;
  std::atomic<int> right = 0;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 10; ++i) {
        TlsOffer with = offer(i % 2 == 0 ? "gateway" : "gateway-expired");
        with.version = t % 2 == 0 ? TLS1_2_VERSION : TLS1_3_VERSION;
        TestClient client(at);
        std::string answer;
        if (client.shake_hands(with) && client.send(get("n", "1.1", "Connection: close\r\n")))
          answer = client.read_all();
        if (answer.empty() == (i % 2 == 1)) ++right;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(right, 40);
  const Seen seen = upstream_.take(at, patience);
  EXPECT_THAT(seen.handshakes, SizeIs(40));
  EXPECT_THAT(seen.requests, SizeIs(20));
}

TEST_P(TlsService, SaysWhyACredentialCannotBeServed) {
  Service none = service();
  none.credential.reset();
  EXPECT_FALSE(upstream_.add(std::move(none)));
  Service mixed = service();
  mixed.credential->key = named("gateway")->key;
  const auto added = upstream_.add(std::move(mixed));
  ASSERT_FALSE(added);
  EXPECT_THAT(added.error().what, HasSubstr("key values mismatch"));
}

}  // namespace
}  // namespace mtls::upstream
