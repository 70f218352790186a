// A small group whose every key is at hand, for tests of the envelope.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "core/base/endian.h"
#include "crypto/envelope.h"
#include "crypto/hash.h"
#include "crypto/item.h"
#include "crypto/sign.h"
#include "tests/support/seeded_random.h"

namespace kith::test {

using namespace crypto;  // only tests include this

struct Device {
  DeviceId id;
  DhKeypair dh;
  PreKeypair pre;
};

struct Sealed {
  EventId event;
  ItemPk bind;
  std::uint64_t seq;
  Bytes payload;
};

inline constexpr std::uint64_t kSeq = 7;

struct GroupOfDevices {
  explicit GroupOfDevices(std::size_t count, std::uint64_t seed = 1)
      : random(seed), group(random.draw<GroupId>()) {
    start();
    for (std::size_t i = 0; i < count; ++i) {
      const DeviceId id = random.draw<DeviceId>();
      devices.push_back({id, dh_keypair(random), pre_keypair(random)});
    }
  }

  EnvelopeAuthor author(std::size_t who = 0) {
    return {group, devices[who].id, devices[who].dh.pk, devices[who].dh.secret};
  }
  std::vector<EnvelopeReader> readers(const std::set<std::size_t>& audience) const {
    std::vector<EnvelopeReader> all;
    for (std::size_t i = 0; i < devices.size(); ++i) {
      all.push_back({devices[i].id, devices[i].pre.pk, audience.contains(i)});
    }
    return all;
  }
  // The id stands in for the signed header: like it, it depends on pk_item and on the length.
  EventId event_of(const ItemPk& bind, std::uint32_t length) const {
    return H_as<EventId>("kith1.event-id", {group.view(), bind.view(), little_endian(length)});
  }
  Sealed seal(std::string_view text, const std::set<std::size_t>& audience) {
    return seal(text, readers(audience), random);
  }
  Sealed seal(std::string_view text, const std::vector<EnvelopeReader>& to, Random& source) {
    auto draft = *EnvelopeDraft::begin(author(), kSeq, as_bytes(text), to.size(), source);
    const ItemPk bind = draft.item_pk();
    const EventId event = event_of(bind, draft.payload_size());
    return {event, bind, kSeq, std::move(draft).finish(event, author(), to, source)};
  }
  Opened open(const Sealed& sealed, std::size_t who) const { return open(sealed, sealed.payload, who); }
  Opened open(const Sealed& sealed, ByteView payload, std::size_t who) const {
    const HeldPrekey held[] = {{devices[who].pre.pk, devices[who].pre.secret}};
    return open_payload(payload, sealed.event, sealed.bind, group, sealed.seq, devices[0].id,
                        devices[0].dh.pk, devices[who].id, held);
  }

  SeededRandom random;
  GroupId group;
  std::vector<Device> devices;  // the first one is the author
};

inline std::string text_of(const Opened& opened) { return std::string(as_text(opened.plain.reveal())); }

inline ByteView slot_of(ByteView payload, std::size_t index) {
  return payload.subspan(kPayloadHead + index * kSlotSize, kSlotSize);
}

// What somebody who holds K and the public header can do with a payload: sign whatever it has become.
inline void sign_again(Bytes& payload, const EventId& event, const SignSeed& item) {
  payload.erase(payload.end() - Signature::size, payload.end());
  append(payload, ExpandedSignKey(item).sign_raw(item_signed_part(event, payload).view()).view());
}

// A recipient's way to K: the content of its own slot. None for a device outside the audience.
inline std::optional<ContentKey> content_key(const GroupOfDevices& world, const Sealed& sealed,
                                             std::size_t who) {
  const PayloadView view = *view_payload(sealed.payload);
  const SlotPlace place{view.eph_pk, world.devices[0].dh.pk, world.devices[0].id, sealed.event};
  const Device& me = world.devices[who];
  const SymmetricKey key = *slot_key(place, HeldPrekey{me.pre.pk, me.pre.secret}, me.id);
  const Digest body = body_digest(view.eph_pk, view.nonce, view.body);
  for (std::size_t i = 0; i * kSlotSize < view.slots.size(); ++i) {
    auto content = open_slot(key, sealed.event, body, slot_of(sealed.payload, i));
    if (content) return *ContentKey::copy_of(content->reveal());
  }
  return std::nullopt;
}

}  // namespace kith::test
