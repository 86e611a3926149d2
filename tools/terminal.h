// Standard output and error as a user sees them: colours, the live line, CI.
#pragma once

#include <string>

#include "harness/model/report.h"
#include "reports/reports.h"

namespace mtls::tools {

bool in_ci();
// Colours only on a terminal and without NO_COLOR (non-empty) or TERM=dumb.
reports::Style style_of(int descriptor);

// Results on stdout, messages and the live line on stderr.
class Progress {
 public:
  Progress(bool quiet);
  void finished(const CaseRecord& record, int done, int all);
  void end();

 private:
  bool quiet_;
  bool live_;
  bool shown_ = false;
};

void say(const std::string& message);  // one line on stderr
void print(const std::string& text);   // stdout, as it is

}  // namespace mtls::tools
