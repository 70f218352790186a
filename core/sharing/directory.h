// Profiles and handles in journal.db, and the rule who may be shown. Private to core/sharing.
#pragma once

#include "core/sharing/node.h"
#include "core/sharing/people.h"

namespace kith::sharing {

// Active, suspended or on hold: not left, not removed. For Person and group::MemberState.
bool is_member_now(const auto& who) {
  return who.status == group::Status::active || who.status == group::Status::suspended ||
         who.status == group::Status::on_hold;
}

struct StoredProfile {
  Profile profile;
  std::uint32_t version;
  Digest agreement;
  EventId event;
};

// Composed, on one line, with something that can stand behind an @. usage.
Result<Profile> sound_profile(const Profile& profile);
// In the caller's transaction; an older version changes nothing.
Result<void> store_profile(Node& node, const GroupId& group, const MemberId& member,
                           const StoredProfile& profile);
Result<People> people_of(Node& node, const Book& book);

// Nothing is shown from somebody who has not signed the version it was shared under, nor to me before I have.
bool may_be_shown(const group::State& state, const MemberId& author, const MemberId& me, ByteView agreement);

}  // namespace kith::sharing
