// Invitation file (welcome, who it is for, limits, the whole agreement, where to knock) and typed code (only
// the key).
#pragma once

#include "core/group/agreement.h"
#include "crypto/agree.h"
#include "crypto/sign.h"

namespace kith::group {

struct Token {
  GroupId group;
  DeviceId inviter;
  crypto::InviteSecret secret;
  Day expires;
  std::vector<mail::Address> addresses;
};
struct Invitation {
  std::string group_name, welcome, who_for;
  Bytes agreement;  // as encoded: its hash must be the one in the log
};

// The secret alone, 45 characters with the dashes: short enough for paper. The file holds the rest of the
// token.
std::string invite_code(const crypto::InviteSecret& secret);
Result<crypto::InviteSecret> parse_invite_code(std::string_view typed);  // malformed: a slip is noticed

enum class Code : std::uint8_t { apart, inside };
Bytes encode(const Invitation& invitation, const Token& token, Code code);

struct OpenedInvitation {
  Invitation invitation;
  GroupId group;
  DeviceId inviter;
  InvitePk invite;  // which code belongs to it
  Day expires;
  std::vector<mail::Address> addresses;
  std::optional<crypto::InviteSecret> secret;  // none: the code is told apart
};
// malformed, too_large (256 KiB), unsupported.
Result<OpenedInvitation> parse_invitation(ByteView file);
// not_found: the code belongs to another invitation.
Result<Token> token_of(const OpenedInvitation& opened, const crypto::InviteSecret& secret);

struct InviteKeys {
  crypto::SignKeypair sign;         // from H("kith1.inv-sign"; key = s)
  crypto::LinkKeypair door_server;  // from H("kith1.door-srv"; key = s)
  crypto::LinkKeypair door_client;  // from H("kith1.door-cli"; key = s)
};
InviteKeys invite_keys(const crypto::InviteSecret& secret);

// Where the inviter's door listens: 20000 to 31999, below what systems hand out for outgoing connections,
// made from the door's public key, so that the token can name it long before the door opens and nothing has
// to be stored.
std::uint16_t door_port(const InviteKeys& keys);

}  // namespace kith::group
