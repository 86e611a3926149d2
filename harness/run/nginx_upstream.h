// The access log of the real nginx that stands as upstream, read as what an upstream saw.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "harness/model/observation.h"

namespace mtls::run {

// Adds the request of one log line, and the handshake it came over, to the view that its nonce belongs to.
void note_nginx_upstream(std::string_view line, const std::map<std::string, UpstreamView*>& by_nonce);

}  // namespace mtls::run
