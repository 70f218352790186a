// Joining: two people, two waiting nodes, four words. Sans-I/O; the couriers pipe the frames.
//   J->A commit   A->J nonce, genesis, device record   J->A nonce, join body, both signatures   (words) A->J
//   logs
// Nothing is admitted before both people said the words match. Any failure: refused, without a reason.
#pragma once

#include <string>

#include "core/group/invitation.h"
#include "core/group/state.h"

namespace kith::group {

class DoorInviter {
 public:
  // `genesis`: raw genesis event; `own`: this device's current record (as a JoinBody, encoded).
  DoorInviter(const GroupId& group, const EventId& invite_id, const crypto::InviteSecret& secret,
              Bytes genesis, Bytes own_device_record, Random& random);
  // A frame in; what to send, if anything. An error ends this attempt.
  Result<std::optional<Bytes>> receive(ByteView frame);
  const std::optional<std::string>& words() const;  // once known: show them
  // After the person confirmed: the admit act to publish.
  Result<Admit> admit() const;
  // After it was published: frames that carry every log (raw events in an order that verifies).
  std::vector<Bytes> welcome(std::span<const Bytes> raw_events) const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

class DoorJoiner {
 public:
  // `join`: this device's keys, already made; `sign`: its signing key, borrowed.
  DoorJoiner(const Token& token, const JoinBody& join, const crypto::SignSeed& sign, Random& random);
  Bytes first_frame() const;
  Result<std::optional<Bytes>> receive(ByteView frame);
  const std::optional<std::string>& words() const;
  void confirm();  // the person said the words match; logs are refused before
  bool done() const;
  // The logs received, verified from the genesis id in the token; our own keys are in the roster.
  Result<std::vector<mail::Event>> logs() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

Bytes door_refused();

}  // namespace kith::group
