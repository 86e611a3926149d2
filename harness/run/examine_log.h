// What a gateway's log grows by while it is watched.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "harness/base/result.h"

namespace mtls::run {

class LogTail {
 public:
  // Begins at the present end. Error: no regular file, or not readable.
  static Result<LogTail> follow(const std::filesystem::path& file);

  // The lines since the last call, sanitised; those that name `source` where any ever did, or where nothing is waited
  // for. Waits for a first such one until the log's patience, which all calls share, is used up: a log that stays
  // silent delays a diagnosis once.
  std::vector<std::string> lines(const std::string& source, bool wait);
  // The end of the file as it is now: for a gateway that does not answer.
  std::vector<std::string> last_lines() const;
  bool ever_grew() const { return ever_grew_; }

 private:
  std::vector<std::string> read_on();

  std::filesystem::path file_;
  std::uintmax_t offset_ = 0;
  std::chrono::milliseconds patience_{600};
  bool ever_grew_ = false;
  bool names_sources_ = false;
};

}  // namespace mtls::run
