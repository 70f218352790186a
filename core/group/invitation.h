// Invitation file (welcome, who it is for, limits, the whole agreement) and typed code (only the key).
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

Bytes encode(const Token& token);
Result<Token> parse_token(ByteView bytes);
std::string token_code(const Token& token);              // what is typed or put in a QR
Result<Token> parse_token_code(std::string_view typed);  // malformed, with a checksum: a slip is noticed

// The file, with or without the key in it. malformed, too_large (256 KiB), unsupported.
Bytes encode(const Invitation& invitation, const Token* token);
struct OpenedInvitation {
  Invitation invitation;
  std::optional<Token> token;
};
Result<OpenedInvitation> parse_invitation(ByteView file);

struct InviteKeys {
  crypto::SignKeypair sign;         // from H("kith1.inv-sign"; key = s)
  crypto::LinkKeypair door_server;  // from H("kith1.door-srv"; key = s)
  crypto::LinkKeypair door_client;  // from H("kith1.door-cli"; key = s)
};
InviteKeys invite_keys(const crypto::InviteSecret& secret);

// Where the inviter's door listens: 20000 to 59999, made from the door's public key, so that the token can
// name it long before the door opens and nothing has to be stored.
std::uint16_t door_port(const InviteKeys& keys);

}  // namespace kith::group
