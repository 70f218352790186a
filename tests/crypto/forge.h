// The means of somebody who does not keep to the protocol: takes payloads apart and puts others together.
// Everything here works with keys that the caller holds; nothing reaches into the world for more.
#pragma once

#include "tests/crypto/group_of_devices.h"

namespace kith::test {

struct Parts {
  EphPk eph_pk;
  Nonce nonce;
  std::vector<Bytes> slots;
  Bytes body;
};

inline Parts parts_of(ByteView payload) {
  const PayloadView view = *view_payload(payload);
  Parts parts{view.eph_pk, view.nonce, {}, to_bytes(view.body)};
  for (std::size_t i = 0; i * kSlotSize < view.slots.size(); ++i) {
    parts.slots.push_back(to_bytes(slot_of(payload, i)));
  }
  return parts;
}

inline Digest digest_of(const Parts& parts) { return body_digest(parts.eph_pk, parts.nonce, parts.body); }

inline Bytes payload_of(const Parts& parts, const EventId& event, const SignSeed& item) {
  Bytes payload = {kEnvelopeVersion, kEnvelopeSuite};
  append_little_endian(payload, static_cast<std::uint16_t>(parts.slots.size()));
  append_little_endian(payload, static_cast<std::uint32_t>(parts.body.size()));
  append(payload, parts.eph_pk.view());
  append(payload, parts.nonce.view());
  for (const Bytes& slot : parts.slots) append(payload, slot);
  append(payload, parts.body);
  append(payload, ExpandedSignKey(item).sign_raw(item_signed_part(event, payload).view()).view());
  return payload;
}

// Other words under the same K; a new nonce, as a careful forger would take.
inline void replace_body(Parts& parts, const ContentKey& key, const EventId& event, std::string_view text,
                         Random& random) {
  parts.nonce = random.draw<Nonce>();
  const SecretBytes padded = *pad(as_bytes(text));
  parts.body = aead_seal(body_key(key, event), parts.nonce, event.view(), padded.reveal());
}

inline SlotPlace place_of(const Parts& parts, const GroupOfDevices& world, const EventId& event) {
  return {parts.eph_pk, world.devices[0].dh.pk, world.devices[0].id, event};
}

// The key of a device's slot as that device itself computes it.
inline SymmetricKey own_slot_key(const Parts& parts, const GroupOfDevices& world, const EventId& event,
                                 std::size_t who) {
  const Device& me = world.devices[who];
  return *slot_key(place_of(parts, world, event), HeldPrekey{me.pre.pk, me.pre.secret}, me.id);
}

// Where a device finds its own slot, sealed either way; the number of slots if nowhere.
inline std::size_t find_own_slot(const Parts& parts, const GroupOfDevices& world, const EventId& event,
                                 std::size_t who) {
  const SymmetricKey key = own_slot_key(parts, world, event, who);
  for (std::size_t i = 0; i < parts.slots.size(); ++i) {
    if (open_slot(key, event, digest_of(parts), parts.slots[i]) ||
        open_slot(key, event, Digest::zero(), parts.slots[i])) {
      return i;
    }
  }
  return parts.slots.size();
}

}  // namespace kith::test
