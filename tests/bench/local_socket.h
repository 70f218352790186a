// The programs' unix sockets.
#pragma once

#include <string>

namespace kith::bench {

int connect_to(const std::string& path);  // -1: nobody listens
// One message each way: a 4-byte little-endian length, then the bytes (proto/local.proto).
std::string ask(int connected, const std::string& message);

}  // namespace kith::bench
