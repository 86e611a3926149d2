// The gateway's log: whole lines on standard output, the client's address first.
#pragma once

#include <string>
#include <string_view>

namespace mtls::reference {

// A line about one client. `words` may hold foreign bytes.
void log_client(const std::string& client, std::string_view words);
// A line about the gateway itself. No client's line can look like it: those begin with an address.
void log_notice(std::string_view words);
void log_alert(std::string_view words);
// Foreign text in double quotes, with nothing in it that could end them.
std::string in_quotes(std::string_view foreign);

}  // namespace mtls::reference
