// Founding a group, its people, the circle phrase, leaving.
#pragma once

#include "core/sharing/node.h"
#include "core/sharing/people.h"
#include "crypto/secret.h"

namespace kith::sharing {

struct Founding {
  std::string name;
  group::Mode mode = group::Mode::led;  // unsupported: any other, in this version
  Profile me;
  std::vector<mail::Address> addresses;  // where others may dial this node
  std::uint16_t port = 0;                // 0: drawn at random, once
  std::uint32_t retention_days = 90;
};
struct Founded {
  GroupId group;
  crypto::SecretBytes recovery_words;  // 24, separated by spaces; shown once and kept nowhere
};

struct GroupView {
  GroupId group;
  std::string name;
  group::Mode mode;
  Person me;
  std::size_t members;  // active ones
  bool agreement_in_force;
  bool waiting_for_my_signature;  // of a proposal, or of the version in force
  bool may_share;                 // in force, signed by me, I am a member, this device may sign
  bool device_retired;            // a restored copy: it reads and never signs again
  bool alarm;                     // two nodes resolved the same acts differently
  std::optional<WallTime> leaving_at;
};

class Groups {
 public:
  explicit Groups(Node& node) : node_(node) {}

  Result<Founded> create(const Founding& founding);
  Result<std::vector<GroupView>> list();
  Result<GroupView> show(const GroupId& group);
  // By name, or the start (at least four digits) of the id in hex; the only group if `which` is empty.
  // not_found; usage: several fit.
  Result<GroupId> find(std::string_view which);

  Result<People> members(const GroupId& group);
  Result<Person> person(const GroupId& group, std::string_view handle);  // not_found
  // A standing consent: sealed to whoever is or becomes a member and has signed. malformed: no name, too
  // long.
  Result<void> set_profile(const GroupId& group, const Profile& profile);

  // Where others may dial this node from now on; they hear it with the next device record.
  Result<void> set_addresses(const GroupId& group, const std::vector<mail::Address>& addresses);

  // Six words, computed once for each state (about a second), equal on every node in the same state.
  Result<std::string> phrase(const GroupId& group);

  // Leader only: refused otherwise. Takes effect at once on this node. Also of who has left: a leave ends one
  // computer, a removal all of theirs.
  Result<void> remove_member(const GroupId& group, const MemberId& member);

  // Asked once by the caller. Undoable until the outbox time is over; then every share of mine but `keep` is
  // asked to be erased and the leaving is published. The journal stays. Returns when it goes.
  Result<WallTime> leave_now(const GroupId& group, const std::vector<ItemId>& keep);
  Result<void> undo_leave(const GroupId& group);  // not_found: nothing pending, or sent already

 private:
  Node& node_;
};

}  // namespace kith::sharing
