// Time as an argument. Order and state never come from a clock: it dates things for people and paces work.
#pragma once

#include <chrono>
#include <cstdint>

namespace kith {

using WallTime = std::chrono::sys_seconds;  // UTC, may jump
using Instant = std::chrono::time_point<std::chrono::steady_clock, std::chrono::milliseconds>;  // never jumps
enum class Day : std::uint32_t {};  // UTC days since 1970-01-01

constexpr std::uint32_t number(Day day) { return static_cast<std::uint32_t>(day); }
constexpr Day operator+(Day day, std::uint32_t days) { return Day{number(day) + days}; }

// Times before 1970 and beyond 2^32 days are clamped.
constexpr Day day_of(WallTime time) {
  const auto days = std::chrono::floor<std::chrono::days>(time).time_since_epoch().count();
  if (days < 0) return Day{0};
  return Day{days > 0xffffffffLL ? 0xffffffffU : static_cast<std::uint32_t>(days)};
}
// The Monday on or before `day`: dates on published keys say only the week.
constexpr Day monday_of(Day day) {
  const std::uint32_t since_monday = (number(day) + 3) % 7;  // 1970-01-01 was a Thursday
  return Day{number(day) < since_monday ? 0 : number(day) - since_monday};
}

class Clock {
 public:
  virtual ~Clock() = default;
  virtual WallTime now() const = 0;
  virtual Instant steady() const = 0;
};

class SystemClock final : public Clock {
 public:
  WallTime now() const override {
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  }
  Instant steady() const override {
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::steady_clock::now());
  }
};

}  // namespace kith
