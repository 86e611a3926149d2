// The pool: everything runs once, order and exclusion are kept.
#include "harness/run/workers.h"

#include <atomic>

#include <gtest/gtest.h>

namespace mtls::run {
namespace {

TEST(Workers, RunEverythingOnce) {
  Workers workers(4, 1);
  std::atomic<int> ran{0};
  std::vector<Task> tasks;
  for (int n = 0; n < 1000; ++n) tasks.push_back({{}, false, 0, [&] { ++ran; }});
  workers.run(std::move(tasks));
  EXPECT_EQ(ran, 1000);
}

TEST(Workers, ReturnAtOnceForNoTasks) {
  Workers workers(2, 1);
  workers.run({});
}

// How many tasks were inside at once, at the most; `make` gives the n-th task, its work to be filled in here.
int most_at_once(Workers& workers, const std::function<Task(int)>& make) {
  std::atomic<int> inside{0}, most{0};
  std::vector<Task> tasks;
  for (int n = 0; n < 200; ++n) {
    tasks.push_back(make(n));
    tasks.back().work = [&] {
      const int now = ++inside;
      if (now > most) most = now;
      --inside;
    };
  }
  workers.run(std::move(tasks));
  return most;
}

TEST(Workers, NeverRunTwoThatShareAWord) {
  Workers workers(8, 1);
  EXPECT_EQ(most_at_once(workers,
                         [](int n) {
                           return Task{{"upstream", "other " + std::to_string(n % 3)}, false, 0, {}};
                         }),
            1);
}

TEST(Workers, KeepExclusionBetweenWhatWaitsAndWhatDoesNot) {
  Workers workers(4, 4);
  EXPECT_EQ(most_at_once(workers, [](int n) { return Task{{"upstream"}, n % 2 == 0, 0, {}}; }), 1);
}

TEST(Workers, BeginWithTheHighestPriority) {
  Workers workers(1, 1);
  std::vector<int> order;
  std::vector<Task> tasks;
  for (const int priority : {0, 2, -1, 1})
    tasks.push_back({{}, false, priority, [&order, priority] { order.push_back(priority); }});
  workers.run(std::move(tasks));
  EXPECT_EQ(order, (std::vector<int>{2, 1, 0, -1}));
}

TEST(Workers, ServeSeveralCallersAtOnce) {
  Workers workers(3, 1);
  std::atomic<int> ran{0};
  std::vector<std::jthread> callers;
  for (int caller = 0; caller < 4; ++caller)
    callers.emplace_back([&] {
      std::vector<Task> tasks;
      for (int n = 0; n < 100; ++n) tasks.push_back({{}, false, 0, [&] { ++ran; }});
      workers.run(std::move(tasks));
    });
  callers.clear();
  EXPECT_EQ(ran, 400);
}

}  // namespace
}  // namespace mtls::run
