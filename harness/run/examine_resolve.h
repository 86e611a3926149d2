// A host name's addresses.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "harness/base/result.h"
#include "harness/base/socket.h"

namespace mtls::run {

// In the order in which the system prefers them, at most `most`. Error: the resolver's words, or that it said nothing
// within `patience`.
Result<std::vector<Endpoint>> resolve(const std::string& name, std::uint16_t port, std::size_t most,
                                      std::chrono::milliseconds patience);

}  // namespace mtls::run
