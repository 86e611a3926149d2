// A connection as a small drawing: who said what, and where it broke.
#pragma once

#include <string>

#include "harness/model/observation.h"

namespace mtls::reports {

// At most `most` lines, each ending with a newline.
std::string draw_handshake(const ClientView& view, std::size_t most);
// What the gateway wants of a client's certificate, as one line more; empty where it asks for none.
std::string asked_of_the_client(const HandshakeView& handshake);

}  // namespace mtls::reports
