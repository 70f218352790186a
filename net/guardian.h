// The process that kith starts. It holds the lock and courier.sock, starts the courier as its child, and
// starts it again when it ends by itself: by a signal, by libzmq's abort, by the limit of its memory. It
// reads no byte from outside. What a new courier must know lies in the estate.
#pragma once

#include <functional>
#include <optional>

#include "core/base/clock.h"
#include "core/mail/address.h"
#include "crypto/secret.h"
#include "net/limits.h"

namespace kith::net {

// One page that guardian and courier share and that outlives a courier: the mail key, where to listen, and
// how often it fell. Never on disk, in no core dump; wiped when the guardian ends.
class Estate {
 public:
  struct Left {
    crypto::MailKey key;
    mail::Address listen;
  };

  static Result<Estate> make();  // io: no memory
  Estate(Estate&& other) noexcept : page_(std::exchange(other.page_, nullptr)) {}
  Estate& operator=(Estate&&) = delete;
  ~Estate();

  void leave(const crypto::MailKey& key, const mail::Address& listen);  // by the courier that was given them
  std::optional<Left> left() const;                                     // to the courier that comes after it
  void note_fall(Day today);
  std::uint32_t falls(Day today) const;  // since midnight UTC

 private:
  struct Page;
  explicit Estate(Page* page) : page_(page) {}
  Page* page_;
};

// How long to wait before the next start: from kFirstPause, doubled each time, to kLastPause; from the
// beginning after a courier that lived for kLongLife. Pure.
class Pauses {
 public:
  milliseconds after(milliseconds life);

 private:
  milliseconds next_ = kFirstPause;
};

// Runs `courier` in a child until it ends as it should, or the guardian is told to end; returns its exit
// code. A child that falls is followed by another. Whoever waits at `listener` shortens the pause to
// kAskedPause. Ends the child when it ends itself, even by SIGKILL. Call it before there is any other thread.
int guard(const std::function<int()>& courier, Estate& estate, int listener, const Clock& clock);

// Exit codes that mean that there is nothing to start again: 0 told to end, 2 usage, 8 self-test or sandbox,
// 9 another one runs.
bool meant(int exit_code);

inline constexpr int kFell = 10;  // an exception ended the courier, most likely for want of memory

}  // namespace kith::net
