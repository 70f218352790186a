#include "cli/page/owner.h"

#include <unistd.h>

#include <array>
#include <charconv>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

namespace kith::cli {
namespace {

// The address as the kernel prints it: four bytes in the machine's own order, and the port.
std::string printed(const sockaddr_in& address) {
  std::array<char, 16> text{};
  snprintf(text.data(), text.size(), "%08X:%04X", address.sin_addr.s_addr, ntohs(address.sin_port));
  return text.data();
}

}  // namespace

bool owns(std::string_view table, const sockaddr_in& peer, const sockaddr_in& here, unsigned user) {
  const std::string wanted = " " + printed(peer) + " " + printed(here) + " ";
  const auto row = table.find(wanted);
  if (row == std::string_view::npos) return false;
  const auto end = table.find('\n', row);
  std::istringstream rest{std::string(table.substr(row + wanted.size(), end - row - wanted.size()))};
  std::string state, queues, timer, retransmits;
  unsigned owner = 0;
  // proc(5): state, queues, timer, retransmits, uid
  return rest >> state >> queues >> timer >> retransmits >> owner && owner == user;
}

bool is_own_connection(const sockaddr_in& peer, const sockaddr_in& here) {
  std::ifstream table("/proc/net/tcp");
  const std::string text{std::istreambuf_iterator<char>(table), std::istreambuf_iterator<char>()};
  return owns(text, peer, here, geteuid());
}

}  // namespace kith::cli
