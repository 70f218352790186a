// Control acts as plain values; proto/control.proto is how they travel. Bytes are hashed as received.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/mail/address.h"
#include "core/mail/event.h"

namespace kith::group {

enum class Mode : std::uint8_t { led = 1, pair = 2, peer = 3 };
enum class Role : std::uint8_t { member = 1, secretary = 2, co_leader = 3, leader = 4 };

inline constexpr std::size_t kMaxDeps = 32;
inline constexpr std::size_t kMaxMembers = 64;
inline constexpr std::size_t kMaxDevices = 128;
inline constexpr std::size_t kMaxMemberDevices = 4;    // at one time
inline constexpr std::size_t kMaxLifetimeDevices = 8;  // of one member, revoked ones included
inline constexpr std::uint32_t kMaxRetentionDays = 3650;

struct Prekey {
  PrePk pk;
  std::uint64_t number;
};
struct JoinBody {
  std::optional<InvitePk> invite;  // none for a founder
  std::optional<GroupId> group;    // none for a founder
  SignPk sign;
  DhPk dh;
  LinkPk link;
  Prekey prekey;
  std::optional<RecoveryPk> recovery;
  std::vector<mail::Address> addresses;
};
struct JoinRecord {
  Bytes body;  // serialised JoinBody: what the signatures cover
  Signature device_signature;
  std::optional<Signature> invite_signature;
};
struct Trustee {
  std::optional<MemberId> member;
  std::optional<SignPk> outsider;
};
struct Cut {  // the last accepted event of a device; seq and link unset: nothing of it
  DeviceId device;
  std::optional<std::uint64_t> seq;
  Link link = Link::zero();
};

struct Genesis {
  std::array<std::uint8_t, 32> random{};
  Mode mode = Mode::led;
  struct Founder {
    JoinRecord join;
    Role role;
  };
  std::vector<Founder> founders;
  std::vector<Trustee> trustees;
  std::uint32_t threshold = 0;
  std::uint32_t min_suite = 1;
  std::uint32_t retention_days = 90;
  std::optional<Day> day = {};  // of the event. None: founded by a kith that did not say so
};
struct Invite {
  InvitePk invite;
  Day expires;
  Role role;
};
struct Admit {
  EventId invite;
  JoinRecord join;
};
struct Endorse {
  Digest act;
};
struct Agree {
  EventId agreement;
  Digest text;
  Digest state;
};
struct DeviceAdd {
  JoinRecord join;
  MemberId member;
  std::optional<Signature> recovery_signature, old_signature;
};
struct DeviceRevoke {
  DeviceId device;
  Cut cut;
  std::optional<Signature> recovery_signature;
};
struct RecoveryReplace {
  RecoveryPk recovery;
  MemberId member;
  std::optional<Signature> recovery_signature;
};
struct Suspend {
  MemberId member;
  std::vector<Cut> cuts;
};
struct Remove {
  MemberId member;
  std::vector<Cut> cuts;
};
struct Demote {
  MemberId member;
  std::vector<Cut> cuts;
};
struct Resume {
  DeviceId device;
  std::uint64_t seq;
};
struct Unsuspend {
  MemberId member;
  std::vector<EventId> suspends;
  std::vector<Resume> resume;
};
struct Promote {
  MemberId member;
  Role role;
};
struct Policy {
  std::vector<Trustee> trustees;
  std::uint32_t threshold, min_suite, retention_days;
};
struct AgreementAct {
  std::uint32_t version;
  Digest text;
};
struct ResolveInvite {
  EventId invite;
  EventId keep;
};
struct Session {
  std::uint64_t number;
  bool open;
};
struct LeaveNotice {
  Day day;
};
struct StepBack {};
struct Return {};
struct Leave {};
struct ForkEvidence {   // two events on one place; proves itself, whoever carries it
  Bytes first, second;  // header and signature, 256 bytes each
};
struct UnknownAct {};  // of a newer kith: parked alone

using Act = std::variant<Genesis, Invite, Admit, Endorse, Agree, DeviceAdd, DeviceRevoke, RecoveryReplace,
                         Suspend, Remove, Demote, Unsuspend, Promote, Policy, AgreementAct, ResolveInvite,
                         Session, LeaveNotice, StepBack, Return, Leave, ForkEvidence, UnknownAct>;

struct ControlBody {
  std::vector<EventId> deps;  // sorted, no duplicates
  Act act;
  Digest act_hash = Digest::zero();  // H("kith1.act", serialised Act), what an endorsement names
};
Bytes encode(const ControlBody& body);
Result<ControlBody> parse_control(ByteView body);  // malformed: counts, sizes, keys that fail their checks
Bytes encode(const JoinBody& join);
Result<JoinBody> parse_join(ByteView body);
// Both signatures hold and the keys are sound. `invite`: expected key, none for a founder or a further
// device. A founder's body names no group (the group's id is made of it) and is signed for the zero id.
Result<JoinBody> check_join(const JoinRecord& record, const GroupId& group,
                            const std::optional<InvitePk>& invite);
// The two halves of it, for records that are judged more than once.
Result<JoinBody> check_device_signature(const JoinRecord& record, const GroupId& group);
Result<void> check_invitation(const JoinBody& join, const JoinRecord& record, const GroupId& group,
                              const std::optional<InvitePk>& invite);
JoinRecord sign_join(const JoinBody& join, const crypto::SignSeed& device, const crypto::SignSeed* invite);

Digest act_hash_of(
    const Act& act);  // what an endorsement names, for an act about to be written as encode() does
// What the paper key signs (label "recovery"), and the old device for a new one (label "device-link").
Bytes recovery_message(const DeviceAdd& add);
Bytes recovery_message(const DeviceRevoke& revoke);
Bytes recovery_message(const RecoveryReplace& replace);

struct Mark {  // "I processed device's log to seq"
  DeviceId device;
  std::uint64_t seq;
  std::array<std::uint8_t, 16> link;  // first half of H("kith1.link")
};
struct DeviceBody {  // body of a DEV event
  std::vector<EventId> deps;
  Prekey prekey;
  LinkPk link;
  std::vector<mail::Address> addresses;
  std::vector<Mark> checkpoint;
  Digest ctl_digest;
  Digest state_digest;
};
Bytes encode(const DeviceBody& body);
Result<DeviceBody> parse_device(ByteView body);

}  // namespace kith::group
