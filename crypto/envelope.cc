#include "crypto/envelope.h"

#include "core/base/endian.h"
#include "crypto/item.h"
#include "crypto/sign.h"

namespace kith::crypto {
namespace {

using Slot = std::array<std::uint8_t, kSlotSize>;

Slot random_slot(Random& random) {
  Slot slot{};
  random.fill(slot);
  return slot;
}

// Keeps `bytes` or makes them zero, by the same instructions either way: sealing says nothing about who
// reads.
template <std::size_t N>
std::array<std::uint8_t, N> keep_if(bool keep, std::span<const std::uint8_t, N> bytes) {
  const auto mask = static_cast<std::uint8_t>(-static_cast<int>(keep));
  std::array<std::uint8_t, N> kept{};
  for (std::size_t i = 0; i < N; ++i) kept[i] = bytes[i] & mask;
  return kept;
}

Slot slot_for(bool in_audience, const SymmetricKey& slot_key, const EventId& event, const ContentKey& key,
              const Digest& body) {
  auto content = keep_if(in_audience, key.reveal());
  const Digest bound_to{keep_if(in_audience, body.view())};
  const Bytes sealed = seal_slot(slot_key, event, bound_to, content);
  sodium_memzero(content.data(), content.size());
  Slot slot{};
  std::ranges::copy(sealed, slot.begin());
  return slot;
}

void shuffle(std::vector<Slot>& slots, Random& random) {
  for (std::size_t left = slots.size(); left > 1; --left) {
    std::swap(slots[left - 1], slots[random.below(static_cast<std::uint32_t>(left))]);
  }
}

// The fixed bytes before the slots, with room for all that follows.
Bytes head(std::size_t slots, std::size_t body, const EphPk& eph_pk, const Nonce& nonce) {
  Bytes bytes;
  bytes.reserve(payload_size_for(slots, body - kTagSize));
  append(bytes, std::array{kEnvelopeVersion, kEnvelopeSuite});
  append_little_endian(bytes, static_cast<std::uint16_t>(slots));
  append_little_endian(bytes, static_cast<std::uint32_t>(body));
  append(bytes, eph_pk.view());
  append(bytes, nonce.view());
  return bytes;
}

}  // namespace

EnvelopeDraft::EnvelopeDraft(ContentKey key, SignSeed item_seed, ItemPk item_pk, SecretBytes padded,
                             std::size_t devices)
    : key_(std::move(key)),
      item_seed_(std::move(item_seed)),
      item_pk_(item_pk),
      padded_(std::move(padded)),
      device_count_(devices),
      payload_size_(static_cast<std::uint32_t>(payload_size_for(devices, padded_.size()))) {}

Result<EnvelopeDraft> EnvelopeDraft::begin(const EnvelopeAuthor& author, std::uint64_t seq, ByteView plain,
                                           std::size_t device_count, Random& random) {
  KITH_ASSERT(device_count > 0);
  if (device_count > kMaxSlots)
    return fail(Errc::too_large, "a group has more devices than one envelope serves");
  KITH_TRY(SecretBytes padded, pad(plain));
  ContentKey key(random);
  SignSeed seed = item_seed(key, author.group, author.device, seq);
  const ItemPk item_pk = item_public(seed);
  return EnvelopeDraft(std::move(key), std::move(seed), item_pk, std::move(padded), device_count);
}

Bytes EnvelopeDraft::finish(const EventId& event, const EnvelopeAuthor& author,
                            std::span<const EnvelopeReader> readers, Random& random,
                            std::vector<DeviceId>* broken) && {
  KITH_ASSERT(readers.size() == device_count_);
  const auto nonce = random.draw<Nonce>();
  const Bytes body = aead_seal(body_key(key_, event), nonce, event.view(), padded_.reveal());
  const EphKeypair eph = eph_keypair(random);
  const Digest digest = body_digest(eph.pk, nonce, body);
  const SlotPlace place{eph.pk, author.dh_pk, author.device, event};

  std::vector<Slot> slots;
  slots.reserve(slots_for(device_count_));
  for (const EnvelopeReader& reader : readers) {
    if (!reader.pre_pk) {
      slots.push_back(random_slot(random));
      continue;
    }
    const auto key = slot_key(place, eph.secret, author.dh_secret, *reader.pre_pk, reader.device);
    slots.push_back(key ? slot_for(reader.in_audience, *key, event, key_, digest) : random_slot(random));
    if (!key && broken != nullptr) broken->push_back(reader.device);
  }
  while (slots.size() < slots_for(device_count_)) slots.push_back(random_slot(random));
  shuffle(slots, random);

  Bytes payload = head(slots.size(), body.size(), eph.pk, nonce);
  for (const Slot& slot : slots) append(payload, slot);
  append(payload, body);
  append(payload, ExpandedSignKey(item_seed_).sign_raw(item_signed_part(event, payload).view()).view());
  KITH_ASSERT(payload.size() == payload_size_);
  return payload;
}

}  // namespace kith::crypto
