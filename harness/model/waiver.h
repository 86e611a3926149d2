// A deviation that somebody accepts until a date.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace mtls {

struct Waiver {
  std::string scenario;                        // id or glob
  std::string gateway;                         // kind; empty: every one
  std::map<std::string, std::string> variant;  // empty: every variant
  std::string owner;
  std::string until_text;  // as written
  std::int64_t until = 0;  // UTC seconds; from then on the waiver has expired
  std::string reason;
};

}  // namespace mtls
