#include "core/group/acts.h"
#include "core/group/wire.h"
#include "crypto/hash.h"
#include "proto/control.pb.h"

namespace kith::group {
namespace {

void put(const JoinRecord& join, proto::JoinRecord& wire) {
  wire.set_join_body(std::string(as_text(join.body)));
  wire.set_device_signature(join.device_signature.str());
  if (join.invite_signature) wire.set_invite_signature(join.invite_signature->str());
}
void put(const Trustee& trustee, proto::Trustee& wire) {
  if (trustee.member) wire.set_member_id(trustee.member->str());
  if (trustee.outsider) wire.set_sign_pk(trustee.outsider->str());
}
void put(const Cut& cut, proto::Cut& wire) {
  wire.set_device_id(cut.device.str());
  wire.set_empty(!cut.seq);
  if (!cut.seq) return;
  wire.set_seq(*cut.seq);
  wire.set_link(cut.link.str());
}
void put_cuts(const MemberId& member, const std::vector<Cut>& cuts, auto& wire) {
  wire.set_member_id(member.str());
  for (const auto& cut : cuts) put(cut, *wire.add_cuts());
}

// One overload for each act.
struct Writer {
  proto::Act& act;

  void operator()(const Genesis& genesis) const {
    auto& wire = *act.mutable_genesis();
    wire.set_random(std::string(as_text(genesis.random)));
    wire.set_mode(static_cast<proto::Mode>(genesis.mode));
    for (const auto& founder : genesis.founders) {
      auto& to = *wire.add_founders();
      put(founder.join, *to.mutable_join());
      to.set_role(static_cast<proto::Role>(founder.role));
    }
    for (const auto& trustee : genesis.trustees) put(trustee, *wire.add_trustees());
    wire.set_threshold(genesis.threshold);
    wire.set_agreement_hash(Digest::zero().str());
    wire.set_min_suite(genesis.min_suite);
    wire.set_retention_days(genesis.retention_days);
    if (genesis.day) wire.set_day(number(*genesis.day));
  }
  void operator()(const Invite& invite) const {
    auto& wire = *act.mutable_invite();
    wire.set_invite_pk(invite.invite.str());
    wire.set_expires_day(number(invite.expires));
    wire.set_role(static_cast<proto::Role>(invite.role));
  }
  void operator()(const Admit& admit) const {
    act.mutable_admit()->set_invite_id(admit.invite.str());
    put(admit.join, *act.mutable_admit()->mutable_join());
  }
  void operator()(const Endorse& endorse) const { act.mutable_endorse()->set_act_hash(endorse.act.str()); }
  void operator()(const Agree& agree) const {
    auto& wire = *act.mutable_agree();
    wire.set_agreement_event(agree.agreement.str());
    wire.set_text_hash(agree.text.str());
    wire.set_state_digest(agree.state.str());
  }
  void operator()(const DeviceAdd& add) const {
    auto& wire = *act.mutable_device_add();
    put(add.join, *wire.mutable_join());
    wire.set_member_id(add.member.str());
    if (add.recovery_signature) wire.set_recovery_signature(add.recovery_signature->str());
    if (add.old_signature) wire.set_old_signature(add.old_signature->str());
  }
  void operator()(const DeviceRevoke& revoke) const {
    auto& wire = *act.mutable_device_revoke();
    wire.set_device_id(revoke.device.str());
    put(revoke.cut, *wire.mutable_cut());
    if (revoke.recovery_signature) wire.set_recovery_signature(revoke.recovery_signature->str());
  }
  void operator()(const RecoveryReplace& replace) const {
    auto& wire = *act.mutable_recovery_replace();
    wire.set_recovery_pk(replace.recovery.str());
    wire.set_member_id(replace.member.str());
    if (replace.recovery_signature) wire.set_recovery_signature(replace.recovery_signature->str());
  }
  void operator()(const Suspend& suspend) const {
    put_cuts(suspend.member, suspend.cuts, *act.mutable_suspend());
  }
  void operator()(const Remove& remove) const { put_cuts(remove.member, remove.cuts, *act.mutable_remove()); }
  void operator()(const Demote& demote) const { put_cuts(demote.member, demote.cuts, *act.mutable_demote()); }
  void operator()(const Unsuspend& unsuspend) const {
    auto& wire = *act.mutable_unsuspend();
    wire.set_member_id(unsuspend.member.str());
    for (const auto& id : unsuspend.suspends) wire.add_suspend_ids(id.str());
    for (const auto& resume : unsuspend.resume) {
      auto& to = *wire.add_resume();
      to.set_device_id(resume.device.str());
      to.set_seq(resume.seq);
    }
  }
  void operator()(const Promote& promote) const {
    act.mutable_promote()->set_member_id(promote.member.str());
    act.mutable_promote()->set_role(static_cast<proto::Role>(promote.role));
  }
  void operator()(const Policy& policy) const {
    auto& wire = *act.mutable_policy();
    for (const auto& trustee : policy.trustees) put(trustee, *wire.add_trustees());
    wire.set_threshold(policy.threshold);
    wire.set_min_suite(policy.min_suite);
    wire.set_retention_days(policy.retention_days);
  }
  void operator()(const AgreementAct& agreement) const {
    act.mutable_agreement()->set_version(agreement.version);
    act.mutable_agreement()->set_text_hash(agreement.text.str());
  }
  void operator()(const ResolveInvite& resolve) const {
    act.mutable_resolve_invite()->set_invite_id(resolve.invite.str());
    act.mutable_resolve_invite()->set_keep(resolve.keep.str());
  }
  void operator()(const Session& session) const {
    act.mutable_session()->set_number(session.number);
    act.mutable_session()->set_open(session.open);
  }
  void operator()(const LeaveNotice& notice) const {
    act.mutable_leave_notice()->set_day(number(notice.day));
  }
  void operator()(const StepBack&) const { act.mutable_step_back(); }
  void operator()(const Return&) const { act.mutable_return_(); }
  void operator()(const Leave&) const { act.mutable_leave(); }
  void operator()(const ForkEvidence& fork) const {
    act.mutable_fork()->set_first(std::string(as_text(fork.first)));
    act.mutable_fork()->set_second(std::string(as_text(fork.second)));
  }
  void operator()(const UnknownAct&) const { KITH_ASSERT(false); }  // of a newer kith: never written here
};

proto::Act wire_of(const Act& act) {
  proto::Act wire;
  std::visit(Writer{wire}, act);
  return wire;
}

}  // namespace

Digest act_hash_of(const Act& act) { return crypto::H("kith1.act", {bytes_of(wire_of(act))}); }

Bytes encode(const ControlBody& body) {
  proto::ControlBody wire;
  for (const auto& dep : body.deps) wire.add_deps(dep.str());
  *wire.mutable_act() = wire_of(body.act);
  return bytes_of(wire);
}

Bytes encode(const DeviceBody& body) {
  proto::DeviceBody wire;
  for (const auto& dep : body.deps) wire.add_deps(dep.str());
  wire.mutable_prekey()->set_pk(body.prekey.pk.str());
  wire.mutable_prekey()->set_number(body.prekey.number);
  wire.set_link_pk(body.link.str());
  for (const auto& address : body.addresses) address_to(address, *wire.add_addresses());
  for (const auto& mark : body.checkpoint) {
    auto& to = *wire.add_checkpoint();
    to.set_device_id(mark.device.str());
    to.set_seq(mark.seq);
    to.set_link(std::string(as_text(mark.link)));
  }
  wire.set_ctl_digest(body.ctl_digest.str());
  wire.set_state_digest(body.state_digest.str());
  return bytes_of(wire);
}

}  // namespace kith::group
