// Whose connection is it? A loopback port is open to everybody who can log in here; the system knows which
// user holds the other end.
#pragma once

#include <netinet/in.h>

#include <string_view>

namespace kith::cli {

// True if the socket that `peer` names, connected to `here`, belongs to this process's user. Read from
// /proc/net/tcp; false if it is not there.
bool is_own_connection(const sockaddr_in& peer, const sockaddr_in& here);

// The same, in a table like /proc/net/tcp's.
bool owns(std::string_view table, const sockaddr_in& peer, const sockaddr_in& here, unsigned user);

}  // namespace kith::cli
