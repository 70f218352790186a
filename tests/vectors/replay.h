// Randomness that a vector prescribes: sealing again must draw exactly these bytes.
#pragma once

#include <cstdio>
#include <cstdlib>

#include "core/base/random.h"

namespace kith::test {

class Replay final : public Random {
 public:
  explicit Replay(Bytes bytes) : bytes_(std::move(bytes)) {}
  void fill(std::span<std::uint8_t> out) override {
    if (bytes_.size() - at_ < out.size()) {
      std::fprintf(stderr, "a vector prescribes too few random bytes\n");
      std::exit(1);
    }
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(at_), out.size(), out.begin());
    at_ += out.size();
  }
  bool used_up() const { return at_ == bytes_.size(); }

 private:
  Bytes bytes_;
  std::size_t at_ = 0;
};

}  // namespace kith::test
