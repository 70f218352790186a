#include "core/group/rules.h"

#include "crypto/sign.h"

namespace kith::group {
namespace {

constexpr std::size_t kPlainBody = 4096;  // bytes, of a control act of a plain member
constexpr std::size_t kPlainActs = 16;    // a day
constexpr std::size_t kCoLeaders = 2;

using Ways = std::vector<Way>;
using Judged = Result<Ways>;

Judged refuse(Literal why) { return fail(Errc::refused, why); }

class Judge {
 public:
  Judge(const State& state, const MemberId& actor, const Circumstances& at)
      : state_(state), actor_(actor), at_(at), self_(state.members.at(actor)) {}

  Judged operator()(const Genesis&) const { return refuse("a group has one beginning"); }
  Judged operator()(const UnknownAct&) const { return refuse("an act of a newer kith"); }
  Judged operator()(const Endorse&) const { return self(kMember); }
  Judged operator()(const LeaveNotice&) const { return self(kSelf); }
  Judged operator()(const StepBack&) const { return self(kSelf); }
  Judged operator()(const Return&) const { return self(kSelf); }
  Judged operator()(const Leave&) const { return self(kSelf); }

  Judged operator()(const Invite& invite) const {
    if (!state_.agreement) return refuse("nobody is invited before an agreement is in force");
    for (const auto& [id, other] : state_.invites)
      if (other.invite == invite.invite) return refuse("an invitation is used once");
    if (invite.role == Role::leader) return refuse("nobody is invited as a leader");
    if (peer()) {
      if (invite.role != Role::member) return refuse("a peer group has no ranks");
      return self(kMember);
    }
    if (invite.role != Role::member) return from({leader(), trustees({})});
    return from({leader(), co()});
  }
  Judged operator()(const Admit& admit) const {
    const auto invite = state_.invites.find(admit.invite);
    if (invite == state_.invites.end()) return refuse("there is no such invitation");
    if (invite->second.used) return refuse("an invitation is used once");
    if (at_.day && *at_.day > invite->second.expires) return refuse("the invitation has expired");
    KITH_TRY(const auto join, join_of(admit.join, invite->second.invite));
    if (!keys_are_new(state_, join)) return refuse("a key is already in the group");
    if (active().size() >= kMaxMembers || devices() >= kMaxDevices) return refuse("the group is full");
    if (peer()) return from({trustees({})});
    return from({leader(), co()});
  }
  Judged operator()(const Agree& agree) const {
    const auto proposal = state_.agreements.find(agree.agreement);
    if (proposal == state_.agreements.end()) return refuse("there is no such agreement");
    if (proposal->second.version.text != agree.text) return refuse("the agreement has another text");
    if (proposal->second.lapsed) return refuse("the proposal has lapsed");
    if (proposal->second.agreed.contains(actor_)) return refuse("the author has agreed to it");
    return self(kMember);
  }
  Judged operator()(const DeviceAdd& add) const {
    const auto member = state_.members.find(add.member);
    if (member == state_.members.end() || member->second.status != Status::active)
      return refuse("there is no such member");
    KITH_TRY(const auto join, join_of(add.join, std::nullopt));
    if (!join.group) return refuse("a device record names its group");
    if (!keys_are_new(state_, join)) return refuse("a key is already in the group");
    std::size_t now = 0;
    for (const auto& id : member->second.devices) now += state_.device(id)->revoked ? 0 : 1;
    if (now >= kMaxMemberDevices || member->second.devices.size() >= kMaxLifetimeDevices ||
        devices() >= kMaxDevices)
      return refuse("there are too many devices");
    Ways found;
    if (recovers(member->second, add.recovery_signature, recovery_message(add)))
      found.push_back(helpers(member->second));
    const auto* device = at_.device ? state_.device(*at_.device) : nullptr;
    if (add.member == actor_ && add.old_signature &&
        (device == nullptr ||
         crypto::verify(device->sign, "device-link", state_.group, add.join.body, *add.old_signature)))
      found.push_back(own());
    return from(std::move(found));
  }
  Judged operator()(const DeviceRevoke& revoke) const {
    const auto* device = state_.device(revoke.device);
    if (device == nullptr) return refuse("there is no such device");
    KITH_CHECK(covers(revoke.device, &revoke.cut));
    const auto& member = state_.members.at(device->member);
    Ways found;
    if (recovers(member, revoke.recovery_signature, recovery_message(revoke)))
      found.push_back({kRecovery, 1, false, {actor_}, {}});
    if (member.id == actor_ && at_.device != revoke.device) found.push_back(own());
    if (member.role != Role::leader) found.push_back(leader());
    std::erase_if(found, [&](const Way& way) {
      return way.by_class >= 0 && (device->revoked_by >> way.by_class & 1) != 0;
    });
    return found.empty() && device->revoked ? refuse("the device is revoked") : from(std::move(found));
  }
  Judged operator()(const RecoveryReplace& replace) const {
    const auto member = state_.members.find(replace.member);
    if (member == state_.members.end()) return refuse("there is no such member");
    if (!recovers(member->second, replace.recovery_signature, recovery_message(replace)))
      return refuse("only the paper key replaces itself");
    return from({helpers(member->second)});
  }
  Judged operator()(const Suspend& suspend) const {
    KITH_CHECK(about(suspend.member, suspend.cuts));
    if (suspend.member == actor_) return refuse("nobody suspends themselves");
    const Role role = state_.members.at(suspend.member).role;
    if (role == Role::leader) return from({trustees(suspend.member)});
    Ways found{trustees(suspend.member), leader()};
    if (peer()) found.push_back({kCo, 2, false, others(suspend.member), {}});
    if (role == Role::member || role == Role::secretary) found.push_back(co());
    return from(std::move(found));
  }
  Judged operator()(const Remove& remove) const {
    KITH_CHECK(about(remove.member, remove.cuts));
    if (state_.members.at(remove.member).role == Role::leader) return from({trustees(remove.member)});
    return from({trustees(remove.member), leader()});
  }
  Judged operator()(const Demote& demote) const {
    KITH_CHECK(about(demote.member, demote.cuts));
    const Role role = state_.members.at(demote.member).role;
    if (role == Role::member) return refuse("this member has no rank");
    if (role == Role::leader) return from({trustees(demote.member)});
    return from({trustees(demote.member), leader()});
  }
  Judged operator()(const Unsuspend& unsuspend) const {
    if (unsuspend.suspends.empty()) return refuse("no suspension is named");
    for (const auto& id : unsuspend.suspends) {
      const auto suspension = state_.suspensions.find(id);
      if (suspension == state_.suspensions.end() || suspension->second.member != unsuspend.member)
        return refuse("there is no such suspension");
    }
    return from({trustees(unsuspend.member), leader()});
  }
  Judged operator()(const Promote& promote) const {
    const auto target = state_.members.find(promote.member);
    if (target == state_.members.end() || target->second.status != Status::active)
      return refuse("there is no such member");
    if (promote.role == Role::member) return refuse("a rank is taken away by a demotion");
    if (target->second.role == Role::leader) return refuse("this member leads already");
    if (peer() && promote.role != Role::secretary) return refuse("a peer group has no ranks");
    if (promote.role == Role::co_leader && with_role(Role::co_leader).size() >= kCoLeaders)
      return refuse("there are two co-leaders already");
    if (promote.role == Role::leader) {
      if (state_.mode == Mode::pair && with_role(Role::leader).size() >= 2)
        return refuse("there are two leaders already");
      if (!state_.trustees.empty()) return from({trustees({})});  // nobody hands a group over alone
    }
    return from({trustees({}), leader()});
  }
  Judged operator()(const Policy&) const { return from({trustees({}), leader()}); }
  Judged operator()(const AgreementAct& agreement) const {
    std::uint32_t newest = 0;
    for (const auto& [id, other] : state_.agreements) newest = std::max(newest, other.version.version);
    if (agreement.version != newest + 1) return refuse("an agreement has the next version");
    return from({trustees({}), leader()});
  }
  Judged operator()(const ResolveInvite& resolve) const {
    const auto invite = state_.invites.find(resolve.invite);
    if (invite == state_.invites.end() || invite->second.admits.size() < 2)
      return refuse("this invitation was not used twice");
    if (std::ranges::find(invite->second.admits, resolve.keep) == invite->second.admits.end())
      return refuse("this admission is not of that invitation");
    return from({trustees({}), leader()});
  }
  Judged operator()(const Session& session) const {
    if (session.open ? session.number != state_.sessions + 1
                     : session.number != state_.sessions || !state_.session_open)
      return refuse("a session has the next number");
    if (peer() || self_.role == Role::secretary) return self(kMember);
    return from({leader(), co()});
  }
  Judged operator()(const ForkEvidence& fork) const {
    KITH_TRY(const auto first, mail::parse_signed_header(fork.first));
    KITH_TRY(const auto second, mail::parse_signed_header(fork.second));
    const auto* device = state_.device(first.header.device);
    if (device == nullptr || second.header.device != device->id || first.header.seq != second.header.seq ||
        first.header.group != state_.group || second.header.group != state_.group ||
        first.link == second.link || !first.verify(device->sign) || !second.verify(device->sign))
      return refuse("this is no evidence of a fork");
    if (device->forked_at && *device->forked_at <= first.header.seq) return refuse("this fork is known");
    return self(kSelf);
  }

