// Invitations and the two sides of the door. The door protocol itself is core/group/door.h; frames are piped
// by the caller (kith <-> its courier).
//
//   inviter: invite() -> give file and code to a person; open_door(); frames; words; admit() -> frames to
//   send joiner:  begin_join(); frames; words; attempt->door().confirm(); frames; joined();
//   Agreements::sign()
#pragma once

#include <memory>

#include "core/group/door.h"
#include "core/sharing/node.h"
#include "core/sharing/people.h"

namespace kith::sharing {

struct InviteText {
  std::string welcome, who_for;
};
struct Invited {
  EventId invite;
  std::string code;  // typed or put in a QR: only the key
  Bytes file;        // welcome, limits, the whole agreement; without the key
  Bytes file_with_key;
  Day expires;
};
struct OpenInvite {
  EventId invite;
  Day expires;
  bool used;
  bool expired;
  bool awaited;  // used, but the newcomer was never heard of since: perhaps their side ended at the door
};

// One attempt to join. Its keys are kept in journal.db until joined(), so that a later attempt with the same
// invitation goes on where this one ended.
class JoinAttempt {
 public:
  group::DoorJoiner& door() { return *door_; }
  // 24 words, shown once; released with the attempt. Empty in a later attempt: they were shown in the first.
  const crypto::SecretBytes& recovery_words() const { return recovery_words_; }
  const GroupId& group() const { return token_.group; }

 private:
  friend class Joining;
  JoinAttempt(keyring::DeviceKeys keys, keyring::HeldPrekey prekey, crypto::LinkKeypair link,
              group::Token token, group::Invitation invitation, Profile me, std::uint16_t port);
  keyring::DeviceKeys keys_;
  keyring::HeldPrekey prekey_;
  crypto::LinkKeypair link_;
  group::Token token_;
  group::Invitation invitation_;
  Profile me_;
  std::uint16_t port_;
  std::vector<mail::Address> addresses_;
  crypto::SecretBytes recovery_words_;
  std::unique_ptr<group::DoorJoiner> door_;
};

// Drops the secrets of invitations whose newcomers have arrived.
Result<void> forget_used_invites(Node& node, const GroupId& group);

class Joining {
 public:
  explicit Joining(Node& node) : node_(node) {}

  // `addresses`: where this node is reached; the door's own port takes the place of theirs.
  // refused until version 1 of the agreement is in force, or if I may not invite.
  Result<Invited> invite(const GroupId& group, const InviteText& text, Day expires,
                         const std::vector<mail::Address>& addresses);
  Result<std::vector<OpenInvite>> invites(const GroupId& group);  // newest last
  // The secret that the courier's door needs while we wait. not_found; refused: used by somebody who was
  // heard of since, or expired.
  Result<crypto::InviteSecret> door_secret(const GroupId& group, const EventId& invite);
  Result<group::DoorInviter> open_door(const GroupId& group, const EventId& invite);
  // After both people said that the words match. Publishes the admission; what to send through the door. To
  // the one who was admitted and not heard of since, the logs again; to anybody else on a used invitation:
  // refused.
  Result<std::vector<Bytes>> admit(const GroupId& group, const EventId& invite,
                                   const group::DoorInviter& door);

  // `token`: from the typed code, or from the file. The attempt must stay alive while the door is used.
  // refused: expired, or already a member of this group.
  Result<std::unique_ptr<JoinAttempt>> begin_join(const group::Invitation& invitation,
                                                  const group::Token& token, const Profile& me,
                                                  const std::vector<mail::Address>& addresses,
                                                  std::uint16_t port = 0);
  // The door is done: store keys, logs and the agreement that was read. unauthentic: the agreement in the
  // invitation is not the one in the log.
  Result<GroupId> joined(std::unique_ptr<JoinAttempt> attempt);

 private:
  Node& node_;
};

}  // namespace kith::sharing
