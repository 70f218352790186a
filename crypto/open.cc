#include "crypto/envelope.h"
#include "crypto/item.h"

namespace kith::crypto {
namespace {

struct Found {  // what the slots gave
  int openings = 0;
  bool bound = false;  // tied to the body, as for a reader in the audience
  SecretBytes content;
};

void try_slot(Found& found, const SymmetricKey& key, const EventId& event, const Digest& bound_to,
              ByteView slot) {
  auto content = open_slot(key, event, bound_to, slot);
  if (!content) return;
  ++found.openings;
  found.bound = !bound_to.is_zero();
  found.content = std::move(*content);
}

// Every slot with every prekey in both ways, whichever opens.
Found try_all(const PayloadView& view, const SlotPlace& place, const Digest& body, const DeviceId& me,
              std::span<const HeldPrekey> prekeys) {
  Found found;
  for (const HeldPrekey& held : prekeys) {
    const auto key = slot_key(place, held, me);
    if (!key) continue;  // of low order: no slot of ours is under it
    for (ByteView rest = view.slots; !rest.empty(); rest = rest.subspan(kSlotSize)) {
      try_slot(found, *key, place.event, body, rest.first(kSlotSize));
      try_slot(found, *key, place.event, Digest::zero(), rest.first(kSlotSize));
    }
  }
  return found;
}

Result<SecretBytes> open_body(const PayloadView& view, const ContentKey& key, const EventId& event,
                              const ItemPk& bind, const GroupId& group, std::uint64_t seq,
                              const DeviceId& author) {
  const ItemPk committed = item_public(item_seed(key, group, author, seq));
  if (sodium_memcmp(committed.data(), bind.data(), ItemPk::size) != 0) {
    return fail(Errc::unauthentic, "the key in a slot is not the one the header commits to");
  }
  KITH_TRY(const SecretBytes padded, aead_open(body_key(key, event), view.nonce, event.view(), view.body));
  return unpad(padded);
}

}  // namespace

Opened open_payload(ByteView payload, const EventId& event, const ItemPk& bind, const GroupId& group,
                    std::uint64_t seq, const DeviceId& author_device, const DhPk& author_dh,
                    const DeviceId& my_device, std::span<const HeldPrekey> prekeys) {
  KITH_ASSERT(prekeys.size() <= kMaxHeldPrekeys);
  if (!check_payload(payload, event, bind)) return {.what = Opening::no_slot, .plain = {}};
  const PayloadView view = *view_payload(payload);
  const Digest body = body_digest(view.eph_pk, view.nonce, view.body);
  const SlotPlace place{view.eph_pk, author_dh, author_device, event};
  const Found found = try_all(view, place, body, my_device, prekeys);

  const auto verdict = [&](Opening what) { return Opened{.what = what, .plain = {}, .body_digest = body}; };
  if (found.openings == 0) return verdict(Opening::no_slot);
  const ByteView content = found.content.reveal();
  const bool zeros = sodium_is_zero(content.data(), content.size()) != 0;
  if (found.openings > 1 || zeros == found.bound) return verdict(Opening::could_not_read);
  if (zeros) return verdict(Opening::not_for_me);

  const ContentKey key = *ContentKey::copy_of(content);
  auto plain = open_body(view, key, event, bind, group, seq, author_device);
  if (!plain) return verdict(Opening::could_not_read);
  return {.what = Opening::opened, .plain = std::move(*plain), .body_digest = body};
}

}  // namespace kith::crypto