 private:
  bool peer() const { return state_.mode == Mode::peer; }
  std::vector<MemberId> active() const {
    std::vector<MemberId> found;
    for (const auto& [id, member] : state_.members)
      if (member.status == Status::active) found.push_back(id);
    return found;
  }
  std::vector<MemberId> others(const std::optional<MemberId>& but) const {
    auto found = active();
    if (but) std::erase(found, *but);
    return found;
  }
  std::vector<MemberId> with_role(Role role) const {
    auto found = active();
    std::erase_if(found, [&](const MemberId& id) { return state_.members.at(id).role != role; });
    return found;
  }
  std::size_t devices() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(state_.devices, [](const auto& entry) { return !entry.second.revoked; }));
  }

  Way own() const { return {kOwn, 1, false, {actor_}, {}}; }
  Judged self(int by_class) const { return Ways{{by_class, 1, false, {actor_}, {}}}; }
  Way leader() const {
    const auto leaders = with_role(Role::leader);
    if (peer() || self_.role != Role::leader) return none();
    if (state_.mode == Mode::pair) return {kLeader, leaders.size(), true, leaders, {}};
    return {kLeader, 1, true, {actor_}, {}};
  }
  Way co() const {
    const Role rank = state_.mode == Mode::pair ? Role::leader : Role::co_leader;
    if (peer() || self_.role != rank) return none();
    return {kCo, 1, true, {actor_}, {}};
  }
  // Class 4: the named stand-ins; among peers more than half of everyone but the target.
  Way trustees(const std::optional<MemberId>& target) const {
    if (peer()) {
      auto members = others(target);
      return {kTrustee, members.size() / 2 + 1, false, std::move(members), {}};
    }
    Way way{kTrustee, state_.threshold, false, {}, {}};
    for (const auto& trustee : state_.trustees) {
      if (trustee.outsider) way.outsiders.push_back(*trustee.outsider);
      if (trustee.member && state_.active(*trustee.member)) way.members.push_back(*trustee.member);
    }
    return way.need == 0 ? none() : way;
  }
  // Class 6: who stands beside the paper key, so that stolen paper alone enrols nobody.
  Way helpers(const MemberState& member) const {
    Way way = trustees(member.id);
    way.by_class = kRecovery;
    if (peer()) return way;
    if (member.role == Role::leader) {
      way.need = std::min<std::size_t>(way.need, 1);
      return way;
    }
    way = {kRecovery, 1, true, with_role(Role::leader), {}};
    for (const auto& id : with_role(Role::co_leader)) way.members.push_back(id);
    return way;
  }
  static Way none() { return {-1, 0, false, {}, {}}; }
  static Judged from(Ways found) {
    std::erase_if(found, [](const Way& way) { return way.need == 0; });
    std::ranges::stable_sort(found, std::greater(), &Way::by_class);
    if (found.empty()) return refuse("this needs an authority that the author does not have");
    return found;
  }

