// A rate with a burst. Time is an argument.
#pragma once

#include <algorithm>

#include "core/base/clock.h"

namespace kith::net {

class TokenBucket {
 public:
  TokenBucket(double per_second, double burst, Instant now)
      : per_second_(per_second), burst_(burst), level_(burst), then_(now) {}

  bool take(double amount, Instant now) {
    if (now > then_) {
      const std::chrono::duration<double> passed = now - then_;
      level_ = std::min(burst_, level_ + passed.count() * per_second_);
      then_ = now;
    }
    if (amount > level_) return false;
    level_ -= amount;
    return true;
  }

 private:
  double per_second_;
  double burst_;
  double level_;
  Instant then_;
};

}  // namespace kith::net
