// What a device says of itself when it enrols, and whether it may be believed.
#include "core/base/endian.h"
#include "core/group/acts.h"
#include "core/group/wire.h"
#include "crypto/agree.h"
#include "crypto/sign.h"
#include "proto/control.pb.h"

namespace kith::group {
namespace {

constexpr std::size_t kMaxJoin = 4096;
constexpr std::uint32_t kLastJoinField = 8;
constexpr std::size_t kJoinFields = 7 + mail::kMaxAddresses;

template <class Fixed>
Result<std::optional<Fixed>> optional_from(const std::string& wire) {
  if (wire.empty()) return std::optional<Fixed>();
  KITH_TRY(Fixed value, Fixed::parse(std::string_view(wire)));
  return std::optional<Fixed>(value);
}

Result<void> check_signer(const auto& key) {
  KITH_TRY(const SignPk pk, SignPk::parse(key.view()));
  return crypto::check_sign_pk(pk);
}

Result<void> check_keys(const JoinBody& join) {
  KITH_CHECK(check_signer(join.sign));
  KITH_CHECK(crypto::check_dh_pk(join.dh.view()));
  KITH_CHECK(crypto::check_dh_pk(join.link.view()));
  KITH_CHECK(crypto::check_dh_pk(join.prekey.pk.view()));
  if (join.invite) KITH_CHECK(check_signer(*join.invite));
  if (join.recovery) KITH_CHECK(check_signer(*join.recovery));
  return {};
}

}  // namespace

Bytes encode(const JoinBody& join) {
  proto::JoinBody wire;
  if (join.invite) wire.set_invite_pk(join.invite->str());
  if (join.group) wire.set_group_id(join.group->str());
  wire.set_sign_pk(join.sign.str());
  wire.set_dh_pk(join.dh.str());
  wire.set_link_pk(join.link.str());
  wire.mutable_prekey()->set_pk(join.prekey.pk.str());
  wire.mutable_prekey()->set_number(join.prekey.number);
  if (join.recovery) wire.set_recovery_pk(join.recovery->str());
  for (const auto& address : join.addresses) address_to(address, *wire.add_addresses());
  return bytes_of(wire);
}

Result<JoinBody> parse_join(ByteView body) {
  if (body.size() > kMaxJoin) return fail(Errc::too_large, "a join record is above its limit");
  KITH_TRY(const auto fields, fields_of(body, kJoinFields));
  if (std::ranges::any_of(fields, [](const Field& field) { return field.number > kLastJoinField; }))
    return fail(Errc::malformed, "a join record has unknown fields");
  proto::JoinBody wire;
  KITH_CHECK(parse_into(wire, body));
  if (static_cast<std::size_t>(wire.addresses_size()) > mail::kMaxAddresses)
    return fail(Errc::malformed, "a join record has too many addresses");
  KITH_TRY(auto invite, optional_from<InvitePk>(wire.invite_pk()));
  KITH_TRY(auto group, optional_from<GroupId>(wire.group_id()));
  KITH_TRY(auto sign, SignPk::parse(std::string_view(wire.sign_pk())));
  KITH_TRY(auto dh, DhPk::parse(std::string_view(wire.dh_pk())));
  KITH_TRY(auto link, LinkPk::parse(std::string_view(wire.link_pk())));
  KITH_TRY(auto prekey, PrePk::parse(std::string_view(wire.prekey().pk())));
  KITH_TRY(auto recovery, optional_from<RecoveryPk>(wire.recovery_pk()));
  JoinBody join{invite, group, sign, dh, link, Prekey{prekey, wire.prekey().number()}, recovery, {}};
  for (const auto& address : wire.addresses()) {
    KITH_TRY(auto parsed, address_from(address));
    join.addresses.push_back(std::move(parsed));
  }
  KITH_CHECK(check_keys(join));
  return join;
}

Result<JoinBody> check_device_signature(const JoinRecord& record, const GroupId& group) {
  KITH_TRY(JoinBody join, parse_join(record.body));
  if (join.group && *join.group != group)
    return fail(Errc::unauthentic, "a join record is for another group");
  const GroupId scope = join.group.value_or(GroupId::zero());
  if (!crypto::verify(join.sign, "join", scope, record.body, record.device_signature))
    return fail(Errc::unauthentic, "a join record is not signed by its device");
  return join;
}

Result<void> check_invitation(const JoinBody& join, const JoinRecord& record, const GroupId& group,
                              const std::optional<InvitePk>& invite) {
  if (!invite) {
    if (join.invite || record.invite_signature)
      return fail(Errc::unauthentic, "a join record names an invitation");
    return {};
  }
  if (!join.group || join.invite != invite || !record.invite_signature)
    return fail(Errc::unauthentic, "a join record is for another invitation");
  KITH_TRY(const SignPk invite_key, SignPk::parse(invite->view()));
  if (!crypto::verify(invite_key, "invite-use", group, record.body, *record.invite_signature))
    return fail(Errc::unauthentic, "a join record is not signed by its invitation");
  return {};
}

Result<JoinBody> check_join(const JoinRecord& record, const GroupId& group,
                            const std::optional<InvitePk>& invite) {
  KITH_TRY(JoinBody join, check_device_signature(record, group));
  KITH_CHECK(check_invitation(join, record, group, invite));
  return join;
}

JoinRecord sign_join(const JoinBody& join, const crypto::SignSeed& device, const crypto::SignSeed* invite) {
  const GroupId scope = join.group.value_or(GroupId::zero());
  Bytes body = encode(join);
  const Signature by_device = crypto::sign(device, "join", scope, body);
  std::optional<Signature> by_invite;
  if (invite != nullptr) by_invite = crypto::sign(*invite, "invite-use", scope, body);
  return {std::move(body), by_device, by_invite};
}

namespace {

Bytes recovery_of(std::uint8_t act, std::initializer_list<ByteView> parts) {  // parts of fixed size
  Bytes message{act};
  for (const auto part : parts) append(message, part);
  return message;
}

}  // namespace

Bytes recovery_message(const DeviceAdd& add) { return recovery_of(6, {add.member.view(), add.join.body}); }
Bytes recovery_message(const DeviceRevoke& revoke) {
  const std::uint8_t empty = revoke.cut.seq ? 0 : 1;
  return recovery_of(
      7,
      {revoke.device.view(), {&empty, 1}, little_endian(revoke.cut.seq.value_or(0)), revoke.cut.link.view()});
}
Bytes recovery_message(const RecoveryReplace& replace) {
  return recovery_of(8, {replace.member.view(), replace.recovery.view()});
}

}  // namespace kith::group
