// Reads the kernel's tables of sockets.
#include "harness/gateway/open_ports.h"

#include <arpa/inet.h>

#include <array>
#include <charconv>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <set>
#include <sstream>
#include <string_view>

#include "harness/base/socket.h"
#include "harness/gateway/workers.h"

namespace mtls::gateway {
namespace {

constexpr std::string_view listening = "0A";
constexpr std::size_t digits_of_a_word = 8;
constexpr std::size_t digits_of_v4 = digits_of_a_word, digits_of_v6 = 4 * digits_of_a_word;

template <class Number>
std::optional<Number> from_hex(std::string_view digits) {
  Number number = 0;
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), number, 16);
  if (failed != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return number;
}

// "0100007F:0050": words of an address in the machine's own order, and a port.
std::optional<Endpoint> read_local(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon != digits_of_v4 && colon != digits_of_v6) return std::nullopt;
  std::array<std::uint32_t, 4> words{};
  for (std::size_t at = 0; at < colon; at += digits_of_a_word) {
    const auto word = from_hex<std::uint32_t>(text.substr(at, digits_of_a_word));
    if (!word) return std::nullopt;
    words[at / digits_of_a_word] = *word;
  }
  const auto port = from_hex<std::uint16_t>(text.substr(colon + 1));
  std::array<char, INET6_ADDRSTRLEN> name{};
  const int family = colon == digits_of_v4 ? AF_INET : AF_INET6;
  if (!port || !::inet_ntop(family, words.data(), name.data(), name.size())) return std::nullopt;
  return Endpoint{name.data(), *port};
}

bool is_loopback(const std::string& address) {
  return address.starts_with("127.") || address.starts_with("::ffff:127.") || address == "::1";
}

// As the links in /proc/PID/fd name them.
std::set<std::string> sockets_of(pid_t pid) {
  std::set<std::string> sockets;
  std::error_code failed;
  std::filesystem::directory_iterator entries("/proc/" + std::to_string(pid) + "/fd", failed);
  for (; !failed && entries != std::filesystem::directory_iterator(); entries.increment(failed)) {
    std::error_code gone;
    const std::string target = std::filesystem::read_symlink(entries->path(), gone).string();
    if (!gone && target.starts_with("socket:[")) sockets.insert(target);
  }
  return sockets;
}

void add_reachable(const char* table, const std::set<std::string>& sockets, std::vector<std::string>& found) {
  std::ifstream file(table);
  std::string line;
  while (std::getline(file, line)) {
    std::istringstream words(line);
    std::string number, local, remote, state, queues, timer, retransmits, user, timeout, inode;
    words >> number >> local >> remote >> state >> queues >> timer >> retransmits >> user >> timeout >> inode;
    if (state != listening || sockets.count("socket:[" + inode + "]") == 0) continue;
    const std::optional<Endpoint> at = read_local(local);
    if (at && !is_loopback(at->address)) found.push_back(to_string(*at));
  }
}

}  // namespace

std::vector<std::string> reachable_ports(pid_t leader) {
  std::set<std::string> sockets = sockets_of(leader);
  for (const pid_t child : children_of(leader)) sockets.merge(sockets_of(child));
  std::vector<std::string> found;
  for (const char* table : {"/proc/net/tcp", "/proc/net/tcp6"}) add_reachable(table, sockets, found);
  return found;
}

}  // namespace mtls::gateway
