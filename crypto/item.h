// Keys that follow from the content key K of one envelope. Nothing outside crypto/ needs them.
#pragma once

#include "core/base/bytes.h"
#include "crypto/secret.h"

namespace kith::crypto {

// H("kith1.item-sign", group, device, le64(seq); key=K): the seed of pk_item, which commits to K.
SignSeed item_seed(const ContentKey& key, const GroupId& group, const DeviceId& author, std::uint64_t seq);
ItemPk item_public(const SignSeed& item_seed);

// H("kith1.body-key", event id; key=K).
SymmetricKey body_key(const ContentKey& key, const EventId& event);

// 0x80 and zeros up to the smallest bucket that leaves room for the 0x80. too_large: none does.
Result<SecretBytes> pad(ByteView plain);
Result<SecretBytes> unpad(const SecretBytes& padded);  // malformed

}  // namespace kith::crypto
