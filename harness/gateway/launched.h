// One process of a gateway: launched, answering, reloaded, stopped.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>

#include "harness/base/process.h"
#include "harness/base/result.h"
#include "harness/base/time.h"
#include "harness/gateway/gateway.h"
#include "harness/gateway/log_reader.h"
#include "harness/gateway/render.h"

namespace mtls::gateway {

// Thread-safe where Gateway is. Not movable: the log reader is not.
class Launched {
 public:
  // Renders and launches; the rest of Gateway::start() is to await().
  static Result<std::unique_ptr<Launched>> launch(const GatewayKind& kind, const Installed& installed,
                                                  const Plan& plan);
  ~Launched();

  Result<void> await();
  bool alive();
  std::string how_it_ended();
  pid_t pid() const { return child_.pid(); }
  std::chrono::milliseconds ready_after() const { return ready_after_; }
  Result<void> reload();
  LogReader& log() { return log_; }
  // Twice is as good as once. A gateway of many processes ends all of them before it looks for strays: looking costs a
  // walk over every process there is.
  void stop();
  void end();
  void read_to_the_end();  // after end(), when nobody is left who could write
  double cpu_seconds() const { return child_.cpu_seconds(); }

 private:
  Launched(const GatewayKind& kind, const Plan& plan, const CommandLine& line, Child child,
           LogReader::Patterns patterns);
  Result<void> reload_by_request();
  Error failure(const std::string& what) const;
  Error reload_failure(const std::string& what) const;

  GatewayKind kind_;
  Plan plan_;
  std::filesystem::path configuration_;
  Clock::time_point began_ = Clock::now();
  Child child_;
  LogReader log_;
  std::chrono::milliseconds ready_after_{0};
  int stop_signal_ = 0;
  std::mutex stopping_;
  std::atomic<bool> stopped_{false};
  std::atomic<bool> read_{false};
};

}  // namespace mtls::gateway
