// What a set of signed control events means: a value, the same on every node that holds the same set.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <vector>

#include "core/group/acts.h"

namespace kith::group {

enum class Status : std::uint8_t { active = 1, suspended = 2, on_hold = 3, left = 4, removed = 5 };

// Events of a device above `after` and below `until` are void: they were cut off.
struct VoidRange {
  std::optional<std::uint64_t> after = {};  // none: from the start of the log
  std::optional<std::uint64_t> until = {};  // none: for good
  bool tombs_too = false;                   // a revocation; suspension and removal leave tombstones alone
  bool held = false;                        // a suspension that may still be lifted: kept unshown
};

struct DeviceState {
  DeviceId id;
  MemberId member;
  SignPk sign;
  DhPk dh;
  LinkPk link;     // newest published
  Prekey prekey;   // newest published
  Day prekey_day;  // header day of its publication
  std::vector<mail::Address> addresses = {};
  EventId enrolled_by;
  bool revoked = false;
  std::uint8_t revoked_by = 0;                  // bit k: an accepted revocation of class k
  bool forked = false;                          // two events on one place; held until a cut names the branch
  std::optional<std::uint64_t> forked_at = {};  // the lowest such place that acts tell of
  std::optional<Cut> cut = {};                  // accepted removal, suspension or revocation
  bool cut_keeps_tombs = false;                 // removal: the log may grow by tombstones alone
  bool cut_erases = false;  // removal, revocation, leaving: nothing else beyond the cut is stored
  std::vector<VoidRange> voids = {};
  std::optional<std::uint64_t> resume = {};  // lifted from here on
  std::vector<Mark> checkpoint = {};         // newest published
  Digest checkpoint_ctl = Digest::zero();
  Digest checkpoint_state = Digest::zero();
  std::optional<std::uint64_t> checkpoint_seq = {};  // of the DEV event that said so
};
struct MemberState {
  MemberId id;
  Role role;
  Status status;
  std::optional<RecoveryPk> recovery = {};
  std::map<std::uint32_t, Digest> agreed = {};  // version -> text hash this member agreed to
  std::vector<DeviceId> devices = {};
  bool stepped_back = false;
  std::optional<Day> leaving = {};  // announced; informational
  EventId enrolled_by = EventId::zero();
};
struct AgreementVersion {
  std::uint32_t version;
  Digest text;
  EventId event;
};
struct InviteState {
  EventId id;
  InvitePk invite;
  Day expires;
  Role role;
  DeviceId by;
  bool used;
  std::vector<EventId> admits;  // accepted ones; more than one: on hold until resolved
};
struct ProposalState {  // an accepted agreement act
  AgreementVersion version;
  std::uint64_t sessions;            // closed or opened when it was proposed
  std::vector<MemberId> must_agree;  // active in its causal past
  std::set<MemberId> agreed = {};    // to this event; another one may have the same text
  bool in_force = false;
  bool lapsed = false;  // two sessions went by without everyone's signature
};
struct SuspensionState {
  MemberId member;
  std::uint8_t by_class;
  bool lifted = false;
};

struct State {
  GroupId group;
  Mode mode = Mode::led;
  std::map<MemberId, MemberState> members = {};
  std::map<DeviceId, DeviceState> devices = {};
  std::vector<Trustee> trustees = {};
  std::uint32_t threshold = 0;
  std::uint32_t min_suite = 1;
  std::uint32_t retention_days = 90;
  std::optional<AgreementVersion> agreement = {};  // in force: signed by everyone it had to be
  std::optional<AgreementVersion> proposed = {};   // newest accepted, not yet signed by all
  std::map<EventId, ProposalState> agreements = {};
  std::map<EventId, InviteState> invites = {};
  std::map<EventId, SuspensionState> suspensions = {};
  std::vector<EventId> control_heads = {};              // of the whole set: the deps of the next act
  std::set<EventId> accepted = {};                      // acts that count
  std::map<EventId, std::uint8_t> accepted_class = {};  // by which authority: 0 to 6 (core/group/README.md)
  std::uint64_t sessions = 0;                           // number of the newest one
  bool session_open = false;
  bool split = false;  // some checkpoint has our ctl_digest and another state_digest: an alarm

  bool active(const MemberId& member) const;
  // Enrolled, member active, not revoked, not held by a fork.
  bool active(const DeviceId& device) const;
  const DeviceState* device(const DeviceId& id) const;     // nullptr if never enrolled
  const MemberState* member_of(const DeviceId& id) const;  // nullptr if never enrolled
  bool leads(const MemberId& member) const;                // leader, or either of a pair
  // Holds the agree for the version in force, text hash compared.
  bool has_agreed(const MemberId& member) const;
  // An ENV, DEV or TOMB of a device at `seq`: void beyond an accepted cut and before a later resume.
  bool counts(const DeviceId& device, std::uint64_t seq, mail::Kind kind = mail::Kind::env) const;
};

// Would `act`, written now by `actor`, have authority? refused: `what` names the rule. `endorsed_by`: members
// whose endorsement of exactly this act is already there. `device`: the one that would write it.
Result<void> may(const State& state, const MemberId& actor, const Act& act,
                 std::span<const MemberId> endorsed_by = {}, const std::optional<DeviceId>& device = {});

// The cuts of a suspension, removal or demotion: for each device of `member`, the newest event held.
struct LogEnd {
  DeviceId device;
  std::uint64_t seq;
  Link link;
};
std::vector<Cut> cuts_for(const State& state, const MemberId& member, std::span<const LogEnd> heads);
// The resumptions of an unsuspension: each device goes on after the newest event held.
std::vector<Resume> resumes_for(const State& state, const MemberId& member, std::span<const LogEnd> heads);
std::vector<MemberId> members_to_seal_to(const State& state);  // active, and agreed to the version in force
Digest ctl_digest(const State& state);                         // of its control heads

// H("kith1.state", group id, members in id order, mode, trustees, k, agreement hash, min suite, retention).
Digest state_digest(const State& state);

}  // namespace kith::group
