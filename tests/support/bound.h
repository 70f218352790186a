// How far a property is tried: a little in the normal run, KITH_BOUND in a long one (tests/long).
#pragma once

#include <cstddef>
#include <cstdlib>

namespace kith::test {

inline std::size_t bound(std::size_t usual) {
  const char* asked = std::getenv("KITH_BOUND");
  return asked == nullptr ? usual : static_cast<std::size_t>(std::strtoul(asked, nullptr, 10));
}

}  // namespace kith::test
