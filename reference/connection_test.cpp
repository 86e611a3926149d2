// Connections that mean harm: whatever bytes come, the conversation ends.
#include "reference/connection.h"

#include <sys/socket.h>

#include <thread>

#include <gtest/gtest.h>

#include "reference/stream.h"

namespace mtls::reference {
namespace {

class Hostile : public testing::Test {
 protected:
  void SetUp() override {
    listener_.sites.push_back(std::make_unique<Site>());
    listener_.sites[0]->told.leg.upstream = {"127.0.0.1", 1};  // nobody listens there
    auto front = Front::make(flaws_);
    auto leg = Leg::make(flaws_);
    ASSERT_TRUE(front && leg);
    front_ = std::move(*front);
    leg_ = std::move(*leg);
  }

  // What a client gets that sends these bytes and ends its side.
  std::string answer_to(const std::string& bytes) {
    const Deadline deadline(std::chrono::seconds(20));
    const auto door = listen_tcp({"127.0.0.1", 0});
    auto client = door ? connect_tcp(*local_endpoint(door->get()), "", deadline) : door.error();
    if (!client || !wait_readable(door->get(), deadline)) return "no connection";
    Fd accepted(::accept4(door->get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    std::thread gateway([&] { serve(std::move(accepted), listener_, {flaws_, *front_, *leg_}); });
    Stream stream(std::move(*client));
    static_cast<void>(stream.write(bytes, deadline));
    ::shutdown(stream.fd(), SHUT_WR);
    std::string answer;
    char buffer[4096];
    for (auto got = stream.read(buffer, sizeof buffer, deadline); got && *got > 0;
         got = stream.read(buffer, sizeof buffer, deadline)) {
      answer.append(buffer, *got);
    }
    gateway.join();
    return answer.substr(0, answer.find('\r'));
  }

  Flaws flaws_;
  Listener listener_;
  std::unique_ptr<Front> front_;
  std::unique_ptr<Leg> leg_;
};

constexpr const char* bad_request = "HTTP/1.1 400 Bad Request";

TEST_F(Hostile, plain_bytes) {
  EXPECT_EQ(answer_to("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), "HTTP/1.1 502 Bad Gateway");
  EXPECT_EQ(answer_to("GET / HTTP/1.1\r\n\r\n"), bad_request);
  EXPECT_EQ(answer_to("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
            bad_request);
  EXPECT_EQ(answer_to("\x16\x03\x01\x02 not what it seems\r\n\r\n"), bad_request);
  EXPECT_EQ(answer_to(std::string(200'000, 'A')), bad_request);
  EXPECT_EQ(answer_to("GET / HTTP/1.1\r\nHost: a\r\n" + std::string(100'000, 'B') + ": x\r\n\r\n"), bad_request);
  EXPECT_EQ(answer_to("GET / HTTP/1.1\r\nHost"), "");
  EXPECT_EQ(answer_to(""), "");
}

TEST_F(Hostile, bytes_to_a_tls_port) {
  listener_.told.tls = true;
  EXPECT_EQ(answer_to("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), bad_request);
  EXPECT_EQ(answer_to(""), "");
  EXPECT_EQ(answer_to("\x16").substr(0, 1), "\x15") << "an alert";
  const std::string broken = answer_to(std::string("\x16\x03\x01\x00\x05\xff\xff\xff\xff\xff", 10));
  EXPECT_EQ(broken.substr(0, 1), "\x15");
}

}  // namespace
}  // namespace mtls::reference
