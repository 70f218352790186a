// What founding and joining have in common: a person's first keys in a group. Private to core/sharing.
#pragma once

#include "core/sharing/node.h"

namespace kith::sharing {

crypto::SecretBytes recovery_words(const crypto::SignSeed& seed);  // 24, separated by spaces
std::uint16_t draw_port(Random& random);                           // among the ports nobody registers

struct Place {  // a new group of this node, on its way into journal.db
  std::string name;
  MemberId me;
  std::vector<mail::Address> addresses;
  std::uint16_t port;
};
// Device keys, prekey, the group's row and the queued link key; in the caller's transaction.
Result<void> put_place(Node& node, const keyring::DeviceKeys& keys, const keyring::HeldPrekey& prekey,
                       const crypto::LinkKeypair& link, const Place& place);

}  // namespace kith::sharing
