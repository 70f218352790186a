#include "core/group/acts.h"
#include "core/group/wire.h"
#include "crypto/agree.h"
#include "crypto/hash.h"
#include "crypto/sign.h"
#include "proto/control.pb.h"

namespace kith::group {
namespace {

// How many fields each act has, by its number; an act with further ones is of a newer kith.
constexpr std::array<std::uint32_t, 23> kFieldsOfAct = {0, 9, 3, 2, 1, 3, 4, 3, 3, 2, 2, 2,
                                                        3, 2, 4, 2, 2, 2, 1, 0, 0, 0, 2};
constexpr std::size_t kMaxSuspends = 64;
constexpr std::size_t kMaxActFields = 160;  // a policy with 64 trustees, a checkpoint is counted on its own
constexpr std::size_t kMaxDeviceFields = kMaxDeps + mail::kMaxAddresses + kMaxDevices + 8;

template <class Fixed>
Result<Fixed> fixed(const std::string& wire) {
  return Fixed::parse(std::string_view(wire));
}
template <class Fixed>
Result<std::optional<Fixed>> optional_fixed(const std::string& wire) {
  if (wire.empty()) return std::optional<Fixed>();
  KITH_TRY(Fixed value, fixed<Fixed>(wire));
  return std::optional<Fixed>(value);
}
Result<void> at_most(int count, std::size_t limit) {
  if (static_cast<std::size_t>(count) > limit) return fail(Errc::malformed, "a list is too long");
  return {};
}
template <class Fixed, class Wire>
Result<std::vector<Fixed>> ascending(const Wire& wire, std::size_t limit) {
  KITH_CHECK(at_most(wire.size(), limit));
  std::vector<Fixed> values;
  for (const auto& each : wire) {
    KITH_TRY(Fixed value, fixed<Fixed>(each));
    if (!values.empty() && values.back() >= value) return fail(Errc::malformed, "a list is not in order");
    values.push_back(value);
  }
  return values;
}
Result<Role> role_from(int wire) {
  if (wire < 1 || wire > 4) return fail(Errc::malformed, "a role is not known");
  return static_cast<Role>(wire);
}
Result<JoinRecord> join_from(const proto::JoinRecord& wire) {
  KITH_TRY(auto device, fixed<Signature>(wire.device_signature()));
  KITH_TRY(auto invite, optional_fixed<Signature>(wire.invite_signature()));
  JoinRecord record{to_bytes(as_bytes(wire.join_body())), device, invite};
  KITH_CHECK(parse_join(record.body));
  return record;
}
Result<std::vector<Trustee>> trustees_from(const auto& wire, std::uint32_t threshold) {
  KITH_CHECK(at_most(wire.size(), kMaxMembers));
  std::vector<Trustee> trustees;
  for (const auto& each : wire) {
    KITH_TRY(auto member, optional_fixed<MemberId>(each.member_id()));
    KITH_TRY(auto outsider, optional_fixed<SignPk>(each.sign_pk()));
    if (member.has_value() == outsider.has_value())
      return fail(Errc::malformed, "a trustee is a member or an outsider");
    if (outsider) KITH_CHECK(crypto::check_sign_pk(*outsider));
    for (const auto& other : trustees)
      if (other.member == member && other.outsider == outsider)
        return fail(Errc::malformed, "a trustee is named twice");
    trustees.push_back({member, outsider});
  }
  if (threshold > trustees.size() || (threshold == 0) != trustees.empty())
    return fail(Errc::malformed, "the number of trustees needed makes no sense");
  return trustees;
}
Result<Cut> cut_from(const proto::Cut& wire) {
  KITH_TRY(auto device, fixed<DeviceId>(wire.device_id()));
  if (wire.empty()) {
    if (wire.seq() != 0 || !wire.link().empty()) return fail(Errc::malformed, "an empty cut names an event");
    return Cut{device, std::nullopt, Link::zero()};
  }
  KITH_TRY(auto link, fixed<Link>(wire.link()));
  return Cut{device, wire.seq(), link};
}
template <class CutAct>
Result<CutAct> cut_act(const auto& wire) {
  KITH_CHECK(at_most(wire.cuts_size(), kMaxLifetimeDevices));
  KITH_TRY(auto member, fixed<MemberId>(wire.member_id()));
  CutAct act{member, {}};
  for (const auto& each : wire.cuts()) {
    KITH_TRY(Cut cut, cut_from(each));
    if (!act.cuts.empty() && act.cuts.back().device >= cut.device)
      return fail(Errc::malformed, "cuts are not in order");
    act.cuts.push_back(cut);
  }
  return act;
}

// A term of no days, or of more than a lifetime of the group, is somebody's mistake or a way to erase.
Result<std::uint32_t> retention_from(std::uint32_t days) {
  if (days == 0 || days > kMaxRetentionDays)
    return fail(Errc::malformed, "a term is between a day and ten years");
  return days;
}

Result<Act> read(const proto::Genesis& wire) {
  Genesis genesis;
  if (wire.random().size() != genesis.random.size()) return fail(Errc::malformed, "a genesis has no random");
  std::ranges::copy(as_bytes(wire.random()), genesis.random.begin());
  if (wire.mode() < 1 || wire.mode() > 3) return fail(Errc::malformed, "a group mode is not known");
  genesis.mode = static_cast<Mode>(wire.mode());
  if (wire.founders_size() != (genesis.mode == Mode::pair ? 2 : 1))
    return fail(Errc::malformed, "a group has the wrong number of founders");
  const Role rank = genesis.mode == Mode::peer ? Role::member : Role::leader;
  for (const auto& each : wire.founders()) {
    KITH_TRY(auto join, join_from(each.join()));
    KITH_TRY(auto role, role_from(each.role()));
    if (role != rank) return fail(Errc::malformed, "a founder has the wrong role");
    genesis.founders.push_back({std::move(join), role});
  }
  KITH_TRY(genesis.trustees, trustees_from(wire.trustees(), wire.threshold()));
  KITH_TRY(const Digest agreement, fixed<Digest>(wire.agreement_hash()));
  if (!agreement.is_zero()) return fail(Errc::malformed, "a genesis names an agreement");
  genesis.threshold = wire.threshold();
  genesis.min_suite = wire.min_suite();
  KITH_TRY(genesis.retention_days, retention_from(wire.retention_days()));
  if (wire.day() != 0) genesis.day = Day{wire.day()};
  return genesis;
}
Result<Act> read(const proto::Invite& wire) {
  KITH_TRY(auto invite, fixed<InvitePk>(wire.invite_pk()));
  KITH_CHECK(crypto::check_sign_pk(*SignPk::parse(invite.view())));
  KITH_TRY(auto role, role_from(wire.role()));
  return Invite{invite, Day{wire.expires_day()}, role};
}
Result<Act> read(const proto::Admit& wire) {
  KITH_TRY(auto invite, fixed<EventId>(wire.invite_id()));
  KITH_TRY(auto join, join_from(wire.join()));
  return Admit{invite, std::move(join)};
}
Result<Act> read(const proto::Endorse& wire) {
  KITH_TRY(auto act, fixed<Digest>(wire.act_hash()));
  return Endorse{act};
}
Result<Act> read(const proto::Agree& wire) {
  KITH_TRY(auto agreement, fixed<EventId>(wire.agreement_event()));
  KITH_TRY(auto text, fixed<Digest>(wire.text_hash()));
  KITH_TRY(auto state, fixed<Digest>(wire.state_digest()));
  return Agree{agreement, text, state};
}
Result<Act> read(const proto::DeviceAdd& wire) {
  KITH_TRY(auto join, join_from(wire.join()));
  KITH_TRY(auto member, fixed<MemberId>(wire.member_id()));
  KITH_TRY(auto recovery, optional_fixed<Signature>(wire.recovery_signature()));
  KITH_TRY(auto old, optional_fixed<Signature>(wire.old_signature()));
  return DeviceAdd{std::move(join), member, recovery, old};
}
Result<Act> read(const proto::DeviceRevoke& wire) {
  KITH_TRY(auto device, fixed<DeviceId>(wire.device_id()));
  KITH_TRY(auto cut, cut_from(wire.cut()));
  if (cut.device != device) return fail(Errc::malformed, "a revocation cuts another device");
  KITH_TRY(auto recovery, optional_fixed<Signature>(wire.recovery_signature()));
  return DeviceRevoke{device, cut, recovery};
}
Result<Act> read(const proto::RecoveryReplace& wire) {
  KITH_TRY(auto recovery, fixed<RecoveryPk>(wire.recovery_pk()));
  KITH_CHECK(crypto::check_sign_pk(*SignPk::parse(recovery.view())));
  KITH_TRY(auto member, fixed<MemberId>(wire.member_id()));
  KITH_TRY(auto signature, optional_fixed<Signature>(wire.recovery_signature()));
  return RecoveryReplace{recovery, member, signature};
}
Result<Act> read(const proto::Suspend& wire) { return cut_act<Suspend>(wire); }
Result<Act> read(const proto::Remove& wire) { return cut_act<Remove>(wire); }
Result<Act> read(const proto::Demote& wire) { return cut_act<Demote>(wire); }
Result<Act> read(const proto::Unsuspend& wire) {
  KITH_TRY(auto member, fixed<MemberId>(wire.member_id()));
  KITH_TRY(auto suspends, ascending<EventId>(wire.suspend_ids(), kMaxSuspends));
  KITH_CHECK(at_most(wire.resume_size(), kMaxLifetimeDevices));
  Unsuspend act{member, std::move(suspends), {}};
  for (const auto& each : wire.resume()) {
    KITH_TRY(auto device, fixed<DeviceId>(each.device_id()));
    if (!act.resume.empty() && act.resume.back().device >= device)
      return fail(Errc::malformed, "resumptions are not in order");
    act.resume.push_back({device, each.seq()});
  }
  return act;
}
Result<Act> read(const proto::Promote& wire) {
  KITH_TRY(auto member, fixed<MemberId>(wire.member_id()));
  KITH_TRY(auto role, role_from(wire.role()));
  return Promote{member, role};
}
Result<Act> read(const proto::Policy& wire) {
  KITH_TRY(auto trustees, trustees_from(wire.trustees(), wire.threshold()));
  KITH_TRY(const auto retention, retention_from(wire.retention_days()));
  return Policy{std::move(trustees), wire.threshold(), wire.min_suite(), retention};
}
Result<Act> read(const proto::Agreement& wire) {
  KITH_TRY(auto text, fixed<Digest>(wire.text_hash()));
  if (wire.version() == 0) return fail(Errc::malformed, "an agreement has no version");
  return AgreementAct{wire.version(), text};
}
Result<Act> read(const proto::ResolveInvite& wire) {
  KITH_TRY(auto invite, fixed<EventId>(wire.invite_id()));
  KITH_TRY(auto keep, fixed<EventId>(wire.keep()));
  return ResolveInvite{invite, keep};
}
Result<Act> read(const proto::Session& wire) { return Session{wire.number(), wire.open()}; }
Result<Act> read(const proto::LeaveNotice& wire) { return LeaveNotice{Day{wire.day()}}; }
Result<Act> read(const proto::StepBack&) { return StepBack{}; }
Result<Act> read(const proto::Return&) { return Return{}; }
Result<Act> read(const proto::Leave&) { return Leave{}; }
Result<Act> read(const proto::Fork& wire) {
  if (wire.first().size() != mail::kSignedSize || wire.second().size() != mail::kSignedSize)
    return fail(Errc::malformed, "fork evidence has the wrong size");
  return ForkEvidence{to_bytes(as_bytes(wire.first())), to_bytes(as_bytes(wire.second()))};
}

Result<Act> act_from(const proto::Act& wire) {
  switch (wire.kind_case()) {
    case proto::Act::kGenesis:
      return read(wire.genesis());
    case proto::Act::kInvite:
      return read(wire.invite());
    case proto::Act::kAdmit:
      return read(wire.admit());
    case proto::Act::kEndorse:
      return read(wire.endorse());
    case proto::Act::kAgree:
      return read(wire.agree());
    case proto::Act::kDeviceAdd:
      return read(wire.device_add());
    case proto::Act::kDeviceRevoke:
      return read(wire.device_revoke());
    case proto::Act::kRecoveryReplace:
      return read(wire.recovery_replace());
    case proto::Act::kSuspend:
      return read(wire.suspend());
    case proto::Act::kRemove:
      return read(wire.remove());
    case proto::Act::kDemote:
      return read(wire.demote());
    case proto::Act::kUnsuspend:
      return read(wire.unsuspend());
    case proto::Act::kPromote:
      return read(wire.promote());
    case proto::Act::kPolicy:
      return read(wire.policy());
    case proto::Act::kAgreement:
      return read(wire.agreement());
    case proto::Act::kResolveInvite:
      return read(wire.resolve_invite());
    case proto::Act::kSession:
      return read(wire.session());
    case proto::Act::kLeaveNotice:
      return read(wire.leave_notice());
    case proto::Act::kStepBack:
      return read(wire.step_back());
    case proto::Act::kReturn:
      return read(wire.return_());
    case proto::Act::kLeave:
      return read(wire.leave());
    case proto::Act::kFork:
      return read(wire.fork());
    case proto::Act::KIND_NOT_SET:
      break;
  }
  return fail(Errc::malformed, "an act is missing");
}

}  // namespace

Result<ControlBody> parse_control(ByteView body) {
  if (body.size() > mail::kMaxBody) return fail(Errc::too_large, "a control body is above its limit");
  KITH_TRY(const auto top, fields_of(body, kMaxDeps + 1));
  const auto act_field = std::ranges::find(top, 2U, &Field::number);
  if (act_field == top.end() || std::ranges::count(top, 2U, &Field::number) != 1)
    return fail(Errc::malformed, "a control body has not one act");
  const ByteView act_bytes = act_field->bytes;
  KITH_TRY(const auto kind, fields_of(act_bytes, 1));
  if (kind.size() != 1) return fail(Errc::malformed, "an act is missing");
  KITH_TRY(const auto inner, fields_of(kind.front().bytes, kMaxActFields));
  const auto newest = std::ranges::max_element(inner, {}, &Field::number);
  const bool known = kind.front().number < kFieldsOfAct.size() &&
                     std::ranges::max_element(top, {}, &Field::number)->number <= 2 &&
                     (newest == inner.end() || newest->number <= kFieldsOfAct[kind.front().number]);

  proto::ControlBody wire;
  KITH_CHECK(parse_into(wire, body));
  KITH_TRY(auto deps, ascending<EventId>(wire.deps(), kMaxDeps));
  ControlBody parsed{std::move(deps), UnknownAct{}, crypto::H("kith1.act", {act_bytes})};
  if (!known) return parsed;  // of a newer kith: parked alone
  KITH_TRY(parsed.act, act_from(wire.act()));
  return parsed;
}

Result<DeviceBody> parse_device(ByteView body) {
  if (body.size() > mail::kMaxBody) return fail(Errc::too_large, "a device body is above its limit");
  KITH_CHECK(fields_of(body, kMaxDeviceFields));
  proto::DeviceBody wire;
  KITH_CHECK(parse_into(wire, body));
  KITH_TRY(auto deps, ascending<EventId>(wire.deps(), kMaxDeps));
  KITH_TRY(auto prekey, fixed<PrePk>(wire.prekey().pk()));
  KITH_CHECK(crypto::check_dh_pk(prekey.view()));
  KITH_TRY(auto link, fixed<LinkPk>(wire.link_pk()));
  KITH_CHECK(crypto::check_dh_pk(link.view()));
  KITH_TRY(auto ctl, fixed<Digest>(wire.ctl_digest()));
  KITH_TRY(auto state, fixed<Digest>(wire.state_digest()));
  DeviceBody parsed{std::move(deps), Prekey{prekey, wire.prekey().number()}, link, {}, {}, ctl, state};
  KITH_CHECK(at_most(wire.addresses_size(), mail::kMaxAddresses));
  for (const auto& each : wire.addresses()) {
    KITH_TRY(auto address, address_from(each));
    parsed.addresses.push_back(std::move(address));
  }
  KITH_CHECK(at_most(wire.checkpoint_size(), kMaxDevices));
  for (const auto& each : wire.checkpoint()) {
    KITH_TRY(auto device, fixed<DeviceId>(each.device_id()));
    Mark mark{device, each.seq(), {}};
    if (each.link().size() != mark.link.size()) return fail(Errc::malformed, "a mark has the wrong size");
    std::ranges::copy(as_bytes(each.link()), mark.link.begin());
    if (!parsed.checkpoint.empty() && parsed.checkpoint.back().device >= device)
      return fail(Errc::malformed, "a checkpoint is not in order");
    parsed.checkpoint.push_back(mark);
  }
  return parsed;
}

}  // namespace kith::group
