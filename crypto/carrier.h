// What somebody who only carries an envelope can check: sizes, the item signature, and the name of a copy.
// Nothing here can open anything, and nothing here needs crypto/envelope.h: the network program links this
// file and not that one.
//
//   0 version 1 | 1 suite 1 | 2 nslots 2 | 4 body_ct_len 4 | 8 eph_pk 32 | 40 nonce 24 | 64 slots 48*nslots |
//   body | item signature 64
#pragma once

#include <array>

#include "core/base/bytes.h"
#include "crypto/aead.h"

namespace kith::crypto {

inline constexpr std::uint8_t kEnvelopeVersion = 1;
inline constexpr std::uint8_t kEnvelopeSuite = 1;
inline constexpr std::size_t kPayloadHead = 64;  // bytes before the slots
inline constexpr std::size_t kSlotSize = 48;
inline constexpr std::size_t kSlotStep = 8;  // the number of slots is a multiple of this
inline constexpr std::size_t kMaxSlots = 128;
inline constexpr std::array<std::size_t, 4> kBodyBuckets = {4096, 16384, 65536, 262144};  // padded plaintext
inline constexpr std::size_t kMaxPayload =
    kPayloadHead + kMaxSlots * kSlotSize + kBodyBuckets.back() + kTagSize + Signature::size;

// The size of a payload for so many devices (at most kMaxSlots) and a body of that bucket.
constexpr std::size_t slots_for(std::size_t devices) {
  return (devices + kSlotStep - 1) / kSlotStep * kSlotStep;
}
constexpr std::size_t payload_size_for(std::size_t devices, std::size_t bucket) {
  return kPayloadHead + slots_for(devices) * kSlotSize + bucket + kTagSize + Signature::size;
}

struct PayloadView {  // borrows the payload
  EphPk eph_pk;
  Nonce nonce;
  ByteView slots;             // kSlotSize bytes each
  ByteView body;              // ciphertext and tag
  ByteView before_signature;  // everything that the item signature covers
  Signature item_signature;
};
Result<PayloadView> view_payload(ByteView payload);  // malformed unless every size is exact

// Anyone who carries it: sizes exact and the item signature holds under header.bind. unauthentic, malformed.
Result<void> check_payload(ByteView payload, const EventId& event, const ItemPk& bind);

// What the item key signs: H("kith1.payload", event id, everything before the signature).
Digest item_signed_part(const EventId& event, ByteView before_signature);

Digest payload_digest(ByteView payload);  // names a variant; H("kith1.variant", bytes)

}  // namespace kith::crypto
