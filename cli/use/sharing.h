// Drafts of what may leave, as share, widen, give, touched and the page make them. Nothing leaves from here:
// every draft goes through preview and consent (core/sharing/gate.h).
#pragma once

#include "cli/desk.h"
#include "core/sharing/feedback.h"

namespace kith::cli {

inline constexpr std::uint32_t kAskDays = 14;  // a request rests after them, unless its asker says otherwise

// Puts a copy of an entry into the draft; returns what of it stays here ("its tags"). malformed, not_found.
Result<std::vector<std::string>> copy_entry(Desk& desk, std::string_view entry, sharing::Draft& draft);

// Told: it would take somebody out.
Result<sharing::Draft> widened(Desk& desk, const GroupId& group, const ItemId& item,
                               const sharing::Audience& audience);

// "@maria" for somebody who leads, an item or request otherwise. Told.
Result<sharing::ItemRef> target_of(Desk& desk, const GroupId& group, std::string_view typed);
// Told: nobody asked for it.
Result<sharing::Draft> answer_to(Desk& desk, const GroupId& group, const sharing::ItemRef& target,
                                 std::string text);
Result<sharing::Draft> in_the_room(Desk& desk, const GroupId& group, const sharing::ItemRef& request);
// Told: its author asked for no responses.
Result<sharing::Draft> touched_by_it(Desk& desk, const GroupId& group, const sharing::ItemRef& item);

// True once ever, if praise is on: somebody was let in.
Result<bool> first_share(Desk& desk, const sharing::Draft& draft);

// Out of the outbox again. Told: it has left.
Result<void> take_back(Desk& desk, std::int64_t number);

}  // namespace kith::cli
