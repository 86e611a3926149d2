// TCP: addresses, sources, what the words for failures are, and deadlines.
#include "harness/base/socket.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <mutex>
#include <thread>

#include <gmock/gmock.h>

namespace mtls {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;

Deadline soon() {
  return Deadline(seconds(10));
}

Fd accept_one(const Fd& listener) {
  EXPECT_TRUE(wait_readable(listener.get(), soon()));
  return Fd(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
}

TEST(Fd, ClosesOnceAndMoves) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  Fd first(ends[0]);
  Fd second = std::move(first);
  EXPECT_FALSE(first);
  EXPECT_EQ(second.get(), ends[0]);
  second = Fd(ends[1]);
  EXPECT_EQ(::fcntl(ends[0], F_GETFD), -1);
  second.reset();
  EXPECT_EQ(::fcntl(ends[1], F_GETFD), -1);
}

TEST(Endpoint, IsWrittenWithBracketsWhereNeeded) {
  EXPECT_EQ(to_string(Endpoint{"127.0.0.1", 443}), "127.0.0.1:443");
  EXPECT_EQ(to_string(Endpoint{"::1", 443}), "[::1]:443");
}

class SocketTest : public ::testing::TestWithParam<const char*> {};

TEST_P(SocketTest, ConnectsAndNamesBothEnds) {
  const Result<Fd> listener = listen_tcp({GetParam(), 0});
  if (!listener && std::string(GetParam()) == "::1") GTEST_SKIP() << "no IPv6 here";
  ASSERT_TRUE(listener) << to_string(listener.error());
  const Result<Endpoint> at = local_endpoint(listener->get());
  ASSERT_TRUE(at);
  EXPECT_EQ(at->address, GetParam());
  EXPECT_NE(at->port, 0);
  const Result<Fd> client = connect_tcp(*at, "", soon());
  ASSERT_TRUE(client) << to_string(client.error());
  EXPECT_EQ(to_string(*peer_endpoint(client->get())), to_string(*at));
  EXPECT_NE(::fcntl(client->get(), F_GETFD) & FD_CLOEXEC, 0);
  EXPECT_NE(::fcntl(client->get(), F_GETFL) & O_NONBLOCK, 0);
  const Fd server = accept_one(*listener);
  EXPECT_EQ(to_string(*peer_endpoint(server.get())), to_string(*local_endpoint(client->get())));
}

INSTANTIATE_TEST_SUITE_P(Families, SocketTest, ::testing::Values("127.0.0.1", "::1"));

TEST(Connect, ComesFromTheGivenSource) {
  const Result<Fd> listener = listen_tcp({"127.0.0.1", 0});
  ASSERT_TRUE(listener);
  const Endpoint at = *local_endpoint(listener->get());
  const Result<Fd> client = connect_tcp(at, "127.9.8.7", soon());
  ASSERT_TRUE(client) << to_string(client.error());
  EXPECT_EQ(local_endpoint(client->get())->address, "127.9.8.7");
  EXPECT_EQ(peer_endpoint(accept_one(*listener).get())->address, "127.9.8.7");
}

TEST(Connect, SaysWhyASourceCannotBeBound) {
  for (const std::string source : {"203.0.113.9", "::1", "nonsense"}) {
    const Result<Fd> client = connect_tcp({"127.0.0.1", 9}, source, soon());
    ASSERT_FALSE(client) << source;
    EXPECT_EQ(client.error().stage, "bind") << source;
    EXPECT_EQ(client.error().where, source);
  }
}

TEST(Connect, SaysRefusedWhereNobodyListens) {
  Result<Fd> listener = listen_tcp({"127.0.0.1", 0});
  ASSERT_TRUE(listener);
  const Endpoint at = *local_endpoint(listener->get());
  listener->reset();
  const Result<Fd> client = connect_tcp(at, "", soon());
  ASSERT_FALSE(client);
  EXPECT_EQ(client.error().what, "refused");
  EXPECT_EQ(client.error().stage, "connect");
  EXPECT_EQ(client.error().where, to_string(at));
}

TEST(Connect, SaysTimeoutWhereNobodyAnswers) {
  // A listener whose queue is full drops what else arrives.
  const Result<Fd> listener = listen_tcp({"127.0.0.1", 0}, 0);
  ASSERT_TRUE(listener);
  const Endpoint at = *local_endpoint(listener->get());
  std::vector<Fd> queued;
  for (int i = 0; i < 20; ++i) {
    Result<Fd> client = connect_tcp(at, "", Deadline(milliseconds(50)));
    if (!client) {
      EXPECT_EQ(client.error().what, "timeout");
      return;
    }
    queued.push_back(*std::move(client));
  }
  FAIL() << "the queue never filled";
}

TEST(Connect, TakesOnlyNumericAddresses) {
  for (const std::string address : {"localhost", "", "256.1.1.1", "127.0.0.1:80"}) {
    const Result<Fd> client = connect_tcp({address, 80}, "", soon());
    ASSERT_FALSE(client) << address;
    EXPECT_THAT(client.error().what, HasSubstr("not a numeric")) << address;
  }
}

TEST(Listen, SaysThatAPortIsTaken) {
  const Result<Fd> first = listen_tcp({"127.0.0.1", 0});
  ASSERT_TRUE(first);
  const Result<Fd> second = listen_tcp(*local_endpoint(first->get()));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().what, "Address already in use");
  EXPECT_FALSE(listen_tcp({"nonsense", 0}));
}

