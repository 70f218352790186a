// What came in over one connection against what became frames. libzmq answers PINGs, reads past commands and
// collects the parts of a message without a word to us; TCP counts them all the same. Pure.
#pragma once

#include <cstdint>

#include "core/base/clock.h"
#include "net/limits.h"

namespace kith::net {

class Intake {
 public:
  explicit Intake(Instant since) : since_(since) {}

  void heard(std::size_t frame) { heard_ += frame + kFrameOverhead; }
  // `received`: bytes, as TCP counts them. False: more of them never became a frame than an honest peer has
  // under way, its heartbeats over the time included.
  bool bears(std::uint64_t received, Instant now) {
    busy_ = received > received_ + kIntakeStep;
    received_ = received;
    const auto age = std::chrono::duration_cast<seconds>(now - since_).count();
    return received <= heard_ + kMaxUnheard + kUnheardPerSecond * static_cast<std::uint64_t>(age);
  }
  bool busy() const { return busy_; }  // much came between the last two looks

 private:
  Instant since_;
  std::uint64_t heard_ = 0;
  std::uint64_t received_ = 0;
  bool busy_ = false;
};

}  // namespace kith::net
