// What a node does by rule, without asking: device records with prekeys and checkpoints, tombstones for what
// expired. Private to core/sharing.
#pragma once

#include "core/sharing/node.h"

namespace kith::sharing {

// A new prekey each week and after somebody went, a checkpoint when there is something to confirm. At the
// latest a day after there is something to say, at a random hour; at once if `promptly` (a sync, a batch).
// True: something was published.
Result<bool> keep_device_record(Node& node, const GroupId& group, bool promptly);
// The time at which keep_device_record() would publish by itself; none: nothing to say.
Result<std::optional<WallTime>> device_record_due(Node& node, const GroupId& group);
// Tombstones for shares of mine whose day has passed; with the device record.
Result<void> bury_expired(Node& node, const GroupId& group);
// After I left or was removed: what others gave me goes, my own words stay.
Result<void> let_go(Node& node, const GroupId& group);

Result<void> put_addresses(Node& node, const GroupId& group, const std::vector<mail::Address>& addresses);
Bytes encode_addresses(const std::vector<mail::Address>& addresses);
Result<std::vector<mail::Address>> parse_addresses(ByteView bytes);

}  // namespace kith::sharing
