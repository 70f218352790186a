// What the programs of this folder take beside GoogleTest's own arguments.
#pragma once

#include <cstdint>
#include <string>

namespace kith::test {

struct DiskOptions {
  std::uint64_t seed = 1;   // --seed N
  std::uint64_t draws = 0;  // --draws N: drawn crash states at each place; 0: what the normal run takes
  std::string state;        // --state PLACE:DRAW: only this one
  int kills = 1000;         // --kills N
  bool every_call = false;  // --every-call 1: each call fails, each page is put back
};
DiskOptions& options();

}  // namespace kith::test
