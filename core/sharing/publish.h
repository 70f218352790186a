// The only code that gives an event of this node its seq, prev, lamport, ctl_digest and signature.
//
// One transaction of journal.db advances the own head, writes the ledger line and queues the sealed bytes;
// only then do they go to mail.db, from where the courier takes them. A crash between leaves the queue:
// flush() appends it again, which is idempotent. So no event leaves before it is durable, and no place is
// signed twice.
#pragma once

#include <span>

#include "core/group/acts.h"
#include "core/sharing/gate.h"
#include "core/sharing/node.h"

namespace kith::sharing {

// What a tombstone means for the consents of its envelopes.
enum class Erased : std::uint8_t { withdrawn = 5, expired = 6 };

// Not allowed to write in this group now: the device is retired, or the day is full.
inline bool passing(const Error& error) { return error.code == Errc::refused || error.code == Errc::waiting; }

class Publisher {
 public:
  explicit Publisher(Node& node) : node_(node) {}

  // `command`: what the person asked for, in the ledger. refused: the device is retired, or I am no member.
  Result<EventId> act(const GroupId& group, const group::Act& act, const char* command);
  Result<EventId> device(const GroupId& group, const group::DeviceBody& body, const char* rule);
  Result<std::vector<EventId>> tombs(const GroupId& group, std::span<const EventId> envelopes,
                                     const char* rule, Erased erased);
  // Sealed to the devices of each audience that are active and have agreed, in one transaction, in order.
  Result<std::vector<EventId>> envelopes(const GroupId& group, std::span<const Outgoing> outgoing);

  // Appends what is queued to mail.db. Called after every publication and at start-up.
  Result<void> flush();

  // 3.14: does mail.db hold an event under our own valid signature that journal.db lacks or has differently?
  // Then this is a restored copy: the device is retired and the answer is false. Run before the first
  // signature.
  Result<bool> still_ours(const GroupId& group);

 private:
  Result<void> refuse_copies(const GroupId& group);
  Node& node_;
};

}  // namespace kith::sharing
