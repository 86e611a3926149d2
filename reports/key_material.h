// Key material removed from what peers said, so that none of them can keep a report from being written.
#pragma once

#include <string>

namespace mtls::reports {

// The text with each piece of key material (see key_material_in) replaced by a note.
std::string without_key_material(std::string text);

}  // namespace mtls::reports
