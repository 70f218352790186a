#include "core/group/invitation.h"

#include <ranges>

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
constexpr std::size_t kMaxToken = 600;
constexpr std::size_t kMaxName = 64;
constexpr std::size_t kMaxText = 64 * 1024;
constexpr std::size_t kFields = 32;
constexpr std::size_t kTokenAddresses = 4;  // so that a code is never too long to type

void put(const Token& token, proto::InvitationToken& wire) {
  wire.set_version(kVersion);
  wire.set_group_id(token.group.str());
  wire.set_inviter_device(token.inviter.str());
  wire.set_secret(std::string(as_text(token.secret.reveal())));
  wire.set_expires_day(number(token.expires));
  for (const auto& address : token.addresses | std::views::take(kTokenAddresses))
    address_to(address, *wire.add_addresses());
}

Result<Token> token_from(const proto::InvitationToken& wire) {
  if (wire.version() != kVersion) return fail(Errc::unsupported, "an invitation of another version");
  if (static_cast<std::size_t>(wire.addresses_size()) > mail::kMaxAddresses)
    return fail(Errc::malformed, "an invitation has too many addresses");
  KITH_TRY(auto group, GroupId::parse(std::string_view(wire.group_id())));
  KITH_TRY(auto inviter, DeviceId::parse(std::string_view(wire.inviter_device())));
  KITH_TRY(auto secret, crypto::InviteSecret::copy_of(as_bytes(wire.secret())));
  Token token{group, inviter, std::move(secret), Day{wire.expires_day()}, {}};
  for (const auto& each : wire.addresses()) {
    KITH_TRY(auto address, address_from(each));
    token.addresses.push_back(std::move(address));
  }
  return token;
}

crypto::SymmetricKey key_of(crypto::Label label, const crypto::InviteSecret& secret) {
  return crypto::H_key(label, {}, secret.reveal());
}

}  // namespace

Bytes encode(const Token& token) {
  proto::InvitationToken wire;
  put(token, wire);
  return bytes_of(wire);
}

Result<Token> parse_token(ByteView bytes) {
  if (bytes.size() > kMaxToken) return fail(Errc::too_large, "an invitation code is too long");
  KITH_CHECK(fields_of(bytes, kFields));
  proto::InvitationToken wire;
  KITH_CHECK(parse_into(wire, bytes));
  return token_from(wire);
}

std::string token_code(const Token& token) { return crypto::token_encode(encode(token)); }

Result<Token> parse_token_code(std::string_view typed) {
  KITH_TRY(const Bytes bytes, crypto::token_decode(typed));
  return parse_token(bytes);
}

Bytes encode(const Invitation& invitation, const Token* token) {
  proto::InvitationFile wire;
  wire.set_version(kVersion);
  wire.set_group_name(invitation.group_name);
  wire.set_welcome(invitation.welcome);
  wire.set_who_for(invitation.who_for);
  wire.set_agreement(std::string(as_text(invitation.agreement)));
  if (token != nullptr) put(*token, *wire.mutable_token());
  return bytes_of(wire);
}

Result<OpenedInvitation> parse_invitation(ByteView file) {
  if (file.size() > kMaxFile) return fail(Errc::too_large, "an invitation is longer than 256 KiB");
  KITH_TRY(const auto fields, fields_of(file, kFields));
  for (const auto& field : fields)
    if (field.number == proto::InvitationFile::kTokenFieldNumber) KITH_CHECK(fields_of(field.bytes, kFields));
  proto::InvitationFile wire;
  KITH_CHECK(parse_into(wire, file));
  if (wire.version() != kVersion) return fail(Errc::unsupported, "an invitation of another version");
  if (wire.group_name().size() > kMaxName || wire.welcome().size() > kMaxText ||
      wire.who_for().size() > kMaxText)
    return fail(Errc::too_large, "a text in an invitation is too long");
  OpenedInvitation opened{
      {wire.group_name(), wire.welcome(), wire.who_for(), to_bytes(as_bytes(wire.agreement()))}, {}};
  KITH_CHECK(parse_agreement(opened.invitation.agreement));
  if (wire.has_token()) {
    KITH_TRY(auto token, token_from(wire.token()));
    opened.token = std::move(token);
  }
  return opened;
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
  constexpr std::uint32_t kFirst = 20000, kPorts = 40000;
  const auto drawn = read_little_endian<std::uint32_t>(keys.door_server.pk.view().first<4>());
  return static_cast<std::uint16_t>(kFirst + drawn % kPorts);
}

}  // namespace kith::group
