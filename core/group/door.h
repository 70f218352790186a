// Joining: two people, two waiting nodes, four words. Sans-I/O; the couriers pipe the frames.
//   J->A commit   A->J nonce, genesis, device record   J->A nonce, join body, both signatures   (words) A->J
//   logs
// Nothing is admitted before both people said the words match. Any failure: refused, without a reason. Only
// the words stop somebody who knows the invitation's secret: the joiner commits to their keys and nonce
// before the inviter's nonce is known, so a man in the middle has one guess in 2^44.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>

#include "core/base/random.h"
#include "core/group/invitation.h"
#include "core/group/state.h"

namespace kith::group {

inline constexpr int kDoorAttempts = 3;

class DoorInviter {
 public:
  // `genesis`: raw genesis event; `own`: this device's current record (as a JoinBody, encoded).
  DoorInviter(const GroupId& group, const EventId& invite_id, const crypto::InviteSecret& secret,
              Bytes genesis, Bytes own_device_record, Random& random);
  // A frame in; what to send, if anything. An error ends this attempt (send door_refused()); after three the
  // door is shut. Once there are words, no frame changes anything.
  Result<std::optional<Bytes>> receive(ByteView frame);
  int attempts_left() const;
  const std::optional<std::string>& words() const;  // once known: show them
  // After the person confirmed: the admit act to publish.
  Result<Admit> admit() const;
  // After it was published: frames under 400 KB that carry every log. `raw_events`: complete, each device's
  // from seq 0, the genesis first, this admission included; acts beside a log after the logs.
  std::vector<Bytes> welcome(std::span<const Bytes> raw_events) const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

class DoorJoiner {
 public:
  // `join`: this device's keys, already made (invitation and group are filled in from the token); `sign`: its
  // signing key, borrowed for this call.
  DoorJoiner(const Token& token, const JoinBody& join, const crypto::SignSeed& sign, Random& random);
  Bytes first_frame() const;
  Result<std::optional<Bytes>> receive(ByteView frame);
  const std::optional<std::string>& words() const;
  void confirm();       // the person said the words match; logs that came before are looked at only now
  bool done() const;    // the logs are here and verified
  bool failed() const;  // for good: start anew
  // The logs received, verified from the genesis id in the token; our own keys are in the roster.
  Result<std::vector<mail::Event>> logs() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

Bytes door_refused();

// The inviter's side over several callers. The courier numbers them; each new number speaks to a fresh door,
// so that one who fails, or leaves in the middle, keeps nobody else out.
class DoorKeeper {
 public:
  using Open = std::function<Result<DoorInviter>()>;
  explicit DoorKeeper(Open open) : open_(std::move(open)) {}

  // A frame in; what to send to this caller, if anything. Errors are those of `open` alone.
  Result<std::optional<Bytes>> receive(std::uint32_t caller, ByteView frame);
  Bytes turn_away();                                                     // the person said no: what to send
  const DoorInviter* door() const { return door_ ? &*door_ : nullptr; }  // nullptr: nobody is at it
  std::uint32_t caller() const { return caller_; }
  bool used_up() const { return turned_away_ >= kDoorAttempts; }

 private:
  Open open_;
  std::optional<DoorInviter> door_;
  std::uint32_t caller_ = 0;  // 0: nobody called yet
  int turned_away_ = 0;
};

}  // namespace kith::group
