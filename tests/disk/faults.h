// One call in a row fails: the how-manieth, with which errno, and whether the disk stays broken.
#pragma once

#include <cerrno>

#include "tests/disk/calls.h"

namespace kith::test {

struct Fault {
  int which = 0;  // 1: the first call that the kind concerns; 0: none
  enum Kind : std::uint8_t {
    error_once,   // a call that changes the disk gives EIO, once
    read_fails,   // opening or reading does, once
    error_stays,  // from then on every call but reading does
    full_stays,   // from then on nothing can be made or written: ENOSPC
  } kind = error_once;
};

class Faults : public CallWatcher {
 public:
  explicit Faults(Fault fault) : fault_(fault) {}

  int before(const Seen& seen) override {
    if (!concerns(seen.call)) return 0;
    const bool now = ++count_ == fault_.which;
    const bool still = fault_.which > 0 && count_ > fault_.which &&
                       (fault_.kind == Fault::error_stays || fault_.kind == Fault::full_stays);
    if (!now && !still) return 0;
    failed_ = now ? seen.call : failed_;
    return fault_.kind == Fault::full_stays ? ENOSPC : EIO;
  }
  void after(const Seen&, long) override {}

  int count() const { return count_; }  // calls that the kind concerns, so far
  bool fired() const { return fault_.which > 0 && count_ >= fault_.which; }
  Call failed() const { return failed_; }

 private:
  bool concerns(Call call) const {
    switch (fault_.kind) {
      case Fault::read_fails:
        return call == Call::open || call == Call::read;
      case Fault::error_once:
      case Fault::error_stays:
        return call != Call::open && call != Call::read;
      case Fault::full_stays:
        return call == Call::make || call == Call::write;
    }
    return false;
  }

  Fault fault_;
  int count_ = 0;
  Call failed_ = Call::open;
};

}  // namespace kith::test
