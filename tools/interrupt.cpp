// The signal handlers; what they may touch is atomic and lock-free.
#include "tools/interrupt.h"

#include <signal.h>

namespace mtls::tools {
namespace {

std::atomic<bool> interrupted{false};
std::atomic<int> signal_seen{0};
static_assert(std::atomic<bool>::is_always_lock_free && std::atomic<int>::is_always_lock_free);

extern "C" void note_signal(int number) {
  signal_seen = number;
  interrupted = true;
  // The second one finds the default action, so that a user who cannot wait is not made to.
  signal(number, SIG_DFL);
}

}  // namespace

const std::atomic<bool>& watch_for_interrupt() {
  struct sigaction action {};
  action.sa_handler = note_signal;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  signal(SIGPIPE, SIG_IGN);
  return interrupted;
}

int interrupt_exit_code() {
  const int number = signal_seen;
  return number == 0 ? 0 : 128 + number;
}

}  // namespace mtls::tools
