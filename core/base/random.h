// Randomness as an argument: the system's in the programs, seeded in the simulator.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "core/base/bytes.h"

namespace kith {

class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<std::uint8_t> bytes) = 0;

  template <class Fixed>
  Fixed draw() {
    std::array<std::uint8_t, Fixed::size> bytes{};
    fill(bytes);
    return Fixed{bytes};
  }
  // Uniform below `bound` (> 0), without modulo bias.
  std::uint32_t below(std::uint32_t bound);
};

}  // namespace kith
