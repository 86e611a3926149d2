// Where a gateway's processes listen.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace mtls::gateway {

// Of the TCP sockets on which the process or one of its children listens, those that other machines may reach, each as
// ADDRESS:PORT.
std::vector<std::string> reachable_ports(pid_t leader);

}  // namespace mtls::gateway
