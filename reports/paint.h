// Colours of a terminal, only where the style has them.
#pragma once

#include <string>

#include "reports/reports.h"

namespace mtls::reports {

std::string paint(const std::string& text, Outcome outcome, const Style& style);
std::string emphasise(const std::string& text, const Style& style);
std::string dim(const std::string& text, const Style& style);

}  // namespace mtls::reports
