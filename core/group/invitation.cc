#include "core/group/invitation.h"

#include "core/base/endian.h"
#include "core/group/wire.h"
#include "crypto/hash.h"
#include "crypto/token.h"
#include "proto/control.pb.h"
#include "proto/invitation.pb.h"

namespace kith::group {
namespace {

constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kMaxFile = 256 * 1024;
constexpr std::size_t kMaxName = 64;
constexpr std::size_t kMaxText = 64 * 1024;
constexpr std::size_t kFields = 32;

crypto::SymmetricKey key_of(crypto::Label label, const crypto::InviteSecret& secret) {
  return crypto::H_key(label, {}, secret.reveal());
}

}  // namespace

std::string invite_code(const crypto::InviteSecret& secret) { return crypto::token_encode(secret.reveal()); }

Result<crypto::InviteSecret> parse_invite_code(std::string_view typed) {
  KITH_TRY(const Bytes bytes, crypto::token_decode(typed));
  return crypto::InviteSecret::copy_of(bytes);
}

Bytes encode(const Invitation& invitation, const Token& token, Code code) {
  proto::InvitationFile wire;
  wire.set_version(kVersion);
  wire.set_group_name(invitation.group_name);
  wire.set_welcome(invitation.welcome);
  wire.set_who_for(invitation.who_for);
  wire.set_agreement(std::string(as_text(invitation.agreement)));
  auto& place = *wire.mutable_token();
  place.set_version(kVersion);
  place.set_group_id(token.group.str());
  place.set_inviter_device(token.inviter.str());
  if (code == Code::inside) place.set_secret(std::string(as_text(token.secret.reveal())));
  place.set_expires_day(number(token.expires));
  for (const auto& address : token.addresses) address_to(address, *place.add_addresses());
  place.set_invite_pk(std::string(as_text(invite_keys(token.secret).sign.pk.view())));
  return bytes_of(wire);
}

Result<OpenedInvitation> parse_invitation(ByteView file) {
  if (file.size() > kMaxFile) return fail(Errc::too_large, "an invitation is longer than 256 KiB");
  KITH_TRY(const auto fields, fields_of(file, kFields));
  for (const auto& field : fields)
    if (field.number == proto::InvitationFile::kTokenFieldNumber) KITH_CHECK(fields_of(field.bytes, kFields));
  proto::InvitationFile wire;
  KITH_CHECK(parse_into(wire, file));
  const auto& place = wire.token();
  if (wire.version() != kVersion || place.version() != kVersion)
    return fail(Errc::unsupported, "an invitation of another version");
  if (wire.group_name().size() > kMaxName || wire.welcome().size() > kMaxText ||
      wire.who_for().size() > kMaxText)
    return fail(Errc::too_large, "a text in an invitation is too long");
  if (static_cast<std::size_t>(place.addresses_size()) > mail::kMaxAddresses)
    return fail(Errc::malformed, "an invitation has too many addresses");
  KITH_TRY(const auto group, GroupId::parse(std::string_view(place.group_id())));
  KITH_TRY(const auto inviter, DeviceId::parse(std::string_view(place.inviter_device())));
  KITH_TRY(const auto invite, InvitePk::parse(std::string_view(place.invite_pk())));
  OpenedInvitation opened{
      {wire.group_name(), wire.welcome(), wire.who_for(), to_bytes(as_bytes(wire.agreement()))},
      group,
      inviter,
      invite,
      Day{place.expires_day()},
      {},
      {}};
  KITH_CHECK(parse_agreement(opened.invitation.agreement));
  for (const auto& each : place.addresses()) {
    KITH_TRY(auto address, address_from(each));
    opened.addresses.push_back(std::move(address));
  }
  if (place.secret().empty()) return opened;
  KITH_TRY(opened.secret, crypto::InviteSecret::copy_of(as_bytes(place.secret())));
  KITH_TRY([[maybe_unused]] const auto fits, token_of(opened, *opened.secret));
  return opened;
}

Result<Token> token_of(const OpenedInvitation& opened, const crypto::InviteSecret& secret) {
  if (!equal(invite_keys(secret).sign.pk.view(), opened.invite.view()))
    return fail(Errc::not_found, "this code belongs to another invitation");
  return Token{opened.group, opened.inviter, secret.clone(), opened.expires, opened.addresses};
}

InviteKeys invite_keys(const crypto::InviteSecret& secret) {
  auto sign_key = key_of("kith1.inv-sign", secret);
  auto seed = *crypto::SignSeed::copy_of(sign_key.reveal());
  const SignPk sign_pk = crypto::sign_public(seed);
  return {{sign_pk, std::move(seed)},
          crypto::link_keypair_from(key_of("kith1.door-srv", secret)),
          crypto::link_keypair_from(key_of("kith1.door-cli", secret))};
}

std::uint16_t door_port(const InviteKeys& keys) {
  constexpr std::uint32_t kFirst = 20000, kPorts = 12000;
  const auto drawn = read_little_endian<std::uint32_t>(keys.door_server.pk.view().first<4>());
  return static_cast<std::uint16_t>(kFirst + drawn % kPorts);
}

}  // namespace kith::group
