// A person's new keys while they join: kept in journal.db from the first frame at the door, because the other
// side may have published the admission when this side ends. Private to core/sharing.
#pragma once

#include "core/sharing/node.h"
#include "crypto/agree.h"
#include "crypto/sign.h"

namespace kith::sharing {

struct JoinKeys {
  crypto::SignKeypair sign;
  crypto::DhKeypair dh;
  crypto::PreKeypair pre;
  crypto::LinkKeypair link;
  RecoveryPk recovery;
  Day made;
};

// Those of an earlier attempt with this invitation, if there was one.
Result<std::optional<JoinKeys>> kept_join_keys(Node& node, const InvitePk& invite);
// Forgets those of invitations that are over, too.
Result<void> keep_join_keys(Node& node, const InvitePk& invite, Day expires, const JoinKeys& keys);
Result<void> forget_join_keys(Node& node, const InvitePk& invite);

}  // namespace kith::sharing
