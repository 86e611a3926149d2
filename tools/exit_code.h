// What the program ends with; scripts rely on it.
#pragma once

#include "harness/model/report.h"

namespace mtls::tools {

inline constexpr int exit_ok = 0;           // everything asked for was done and nothing failed
inline constexpr int exit_failed = 1;       // a case failed
inline constexpr int exit_usage = 2;        // usage or configuration error
inline constexpr int exit_undecided = 3;    // could not tell
inline constexpr int exit_nothing_ran = 4;  // the selection is empty, no gateway is installed
inline constexpr int exit_incomplete = 5;   // merge incomplete or inconsistent

// 1 outranks 3. `strict`: a warning counts as a failure.
int exit_code_of(const Report& report, bool strict);

}  // namespace mtls::tools
