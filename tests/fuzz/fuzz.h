// What every fuzz target needs: a claim that ends the program when it is broken, and input taken piece by
// piece.
#pragma once

#include <cstdio>
#include <cstdlib>

#include "core/base/bytes.h"

#define CLAIM(condition)                                                            \
  do {                                                                              \
    if (!(condition)) {                                                             \
      std::fprintf(stderr, "broken: %s (%s:%d)\n", #condition, __FILE__, __LINE__); \
      std::abort();                                                                 \
    }                                                                               \
  } while (false)

namespace kith::fuzz {

class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : rest_(data, size) {}
  bool empty() const { return rest_.empty(); }
  std::uint8_t byte() {
    if (rest_.empty()) return 0;
    const std::uint8_t first = rest_.front();
    rest_ = rest_.subspan(1);
    return first;
  }
  std::size_t below(std::size_t bound) { return (std::size_t{byte()} << 8 | byte()) % bound; }
  ByteView take(std::size_t size) {
    const ByteView part = rest_.first(size < rest_.size() ? size : rest_.size());
    rest_ = rest_.subspan(part.size());
    return part;
  }
  // A piece whose size stands before it: two bytes, little-endian.
  ByteView piece() {
    const std::size_t low = byte();
    return take(low | std::size_t{byte()} << 8);
  }
  ByteView rest() { return take(rest_.size()); }

 private:
  ByteView rest_;
};

}  // namespace kith::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
