// What becomes of a body that opened: kept, parked until it can be judged, or dropped unseen. Private.
#pragma once

#include "core/sharing/directory.h"
#include "core/sharing/intake.h"
#include "core/sharing/received.h"

namespace kith::sharing {

struct Arrived {
  EventId event;
  mail::Header header;
  MemberId author;
};
enum class Acceptance : std::uint8_t {
  kept,
  parked,   // an answer to a request that has not arrived yet
  dropped,  // nobody asked for it, or it breaks a rule
};
enum class EventState : std::uint8_t {  // of an envelope, in share_event
  waiting = 0,                          // no copy came yet
  opened = 1,
  not_for_me = 2,
  no_slot = 3,  // no copy so far has a slot that opens: sealed before I came, or damaged; another may come
  tombstoned = 4,
  dropped = 5,
  expired = 6,
  parked = 7,  // an answer whose request has not come; `awaits` says which
};
Result<void> set_event_state(Node& node, const EventId& event, EventState state);
// Opens what waits: `fresh`, what got a copy since the last time, or (`all`) everything.
Result<void> open_waiting(Node& node, Book& book, std::vector<EventId> fresh, bool all, IntakeReport& report);

// In the caller's transaction.
Result<Acceptance> accept(Node& node, const Book& book, const Arrived& arrived, const Body& body);

// Erases the bodies that came in one envelope, their index and their place in lists; a stub remains.
Result<void> erase_items(Node& node, const EventId& event, ItemState state);

}  // namespace kith::sharing
