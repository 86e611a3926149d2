// The processes that belong to a gateway beside its first one.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <set>
#include <vector>

namespace mtls::gateway {

std::set<pid_t> children_of(pid_t parent);

// The processes themselves and all that descend from them.
std::set<pid_t> family_of(const std::vector<pid_t>& leaders);

// Ends processes that left the gateway's group to stay behind, as daemons do: children of this program, which adopts
// orphans, that work in `folder` or hold a file of it open.
void end_strays(const std::filesystem::path& folder);

}  // namespace mtls::gateway
