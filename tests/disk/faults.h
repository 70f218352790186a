// One call in a row fails: the how-manieth, with which errno, and whether the disk stays broken.
#pragma once

#include <cerrno>

#include "tests/disk/calls.h"

namespace kith::test {

struct Fault {
  int which = 0;  // 1: the first call that the kind concerns; 0: none
  enum Kind : std::uint8_t {
    error_once,      // a call that changes the disk gives EIO, once
    read_fails,      // opening or reading does, once
    journal_lost,    // reading a rollback journal does, once: SQLite reads one to undo what it began
    error_stays,     // from then on every call but reading does
    full_stays,      // from then on nothing can be made or written: ENOSPC
    quota_stays,     // the same: EDQUOT
    no_descriptors,  // from then on nothing can be opened or made: EMFILE
    interrupted,     // an opening, reading, writing or cutting is interrupted, once: EINTR
    halved,          // from then on each reading or writing of more than a byte does half of it
  } kind = error_once;

  bool stays() const {
    return kind != error_once && kind != read_fails && kind != journal_lost && kind != interrupted;
  }
  bool concerns(const Seen& seen) const {
    const Call call = seen.call;
    const bool opens = call == Call::open || call == Call::make,
               moves = call == Call::read || call == Call::write;
    switch (kind) {
      case read_fails:
        return call == Call::open || call == Call::read;
      case journal_lost:
        return call == Call::read && seen.file.ends_with("-journal");
      case error_once:
      case error_stays:
        return call != Call::open && call != Call::read;
      case full_stays:
      case quota_stays:
        return call == Call::make || call == Call::write;
      case no_descriptors:
        return opens;
      case interrupted:
        return opens || moves || call == Call::cut;
      case halved:
        return moves;
    }
    return false;
  }
  int answer() const {  // of CallWatcher::before
    switch (kind) {
      case full_stays:
        return ENOSPC;
      case quota_stays:
        return EDQUOT;
      case no_descriptors:
        return EMFILE;
      case interrupted:
        return EINTR;
      case halved:
        return kHalf;
      default:
        return EIO;
    }
  }
  bool harmless() const { return kind == interrupted || kind == halved; }  // the operation gets through
};

class Faults : public CallWatcher {
 public:
  explicit Faults(Fault fault) : fault_(fault) {}

  int before(const Seen& seen) override {
    if (!fault_.concerns(seen)) return 0;
    const bool now = ++count_ == fault_.which;
    const bool still = fault_.which > 0 && count_ > fault_.which && fault_.stays();
    if (!now && !still) return 0;
    if (now) failed_ = seen.call, file_ = seen.file;
    return fault_.answer();
  }
  void after(const Seen&, long) override {}

  int count() const { return count_; }  // calls that the kind concerns, so far
  bool fired() const { return fault_.which > 0 && count_ >= fault_.which; }
  Call failed() const { return failed_; }
  std::string told() const { return std::string(name(failed_)) + " " + file_; }

 private:
  Fault fault_;
  int count_ = 0;
  Call failed_ = Call::open;
  std::string file_;
};

}  // namespace kith::test
