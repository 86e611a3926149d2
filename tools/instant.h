// Times as a user writes them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace mtls::tools {

// "2026-11-21", "2026-11-21T10:00:00Z" or seconds since 1970; UTC. Nothing where it is none of these.
std::optional<std::int64_t> instant(const std::string& text);

}  // namespace mtls::tools
