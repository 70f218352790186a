// When to dial one peer: from one second, doubling, to five minutes, each time a random part of it. Pure.
#pragma once

#include "core/base/clock.h"
#include "core/base/random.h"
#include "net/limits.h"

namespace kith::net {

class DialSchedule {
 public:
  explicit DialSchedule(Instant now) : next_(now) {}

  bool due(Instant now) const { return now >= next_; }
  Instant next() const { return next_; }
  // The dial begun at `began` ended. `worked`: frames crossed. A link that lived long starts the count anew;
  // one that greets and drops does not, or it would be dialled every second for ever.
  void ended(bool worked, Instant began, Instant now, Random& random);
  void now_please(Instant now);  // somebody asked to sync, or the address changed

 private:
  Instant next_;
  unsigned failures_ = 0;
};

// The wait after `failures` (from 1) failures in a row: between half and all of min(first x 2^(n-1), last).
milliseconds back_off(unsigned failures, milliseconds first, milliseconds last, Random& random);

}  // namespace kith::net
