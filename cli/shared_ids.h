// What people type to mean an item, a request, an answer or an audience, looked up in one group.
#pragma once

#include "cli/desk.h"
#include "core/sharing/feedback.h"
#include "core/sharing/items.h"

namespace kith::cli {

// "i4f2a91c0" or a start of it (four hex digits at least). Told: none, several.
Result<sharing::SharedItem> my_item(Desk& desk, const GroupId& group, std::string_view typed);
Result<sharing::SharedItem> any_item(Desk& desk, const GroupId& group, std::string_view typed);
Result<sharing::RequestToMe> request_to_me(Desk& desk, const GroupId& group, std::string_view typed);

// --to @ana --to @sam, --to leaders, --to group. Told: nobody named, unknown names, a mixture.
Result<sharing::Audience> audience_of(Desk& desk, const GroupId& group,
                                      std::span<const std::string_view> named);
Result<sharing::Audience> audience_of(Desk& desk, const GroupId& group, const Args& args);

Result<std::int64_t> whole_number(std::string_view typed);  // usage

}  // namespace kith::cli
