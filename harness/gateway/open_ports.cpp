// Reads the kernel's tables of sockets.
#include "harness/gateway/open_ports.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <set>
#include <sstream>
#include <string_view>
#include <utility>

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
std::optional<Endpoint> read_endpoint(std::string_view text) {
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

// A line of one of the kernel's tables, by its words.
using Row = std::vector<std::string>;

template <class Use>
void each_row(const char* table, const Use& use) {
  std::ifstream file(table);
  std::string line;
  while (std::getline(file, line)) {
    std::istringstream words(line);
    use(Row(std::istream_iterator<std::string>(words), {}));
  }
}

// Columns of the tables of TCP.
constexpr std::size_t local_column = 1, remote_column = 2, state_column = 3, inode_column = 9;
constexpr std::array<const char*, 2> tcp_tables{"/proc/net/tcp", "/proc/net/tcp6"};
// Of the others, with the column of the inode.
constexpr std::array<std::pair<const char*, std::size_t>, 5> other_tables{{{"/proc/net/udp", inode_column},
                                                                           {"/proc/net/udp6", inode_column},
                                                                           {"/proc/net/raw", inode_column},
                                                                           {"/proc/net/netlink", inode_column},
                                                                           {"/proc/net/unix", 6}}};

std::string link_to(const std::string& inode) {
  return "socket:[" + inode + "]";
}

void add_reachable(const char* table, const std::set<std::string>& sockets, std::vector<std::string>& found) {
  each_row(table, [&](const Row& row) {
    if (row.size() <= inode_column || row[state_column] != listening) return;
    if (sockets.count(link_to(row[inode_column])) == 0) return;
    const std::optional<Endpoint> at = read_endpoint(row[local_column]);
    if (at && !is_loopback(at->address)) found.push_back(to_string(*at));
  });
}

// Nobody's any more has the inode 0; so has one that nobody has accepted yet, by which the client may have sent all.
bool is_connection_to(const std::vector<std::string>& clients, const Row& row) {
  static constexpr std::array<std::string_view, 3> open{"01", "03", "08"};  // established, being made, left by the peer
  const bool owned = row[inode_column] != "0" || std::find(open.begin(), open.end(), row[state_column]) != open.end();
  const std::optional<Endpoint> peer = owned ? read_endpoint(row[remote_column]) : std::nullopt;
  return peer && std::find(clients.begin(), clients.end(), peer->address) != clients.end();
}

bool may_be_looked_into(pid_t pid) {
  std::error_code failed;
  const std::filesystem::directory_iterator entries("/proc/" + std::to_string(pid) + "/fd", failed);
  return failed != std::errc::permission_denied;
}

}  // namespace

std::vector<std::string> reachable_ports(pid_t leader) {
  std::set<std::string> sockets = sockets_of(leader);
  for (const pid_t child : children_of(leader)) sockets.merge(sockets_of(child));
  std::vector<std::string> found;
  for (const char* table : tcp_tables) add_reachable(table, sockets, found);
  return found;
}

bool may_be_busy_with(const std::vector<pid_t>& leaders, const std::vector<std::string>& clients) {
  std::set<std::string> unknown;
  for (const pid_t pid : family_of(leaders)) {
    if (!may_be_looked_into(pid)) return true;
    unknown.merge(sockets_of(pid));
  }
  // A connection that its peer has reset is in no table any more, but its owner may not have looked at it yet.
  bool connected = false;
  for (const char* table : tcp_tables)
    each_row(table, [&](const Row& row) {
      if (row.size() <= inode_column) return;
      unknown.erase(link_to(row[inode_column]));
      connected = connected || is_connection_to(clients, row);
    });
  for (const auto& [table, column] : other_tables)
    each_row(table, [&, at = column](const Row& row) {
      if (row.size() > at) unknown.erase(link_to(row[at]));
    });
  return connected || !unknown.empty();
}

}  // namespace mtls::gateway
