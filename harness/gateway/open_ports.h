// Where a gateway's processes listen, and whom they still have to do with.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace mtls::gateway {

// Of the TCP sockets on which the process or one of its children listens, those that other machines may reach, each as
// ADDRESS:PORT.
std::vector<std::string> reachable_ports(pid_t leader);

// Whether one of the processes or one that descends from them may still have something to do with one of `clients`,
// which are numeric addresses: there is a connection to it, accepted or not, or they hold one whose end they have not
// noticed. True where that cannot be seen.
bool may_be_busy_with(const std::vector<pid_t>& leaders, const std::vector<std::string>& clients);

}  // namespace mtls::gateway
