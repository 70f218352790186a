// Little-endian integers, the only byte order on the wire and on disk.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>

#include "core/base/bytes.h"

namespace kith {

template <std::unsigned_integral T>
constexpr std::array<std::uint8_t, sizeof(T)> little_endian(T value) {
  std::array<std::uint8_t, sizeof(T)> bytes{};
  for (std::size_t i = 0; i < sizeof(T); ++i) bytes[i] = static_cast<std::uint8_t>(value >> (8 * i));
  return bytes;
}

// The first sizeof(T) bytes of `bytes`, which must hold as many.
template <std::unsigned_integral T>
constexpr T read_little_endian(ByteView bytes) {
  KITH_ASSERT(bytes.size() >= sizeof(T));
  T value = 0;
  for (std::size_t i = sizeof(T); i-- > 0;) value = static_cast<T>((value << 7 << 1) | bytes[i]);
  return value;
}

template <std::unsigned_integral T>
void append_little_endian(Bytes& to, T value) {
  const auto bytes = little_endian(value);
  to.insert(to.end(), bytes.begin(), bytes.end());
}

}  // namespace kith
