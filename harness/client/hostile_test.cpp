// The witness against peers that refuse, stall, babble and break: no alert is lost, no wait is without end.
#include <atomic>
#include <mutex>
#include <thread>

#include <gmock/gmock.h>

#include "harness/client/loopback_server.h"
#include "harness/client/test_material.h"

namespace mtls::client {
namespace {

using loopback::context_of;
using loopback::must;
using loopback::say;
using loopback::serve_tls;
using loopback::Server;
using testing::HasSubstr;

// Runs the same probe `times` times on four threads; returns how many saw the alert.
int alerts_seen(const Probe& probe, int times, int number) {
  std::atomic<int> left{times};
  std::atomic<int> seen{0};
  std::vector<std::thread> threads;
  for (int n = 0; n < 4; ++n) {
    threads.emplace_back([&] {
      while (left-- > 0) {
        const Result<Sighting> sighting = see(probe);
        if (sighting && sighting->view.alert_received && sighting->view.alert_received->number == number) ++seen;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  return seen;
}

Probe refused_probe(const Endpoint& at) {
  Probe probe = probe_to(at);
  probe.versions = only(TlsVersion::tls13);
  probe.timeout = std::chrono::seconds(20);
  return probe;
}

// The server closes with the request unread, so that RST follows the alert at once.
TEST(Refusals, AThousandInTls13LoseNoAlert) {
  const SslCtxPtr context = context_of({&credential("server"), {authority("root")}, {}, {}});
  const Server server(serve_tls(context), 2);
  EXPECT_EQ(alerts_seen(refused_probe(server.at()), 1000, 116), 1000);
}

// The request is larger than what the sockets hold, so that its writing breaks under the RST.
TEST(Refusals, NoAlertIsLostWhereTheWriteFails) {
  const SslCtxPtr context = context_of({&credential("server"), {authority("root")}, {}, {}});
  const Server server(serve_tls(context), 2);
  Probe probe = refused_probe(server.at());
  probe.headers = {{"X-Large", std::string(std::size_t{3} << 20, 'x')}};
  EXPECT_EQ(alerts_seen(probe, 40, 116), 40);
}

// A peer that resets instead of closing still had its alert read.
TEST(Refusals, NoAlertIsLostToAReset) {
  const SslCtxPtr context = context_of({&credential("server"), {authority("root")}, {}, {}});
  const Server server([&](int fd) {
    const SslPtr ssl(SSL_new(context.get()));
    SSL_set_fd(ssl.get(), fd);
    EXPECT_NE(SSL_accept(ssl.get()), 1);
    take_openssl_errors();
    reset_on_close(fd);
  });
  EXPECT_EQ(alerts_seen(refused_probe(server.at()), 100, 116), 100);
}

ClientView look(const Endpoint& at, bool tls, std::chrono::milliseconds timeout = std::chrono::seconds(5)) {
  Probe probe = probe_to(at);
  probe.tls = tls;
  probe.timeout = timeout;
  return must(see(probe)).view;
}

TEST(Stalls, ASilentPeerCostsTheDeadlineAndNoMore) {
  const Server server(loopback::wait_for_end, 2);
  for (const bool tls : {true, false}) {
    const auto begun = Clock::now();
    const ClientView view = look(server.at(), tls, std::chrono::milliseconds(120));
    const auto took = Clock::now() - begun;
    EXPECT_GE(took, std::chrono::milliseconds(120));
    EXPECT_LT(took, std::chrono::seconds(2));
    EXPECT_TRUE(view.connected && view.timed_out);
    EXPECT_EQ(view.closed, Closed::open);
    EXPECT_THAT(view.failure, HasSubstr("within 120 ms"));
  }
}

TEST(Stalls, AnAnswerThatNeverComesIsTimedOut) {
  const SslCtxPtr context = context_of({&credential("server"), {}, {}, {}});
  const Server server(serve_tls(context, [](SSL*, int fd) { loopback::wait_for_end(fd); }));
  const ClientView view = look(server.at(), true, std::chrono::milliseconds(200));
  EXPECT_TRUE(view.handshake.completed && view.timed_out);
  EXPECT_EQ(view.closed, Closed::open);
}

TEST(Stalls, AnAnswerThatStopsHalfwayIsTruncated) {
  const Server server([](int fd) {
    say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
    loopback::wait_for_end(fd);
  });
  const ClientView view = look(server.at(), false, std::chrono::milliseconds(150));
  ASSERT_TRUE(view.http);
  EXPECT_EQ(view.http->status, 200);
  EXPECT_EQ(view.http->body, "half");
  EXPECT_TRUE(view.http->truncated);
  EXPECT_FALSE(view.timed_out);
}

TEST(Babble, WhatIsNoTlsIsQuoted) {
  const std::vector<std::pair<std::string, std::string>> rows{
      {"SSH-2.0-Test_1\r\n", "it said \"SSH-2.0-Test_1\""},
      {"220 mail\r\n", "it said \"220 mail\""},
      {"HTTP/1.1 400 Bad Request\r\n\r\n", "it said \"HTTP/1.1 400 Bad Request\""},
      {"hi", "it said \"hi\""},
      {std::string("\x00\x00\x12\x04", 4), "its first bytes are 00001204"},
      {"\x1b[31mred", "its first bytes are 1b5b33316d726564"}};
  for (const auto& [said, words] : rows) {
    const Server server([&text = said](int fd) {
      say(fd, text);
      loopback::wait_for_end(fd);
    });
    const ClientView view = look(server.at(), true);
    EXPECT_THAT(view.failure, HasSubstr("the peer does not speak TLS: " + words));
    EXPECT_FALSE(view.http || view.handshake.completed || view.timed_out);
  }
}

TEST(Babble, WhatIsNoHttpIsQuoted) {
  const Server server([](int fd) {
    say(fd, "SSH-2.0-Test_1\r\n");
    loopback::wait_for_end(fd);
  });
  const ClientView view = look(server.at(), false);
  EXPECT_FALSE(view.http);
  EXPECT_THAT(view.failure, HasSubstr("the peer does not speak HTTP: it said \"SSH-2.0-Test_1\""));
}

TEST(Babble, GarbageInRecordsIsAFailure) {
  const Server server([](int fd) {
    say(fd, std::string("\x16\x03\x03\x00\x10", 5) + std::string(200, '\xee'));
    loopback::wait_for_end(fd);
  });
  const ClientView view = look(server.at(), true);
  EXPECT_FALSE(view.handshake.completed || view.timed_out);
  EXPECT_NE(view.failure, "");
  EXPECT_TRUE(view.alert_sent);
}

TEST(Floods, AnEndlessHeaderBodyAndHandshakeAreCutOff) {
  const auto flood = [](const std::string& first, const std::string& block) {
    return [first, block](int fd) {
      say(fd, first);
      for (std::size_t sent = 0; sent < std::size_t{64} << 20; sent += block.size()) {
        if (::send(fd, block.data(), block.size(), MSG_NOSIGNAL) < 0) return;
      }
    };
  };
  const Server header(flood("HTTP/1.1 403 Forbidden\r\nX-A: ", std::string(65536, 'a')));
  const ClientView long_header = look(header.at(), false);
  ASSERT_TRUE(long_header.http) << long_header.failure;
  EXPECT_EQ(long_header.http->status, 403);
  EXPECT_TRUE(long_header.http->truncated);

  const Server body(flood("HTTP/1.1 200 OK\r\n\r\n", std::string(65536, 'b')));
  const ClientView long_body = look(body.at(), false);
  ASSERT_TRUE(long_body.http) << long_body.failure;
  EXPECT_EQ(long_body.http->body.substr(0, 4096), std::string(4096, 'b'));
  EXPECT_LT(long_body.http->body.size(), 4200u);
  EXPECT_TRUE(long_body.http->truncated);

  // Fragments of one handshake message, a Certificate of 16 MB less one, that never ends.
  const std::string record = std::string("\x16\x03\x03\x40\x00", 5) + std::string(16384, '\x00');
  const Server handshake(flood("", record));
  const ClientView long_handshake = look(handshake.at(), true);
  EXPECT_FALSE(long_handshake.handshake.completed || long_handshake.timed_out);
  EXPECT_NE(long_handshake.failure, "");
  EXPECT_LE(long_handshake.timeline.size(), 200u);
}

// Serves TLS through memory, and lets `send` decide what of the server's bytes goes out; false ends the connection.
void serve_through(int fd, SSL_CTX* context, const std::function<bool(int, std::string_view)>& send) {
  const SslPtr ssl(SSL_new(context));
  BIO* const in = BIO_new(BIO_s_mem());
  BIO* const out = BIO_new(BIO_s_mem());
  SSL_set_bio(ssl.get(), in, out);
  SSL_set_accept_state(ssl.get());
  char buffer[16384];
  bool answered = false;
  for (;;) {
    const ssize_t n = ::recv(fd, buffer, sizeof buffer, 0);
    if (n <= 0) break;
    BIO_write(in, buffer, static_cast<int>(n));
    if (SSL_do_handshake(ssl.get()) == 1 && !answered && SSL_read(ssl.get(), buffer, sizeof buffer) > 0) {
      answered = true;
      SSL_write(ssl.get(), loopback::hello.data(), static_cast<int>(loopback::hello.size()));
      SSL_shutdown(ssl.get());
    }
    std::string bytes(BIO_ctrl_pending(out), '\0');
    if (!bytes.empty()) BIO_read(out, bytes.data(), static_cast<int>(bytes.size()));
    if (!send(fd, bytes)) break;
  }
  take_openssl_errors();
}

TEST(Fragments, OneByteAtATimeIsUnderstood) {
  const SslCtxPtr context = context_of({&credential("server"), {}, {}, {}});
  const Server server([&](int fd) {
    serve_through(fd, context.get(), [](int to, std::string_view bytes) {
      for (const char c : bytes) say(to, {&c, 1});
      return true;
    });
  });
  const ClientView view = look(server.at(), true);
  ASSERT_TRUE(view.http) << view.failure;
  EXPECT_EQ(view.http->body, "hello");
}

TEST(Fragments, AnEndAtAnyPointIsAbruptAndNeverWaitedFor) {
  const SslCtxPtr context = context_of({&credential("server"), {}, {}, {}});
  std::atomic<std::size_t> budget{0};
  const Server server([&](int fd) {
    std::size_t left = budget;
    serve_through(fd, context.get(), [&left](int to, std::string_view bytes) {
      say(to, bytes.substr(0, left));
      left -= std::min(left, bytes.size());
      return left > 0;
    });
  });
  for (const std::size_t cut : {0, 1, 4, 5, 6, 100, 131, 140, 500, 900}) {
    budget = cut;
    const ClientView view = look(server.at(), true);
    EXPECT_FALSE(view.handshake.completed || view.timed_out || view.http) << cut;
    EXPECT_EQ(view.closed, Closed::abrupt) << cut << ": " << view.failure;
    EXPECT_THAT(view.failure, HasSubstr("during the handshake")) << cut;
  }
}

TEST(Endings, AnAnswerCutByFinIsAbruptAndTruncated) {
  const SslCtxPtr context = context_of({&credential("server"), {}, {}, {}});
  const std::string half = "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf";
  const Server server(serve_tls(context, [&](SSL* ssl, int) {
    loopback::read_request(ssl);
    SSL_write(ssl, half.data(), static_cast<int>(half.size()));
  }));
  const ClientView view = look(server.at(), true);
  ASSERT_TRUE(view.http) << view.failure;
  EXPECT_TRUE(view.http->truncated);
  EXPECT_EQ(view.closed, Closed::abrupt);
}

TEST(Endings, CloseNotifyWithoutAnAnswerIsCleanAndNoAnswer) {
  const SslCtxPtr context = context_of({&credential("server"), {}, {}, {}});
  const Server server(serve_tls(context, [](SSL* ssl, int) { SSL_shutdown(ssl); }));
  const ClientView view = look(server.at(), true);
  EXPECT_TRUE(view.handshake.completed);
  EXPECT_EQ(view.closed, Closed::clean);
  EXPECT_FALSE(view.http || view.alert_received || view.timed_out);
  EXPECT_THAT(view.failure, HasSubstr("without an answer"));
}

}  // namespace
}  // namespace mtls::client
