// The templates of reports/templates, as the build has put them into the program.
#pragma once

#include <string_view>

namespace mtls::reports {

std::string_view diagnosis_template();

}  // namespace mtls::reports
