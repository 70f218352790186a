// A clock that the test sets, and results that a test cannot go on without.
#pragma once

#include <gtest/gtest.h>

#include <type_traits>
#include <utility>

#include "core/base/clock.h"
#include "core/base/result.h"

namespace kith::test {

class SetClock final : public Clock {
 public:
  WallTime now() const override { return now_; }
  Instant steady() const override { return Instant{now_.time_since_epoch()}; }
  void advance(std::chrono::seconds by) { now_ += by; }
  void set(WallTime to) { now_ = to; }

 private:
  WallTime now_{std::chrono::seconds(1'780'000'000)};  // a Thursday in 2026
};

// The value, or a test that stops here.
template <class T>
T must(Result<T> result) {
  if (!result) ADD_FAILURE() << result.error().what.text();
  KITH_ASSERT(result.has_value());
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

}  // namespace kith::test
