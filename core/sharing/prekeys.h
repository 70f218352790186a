// When the secret of an older prekey goes: what was sealed to it can then be opened by nobody, whoever steals
// this computer. Private to core/sharing.
#pragma once

#include <optional>
#include <span>

#include "core/sharing/node.h"

namespace kith::sharing {

inline constexpr std::uint32_t kPrekeyCap = 35;  // days that a prekey outlives its successor, at most
inline constexpr std::uint32_t kPrekeyStep =
    14;  // days that the time between two prekeys counts for, at most

struct PrekeyAge {
  std::uint64_t number;
  Day made;
  std::optional<std::uint64_t> announced;  // place in the own log; none: nobody was told of it
};

// The number up to which secrets may go; none: all stay. `newest_first`: the prekeys held. `confirmed`: the
// lowest place of the own log that another active device says it knows, with all that it had sent by then
// here; none: some device says nothing, or something of it has not come.
// A prekey goes when everybody knows a newer one and nothing that was sealed before they did can still come;
// or when its successor is older than kPrekeyCap, since one silent member must not keep it for ever. Days are
// by the own clock, and one that jumps adds kPrekeyStep and no more.
std::optional<std::uint64_t> forgettable(std::span<const PrekeyAge> newest_first,
                                         std::optional<std::uint64_t> confirmed, Day today);

// Does it, but for the prekey that the group's state names, and newer ones. Whoever calls scrubs afterwards
// (erasing.h).
Result<void> forget_prekeys(Node& node, const GroupId& group);

}  // namespace kith::sharing
