#include "core/base/random.h"

#include "core/base/endian.h"

namespace kith {

std::uint32_t Random::below(std::uint32_t bound) {
  KITH_ASSERT(bound > 0);
  const std::uint32_t reject_below = (0U - bound) % bound;  // 2^32 mod bound
  for (;;) {
    std::array<std::uint8_t, 4> bytes{};
    fill(bytes);
    const auto value = read_little_endian<std::uint32_t>(bytes);
    if (value >= reject_below) return value % bound;
  }
}

}  // namespace kith