  Result<JoinBody> join_of(const JoinRecord& record, const std::optional<InvitePk>& invite) const {
    if (at_.joins == nullptr || at_.joins->empty()) return check_join(record, state_.group, invite);
    const JoinBody& join = at_.joins->front();
    KITH_CHECK(check_invitation(join, record, state_.group, invite));
    return join;
  }
  bool recovers(const MemberState& member, const std::optional<Signature>& signature,
                const Bytes& message) const {
    if (!member.recovery || !signature) return false;
    const SignPk key = *SignPk::parse(member.recovery->view());
    return crypto::verify(key, "recovery", state_.group, message, *signature);
  }
  Result<void> covers(const DeviceId& device, const Cut* cut) const {
    if (at_.seen == nullptr) return {};
    const auto seen = at_.seen->find(device);
    if (seen == at_.seen->end()) return {};
    if (cut == nullptr || !cut->seq || *cut->seq < seen->second)
      return fail(Errc::refused, "a cut covers everything its author has seen");
    return {};
  }
  Result<void> about(const MemberId& id, const std::vector<Cut>& cuts) const {
    const auto member = state_.members.find(id);
    // Who left on one device may go on with another.
    if (member == state_.members.end() || member->second.status == Status::removed)
      return fail(Errc::refused, "there is no such member");
    for (const auto& cut : cuts)
      if (std::ranges::find(member->second.devices, cut.device) == member->second.devices.end())
        return fail(Errc::refused, "a cut names a device of somebody else");
    for (const auto& device : member->second.devices) {
      const auto cut = std::ranges::find(cuts, device, &Cut::device);
      KITH_CHECK(covers(device, cut == cuts.end() ? nullptr : &*cut));
    }
    return {};
  }

