// A gateway's log files, read as they grow: each line once, with the client it names and the alarms in it.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <mutex>
#include <string>
#include <unordered_set>
#include <vector>

#include "harness/base/result.h"
#include "harness/gateway/gateway.h"
#include "harness/gateway/pattern.h"

namespace mtls::gateway {

// Thread-safe. Not movable, because of that.
class LogReader {
 public:
  struct Patterns {
    std::vector<Pattern> client;  // none or one
    std::vector<Pattern> alarms;
    std::vector<Pattern> harmless;
    std::vector<Pattern> sanitizers;
    bool follow = false;  // a line that names no client is about the one that its file named last
  };
  static Result<Patterns> patterns_of(const GatewayKind& kind);

  // Begins at the present end of each file; a file that is not there yet begins empty. Lines that name `ignored_client`
  // are left out: they come of the harness's own questions whether the gateway is ready.
  LogReader(const std::filesystem::path& folder, const std::vector<std::string>& files, Patterns patterns,
            std::string ignored_client);

  // What was written so far is not part of the log; alarms in it count.
  void begin();
  // What follows is written while the gateway stops: only sanitizers raise an alarm then.
  void expect_end();
  // Takes a last line that does not end with a newline, too.
  void finish();

  std::vector<LogLine> lines();
  std::vector<std::string> alarms();
  // Those of `clients` that no line names, once none is missing or the time is up; none without a pattern.
  std::vector<std::string> missing(const std::vector<std::string>& clients, std::chrono::milliseconds patience);
  // The same for texts that a line must contain.
  std::vector<std::string> missing_texts(const std::vector<std::string>& texts, std::chrono::milliseconds patience);

 private:
  struct File {
    std::string name;
    std::filesystem::path path;
    std::uint64_t offset = 0;
    std::string partial;
    bool skipping = false;  // the rest of a line that was too long, or whose beginning was passed over
    std::string client;     // named last
    std::deque<LogLine> lines;
    std::size_t bytes = 0;
    bool cut = false;  // not all of it could be kept
  };
  void read_on();
  void read_on(File& file);
  void take(File& file, std::string_view bytes);
  void add(File& file, std::string_view line);
  void note_alarm(const std::string& text);
  void note_cut(File& file);
  template <class Missing>
  std::vector<std::string> wait(std::chrono::milliseconds patience, const Missing& missing);

  std::mutex mutex_;
  std::vector<File> files_;
  Patterns patterns_;
  std::string ignored_client_;
  std::unordered_set<std::string> clients_;
  std::vector<std::string> alarms_;
  bool ending_ = false;
};

// The last `most` lines of a file, sanitised; at most its last 64 KiB are read.
std::vector<std::string> last_lines(const std::filesystem::path& file, std::size_t most);

}  // namespace mtls::gateway
