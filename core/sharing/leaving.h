// Leaving now, in the background. Private to core/sharing.
#pragma once

#include "core/sharing/node.h"

namespace kith::sharing {

Result<std::optional<WallTime>> leaving_due(Node& node, const GroupId& group);
// Does it if it is due.
Result<void> finish_leaving(Node& node, const GroupId& group);

}  // namespace kith::sharing
