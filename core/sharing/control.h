// Control and device events in journal.db: the only source of who is in a group. Which ones there are is
// noted in the head record, so that no page of the file can be put back to a time with other members. Private
// to core/sharing.
#pragma once

#include "core/sharing/node.h"

namespace kith::sharing {

// With this very signature.
Result<bool> has_control(Node& node, const mail::Event& event);
// Adds one, unless it is there, and notes it. In the caller's transaction.
Result<void> put_control(Node& node, const mail::Event& event);

struct ControlEvents {
  std::vector<mail::Event> events;
  std::int64_t newest_row;
  Digest chain;  // over the ids of all up to here
};
// Those of a group that came in after `row`, where the chain was `chain`. damaged: all together they are not
// what the head record notes.
Result<ControlEvents> control_after(db::Database& journal, const GroupId& group, std::int64_t row,
                                    const Digest& chain);

}  // namespace kith::sharing
