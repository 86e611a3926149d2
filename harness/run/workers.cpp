// The pool behind trials.
#include "harness/run/workers.h"

#include <algorithm>

namespace mtls::run {

Workers::Workers(int working, int waiting) {
  for (int n = 0; n < std::max(1, working); ++n) threads_.emplace_back([this] { serve(false); });
  for (int n = 0; n < std::max(1, waiting); ++n) threads_.emplace_back([this] { serve(true); });
}

Workers::~Workers() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  for (std::condition_variable& changed : changed_) changed.notify_all();
}

void Workers::run(std::vector<Task> tasks) {
  if (tasks.empty()) return;
  std::stable_sort(tasks.begin(), tasks.end(), [](const Task& a, const Task& b) { return a.priority > b.priority; });
  Batch batch;
  std::unique_lock lock(mutex_);
  batch.open = tasks.size();
  for (Task& task : tasks) queue_.push_back({std::move(task), &batch});
  wake(false);
  wake(true);
  batch.done.wait(lock, [&] { return batch.open == 0; });
}

std::deque<Workers::Queued>::iterator Workers::next(bool waiting) {
  return std::find_if(queue_.begin(), queue_.end(), [&](const Queued& queued) {
    return queued.task.waits == waiting &&
           std::none_of(queued.task.exclusive.begin(), queued.task.exclusive.end(),
                        [this](const std::string& word) { return busy_.contains(word); });
  });
}

// One thread for the next task of this sort that can start; whoever takes a task wakes the one after it. All of them
// woken for every task would cost more than the tasks.
void Workers::wake(bool waiting) {
  if (closing_ && queue_.empty())
    changed_[waiting].notify_all();
  else if (next(waiting) != queue_.end())
    changed_[waiting].notify_one();
}

void Workers::serve(bool waiting) {
  std::unique_lock lock(mutex_);
  for (;;) {
    auto found = queue_.end();
    changed_[waiting].wait(lock, [&] {
      found = next(waiting);
      return found != queue_.end() || (closing_ && queue_.empty());
    });
    if (found == queue_.end()) return;
    const Queued queued = std::move(*found);
    queue_.erase(found);
    busy_.insert(queued.task.exclusive.begin(), queued.task.exclusive.end());
    wake(false);
    wake(true);
    lock.unlock();
    queued.task.work();
    lock.lock();
    for (const std::string& word : queued.task.exclusive) busy_.erase(word);
    // Under the lock: the batch lives on the stack of run(), which may return as soon as the lock is free.
    if (--queued.batch->open == 0) queued.batch->done.notify_all();
    wake(!waiting);  // the next one of this sort is this thread's own
  }
}

}  // namespace mtls::run
