// Strays: who is ended, and who must not be.
#include "harness/gateway/workers.h"

#include <fcntl.h>

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "harness/base/files.h"
#include "harness/base/process.h"
#include "harness/base/socket.h"

namespace mtls::gateway {
namespace {

TEST(Strays, AChildThatIsJustBeingStartedIsNone) {
  const auto folder = TempDir::make();
  ASSERT_TRUE(folder);
  // As a log reader does: until its exec, each child holds a copy.
  const Fd log(::open((folder->path() / "error.log").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600));
  ASSERT_TRUE(log);
  std::atomic<bool> done = false;
  // On a busy machine the moment before the exec is long.
  std::vector<std::thread> threads;
  for (int n = 0; n < 3; ++n)
    threads.emplace_back([&] {
      while (!done) continue;
    });
  threads.emplace_back([&] {
    while (!done) end_strays(folder->path());
  });
  ProcessSpec spec;
  spec.program = "/bin/sh";
  spec.arguments = {"-c", "exit 7"};
  for (int i = 0; i < 200; ++i) {
    Result<Child> child = spawn(spec);
    ASSERT_TRUE(child) << to_string(child.error());
    const std::optional<Exit> exit = child->wait_for(std::chrono::seconds(10));
    ASSERT_TRUE(exit);
    EXPECT_EQ(exit->code, 7);
    EXPECT_EQ(exit->signal, 0);
  }
  done = true;
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace mtls::gateway
