// The account of a case that did not simply pass: what was expected, what was seen, why, what to do, how to repeat it.
#pragma once

#include <string>
#include <vector>

#include "harness/model/report.h"

namespace mtls::reports {

struct Entry {
  std::string label;  // "expected", "observed", "cause", "evidence", "remedy", "reproduce", ...
  std::string text;   // one line
};

std::vector<Entry> account(const CaseRecord& record);

// One line for each entry, "label: text".
std::string plain(const std::vector<Entry>& entries);

// Cases that need somebody's attention: fail, error and warn, in this order.
std::vector<const CaseRecord*> troubled(const Report& report);

}  // namespace mtls::reports