TEST(CheckFree, KeepsThePortFromNobodyEvenWhereAChildHoldsACopy) {
  const Endpoint at = *local_endpoint(listen_tcp({"127.0.0.1", 0})->get());
  std::mutex nobody_forks;
  std::atomic<bool> done = false;
  std::thread starts_children([&] {
    while (!done) {
      pid_t child = -1;
      {
        const std::lock_guard lock(nobody_forks);
        child = ::fork();
      }
      if (child == 0) {
        ::usleep(1000);
        ::_exit(0);
      }
      ::waitpid(child, nullptr, 0);
    }
  });
  for (int i = 0; i < 300; ++i) {
    EXPECT_TRUE(check_free_tcp(at));
    const std::lock_guard lock(nobody_forks);
    const Result<Fd> taken = listen_tcp(at);
    EXPECT_TRUE(taken) << to_string(taken.error());
    EXPECT_FALSE(check_free_tcp(at));
  }
  done = true;
  starts_children.join();
}

TEST(Wait, EndsAtTheDeadlineAndAtHangUp) {
  const Result<Fd> listener = listen_tcp({"127.0.0.1", 0});
  ASSERT_TRUE(listener);
  Result<Fd> client = connect_tcp(*local_endpoint(listener->get()), "", soon());
  ASSERT_TRUE(client);
  Fd server = accept_one(*listener);
  EXPECT_FALSE(wait_readable(client->get(), Deadline(milliseconds(20))));
  EXPECT_TRUE(wait_writable(client->get(), soon()));
  server.reset();
  EXPECT_TRUE(wait_readable(client->get(), soon()));
}

TEST(ResetOnClose, SendsAResetInsteadOfAnEnd) {
  const Result<Fd> listener = listen_tcp({"127.0.0.1", 0});
  ASSERT_TRUE(listener);
  Result<Fd> client = connect_tcp(*local_endpoint(listener->get()), "", soon());
  ASSERT_TRUE(client);
  Fd server = accept_one(*listener);
  reset_on_close(server.get());
  server.reset();
  ASSERT_TRUE(wait_readable(client->get(), soon()));
  char byte = 0;
  EXPECT_EQ(::read(client->get(), &byte, 1), -1);
  EXPECT_EQ(errno, ECONNRESET);
}

TEST(Endpoints, AreErrorsWhereThereIsNoSocket) {
  EXPECT_FALSE(local_endpoint(-1));
  const Result<Fd> listener = listen_tcp({"127.0.0.1", 0});
  ASSERT_TRUE(listener);
  EXPECT_FALSE(peer_endpoint(listener->get()));
}

}  // namespace
}  // namespace mtls
