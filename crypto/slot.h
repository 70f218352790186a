// One slot: 32 bytes that only its device can read and that only the author or that device can have written.
// The key is fresh for every event, device and ephemeral key, hence the zero nonce (crypto/README.md).
#pragma once

#include "core/base/bytes.h"
#include "crypto/agree.h"
#include "crypto/carrier.h"
#include "crypto/secret.h"

namespace kith::crypto {

struct SlotPlace {  // everything public that a slot is tied to, but for the reader
  EphPk eph_pk;
  DhPk author_dh;
  DeviceId author;
  EventId event;
};
struct HeldPrekey {
  PrePk pk;
  const PreSecret& secret;
};

// The author's way to the key. unauthentic: the reader's prekey is of low order.
Result<SymmetricKey> slot_key(const SlotPlace& place, const EphSecret& eph, const DhSecret& author_dh,
                              const PrePk& reader_pre, const DeviceId& reader);
// The reader's way to the same key: with it, the reader could have written the slot too, and so a slot proves
// nothing to others. unauthentic: the ephemeral or the author's key is of low order.
Result<SymmetricKey> slot_key(const SlotPlace& place, const HeldPrekey& held, const DeviceId& reader);

// `bound_to` is the body's digest for a reader in the audience, zeros for all others.
Bytes seal_slot(const SymmetricKey& key, const EventId& event, const Digest& bound_to, ByteView content);
Result<SecretBytes> open_slot(const SymmetricKey& key, const EventId& event, const Digest& bound_to,
                              ByteView slot);

// H("kith1.body-dig", eph_pk, nonce, body ciphertext).
Digest body_digest(const EphPk& eph_pk, const Nonce& nonce, ByteView body);

}  // namespace kith::crypto
