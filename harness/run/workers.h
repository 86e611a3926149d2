// Threads for trials: what only waits does so beside the others, and what shares an upstream never runs at the same
// time.
#pragma once

#include <array>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace mtls::run {

struct Task {
  std::vector<std::string> exclusive;  // no two tasks that share one of these words run at once
  bool waits = false;                  // most of its time it does nothing
  int priority = 0;                    // higher first
  std::function<void()> work;
};

class Workers {
 public:
  // `waiting`: further threads for tasks that wait; they cost time and no processor.
  Workers(int working, int waiting);
  ~Workers();  // finishes what was submitted
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  // Runs all of `tasks` and returns when they are done. May be called from several threads.
  void run(std::vector<Task> tasks);

 private:
  struct Batch {
    std::size_t open = 0;
    std::condition_variable done;
  };
  struct Queued {
    Task task;
    Batch* batch;
  };
  void serve(bool waiting);
  void wake(bool waiting);
  std::deque<Queued>::iterator next(bool waiting);

  std::mutex mutex_;
  std::array<std::condition_variable, 2> changed_;  // for threads that work, and for those that wait
  std::deque<Queued> queue_;
  std::set<std::string> busy_;
  bool closing_ = false;
  std::vector<std::jthread> threads_;
};

}  // namespace mtls::run
