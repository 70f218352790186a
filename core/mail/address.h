// Where a node listens: numbers only. Strings from peers never reach a socket call.
#pragma once

#include <string>
#include <vector>

#include "core/base/bytes.h"

namespace kith::mail {

struct Address {
  Bytes ip;           // 4 or 16 bytes, empty for an onion
  std::string onion;  // 56 base32 characters, without ".onion"
  std::uint16_t port = 0;

  bool loopback() const;
  friend bool operator==(const Address&, const Address&) = default;
};
inline constexpr std::size_t kMaxAddresses = 8;

// "192.0.2.7:4000", "[2001:db8::1]:4000", "<56 characters>.onion:4000". malformed for anything else: host
// names, port 0, IPv4-mapped or link-local IPv6, multicast, unspecified.
Result<Address> parse_address(std::string_view text);
Result<void> check_address(const Address& address);  // the same rules for numbers from a peer
std::string text_of(const Address& address);         // rebuilt from the numbers

}  // namespace kith::mail