  const State& state_;
  const MemberId& actor_;
  const Circumstances& at_;
  const MemberState& self_;
};

bool about_oneself(const Act& act) {
  return std::holds_alternative<Leave>(act) || std::holds_alternative<StepBack>(act) ||
         std::holds_alternative<LeaveNotice>(act);
}

// The author's own standing, before any rule of the act.
Result<void> standing(const State& state, const MemberId& actor, const Act& act, const Circumstances& at) {
  const auto member = state.members.find(actor);
  if (member == state.members.end()) return fail(Errc::refused, "the author is not a member");
  const auto& self = member->second;
  const bool waits = self.status == Status::suspended || self.status == Status::on_hold;
  if (self.status != Status::active && !(waits && about_oneself(act)))
    return fail(Errc::refused, "the author is not an active member");
  if (at.device) {
    const auto* device = state.device(*at.device);
    if (device == nullptr || device->member != actor)
      return fail(Errc::refused, "the device is not enrolled");
    // A thief who revokes first must not be safe from the owner's other devices.
    const unsigned own_only = std::holds_alternative<DeviceRevoke>(act) ? 1U << kOwn : 0U;
    if ((device->revoked_by & ~own_only) != 0) return fail(Errc::refused, "the device is revoked");
  }
  const bool plain = state.mode != Mode::peer && (self.role == Role::member || self.role == Role::secretary);
  const bool day_is_full = counts_in_day(act) && at.acts_that_day >= kPlainActs;
  if (plain && !about_oneself(act) && (at.body_size > kPlainBody || day_is_full))
    return fail(Errc::refused, "a member writes at most 16 acts of 4 KiB a day");
  return {};
}

}  // namespace

Result<std::vector<Way>> ways(const State& past, const MemberId& actor, const Act& act,
                              const Circumstances& at) {
  KITH_CHECK(standing(past, actor, act, at));
  return std::visit(Judge(past, actor, at), act);
}

bool protective(const Act& act) {
  return std::holds_alternative<Remove>(act) || std::holds_alternative<Suspend>(act) ||
         std::holds_alternative<Demote>(act) || std::holds_alternative<DeviceRevoke>(act) ||
         std::holds_alternative<Leave>(act);
}

bool counts_in_day(const Act& act) { return !std::holds_alternative<ForkEvidence>(act); }

bool keys_are_new(const State& state, const JoinBody& join) {
  return std::ranges::none_of(state.devices, [&](const auto& entry) {
    return entry.second.sign == join.sign || entry.second.dh == join.dh;
  });
}

Result<void> may(const State& state, const MemberId& actor, const Act& act,
                 std::span<const MemberId> endorsed_by, const std::optional<DeviceId>& device) {
  KITH_TRY(const auto found, ways(state, actor, act, {.device = device}));
  for (const auto& way : found) {
    const auto signed_it = [&](const MemberId& id) {
      return id == actor || std::ranges::find(endorsed_by, id) != endorsed_by.end();
    };
    if (static_cast<std::size_t>(std::ranges::count_if(way.members, signed_it)) >= way.need) return {};
  }
  return fail(Errc::refused, "more members must endorse this first");
}

}  // namespace kith::group
