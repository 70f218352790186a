// What may be seen of what arrived. Private to core/sharing.
#pragma once

#include "core/sharing/compose.h"

namespace kith::sharing {

// Not void by a cut, and both its author and I have signed the agreement it was shared under.
bool may_show(const Book& book, const ReceivedItem& item);
SharedItem shown_item(const Book& book, const People& people, const ReceivedItem& received);

}  // namespace kith::sharing
